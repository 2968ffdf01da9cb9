#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rung {

/// Text with `$NAME` and `${NAME}` replaced; `$$` becomes one `$`, any other
/// `$` stays.
struct Expansion {
  std::string text;       ///< can hold secrets: never show it
  std::string unknown;    ///< the first name that is not set; "" = none
  bool expanded = false;  ///< whether `text` contains any variable
};

/// `saved` takes precedence over `env`: values of an earlier gate are newer.
Expansion expand(std::string_view text,
                 const std::map<std::string, std::string>& env,
                 const std::map<std::string, std::string>& saved);

/// The name of the first variable in `words`; "" = none.
std::string first_variable(std::string_view words);

/// Whether all of it is one variable.
bool is_variable(std::string_view text);

}  // namespace rung
