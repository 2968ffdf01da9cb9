#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plans/env/env_file.hpp"

namespace rung {

/// A value that another dialect reads differently, or refuses.
struct DialectWarning {
  std::string name;
  int line = 0;
  Dialect declared = Dialect::compose, other = Dialect::docker;
  /// What the readings look like: "9 characters, quoted", "refused". Never
  /// the value.
  std::string declared_shape, other_shape;
  [[nodiscard]] std::string text() const;
};

/// Each variable of the file against each of `others`. Throws as
/// read_env_text() does for the declared dialect.
std::vector<DialectWarning> dialect_warnings(
    std::string_view text, Dialect declared, const std::string& file,
    std::span<const Dialect> others = kDialects,
    const std::map<std::string, std::string>& outer = {});

}  // namespace rung
