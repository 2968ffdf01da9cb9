#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A place in a source or configuration file that reads an environment
/// variable.
struct VariableUse {
  std::string name;
  std::string file;  ///< the given path
  int line = 0;      ///< from 1
  /// Whether the program continues without the variable.
  bool has_default = false;
  /// A short, harmless literal ("3000", "info"); empty for anything else and
  /// for anything that might be a secret.
  std::string default_text;
  friend auto operator<=>(const VariableUse&, const VariableUse&) = default;
};

/// The places where `content` (the text of `path`, any bytes) reads the
/// variable `name`, by line. Returns at once if the name does not occur. The
/// suffix of the path decides which languages it looks for.
std::vector<VariableUse> uses_of(std::string_view name, std::string_view path,
                                 std::string_view content);

/// The same for each variable, by line.
std::vector<VariableUse> all_uses(std::string_view path,
                                  std::string_view content);

}  // namespace rung
