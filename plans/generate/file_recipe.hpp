#pragma once

#include <string>
#include <string_view>

#include "core/model/plan.hpp"

namespace rung {

/// How a generated file is made. The content itself is made by
/// generated_files(), when the release is known.
struct FileRecipe {
  std::string format;                   ///< see FileSpec
  Dialect dialect = Dialect::compose;   ///< of a dotenv file
  std::string content;                  ///< of a template

  explicit FileRecipe(const FileSpec& file);
  /// Reads what text() wrote.
  explicit FileRecipe(std::string_view text);
  /// As Release::config keeps it: "FORMAT" or "FORMAT DIALECT", then '\n' and
  /// the template. Ids of releases depend on it.
  [[nodiscard]] std::string text() const;
};

}  // namespace rung
