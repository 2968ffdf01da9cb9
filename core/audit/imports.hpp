#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/variables/tokens.hpp"

namespace rung {

/// An import, as a program writes it.
struct Import {
  std::string name;  ///< "a.b", "..web"; of Node "./x", "@scope/p/sub"
  /// What is taken from it, or what it is called here.
  std::vector<std::string_view> names;
  int line = 0;
  /// The program can do without: it is tried, or asked for first.
  bool optional = false;
  bool types_only = false;  ///< for a checker; nothing is loaded
  bool inner = false;       ///< in a function, which may never run
};

/// The imports of a program in Python or for Node; of others none.
std::vector<Import> imports_of(const Tokens& tokens, Language language);

}  // namespace rung
