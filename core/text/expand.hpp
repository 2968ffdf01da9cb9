#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rung {

/// Text with `$NAME` and `${NAME}` replaced; `$$` is one `$`, any other `$`
/// stands for itself.
struct Expansion {
  std::string text;       ///< may hold secrets: never shown
  std::string unknown;    ///< the first name nobody sets; "" = none
  bool expanded = false;  ///< whether any variable went into `text`
};

/// `saved` goes before `env`: what an earlier gate learned is newer.
Expansion expand(std::string_view text,
                 const std::map<std::string, std::string>& env,
                 const std::map<std::string, std::string>& saved);

/// The name of the first variable in `words`; "" = none.
std::string first_variable(std::string_view words);

/// `words` fit to be shown: the password of an URL written out in them
/// becomes "[redacted]". Variables stay as they are written.
std::string without_password(std::string_view words);

}  // namespace rung
