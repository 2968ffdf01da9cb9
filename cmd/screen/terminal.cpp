#include "cmd/screen/terminal.hpp"

#include <unistd.h>

#include <string>

#include "adapters/process/environment.hpp"

namespace rung {

bool takes_colour(int descriptor, bool no_colour) {
  const std::string term = own_variable("TERM");
  return !no_colour && ::isatty(descriptor) == 1 &&
         own_variable("NO_COLOR").empty() && !term.empty() && term != "dumb";
}

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = own_variable(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

}  // namespace rung
