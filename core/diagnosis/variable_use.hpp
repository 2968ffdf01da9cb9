#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A place in a source or configuration file that reads an environment
/// variable.
struct VariableUse {
  std::string name;
  std::string file;  ///< the path that was given
  int line = 0;      ///< from 1
  /// Whether the program goes on without the variable.
  bool has_default = false;
  /// A short, harmless literal ("3000", "info"); empty for anything else and
  /// for whatever might be a secret.
  std::string default_text;
  friend auto operator<=>(const VariableUse&, const VariableUse&) = default;
};

/// Where `content` (the text of `path`, any bytes) reads the variable `name`,
/// by line. Returns at once when the name does not occur. The path's ending
/// says which languages' words are looked for.
std::vector<VariableUse> uses_of(std::string_view name, std::string_view path,
                                 std::string_view content);

/// The same for every variable, by line.
std::vector<VariableUse> all_uses(std::string_view path,
                                  std::string_view content);

}  // namespace rung
