#include "core/climbing/what_serves.hpp"

namespace rung {

WhatServes what_serves(bool healthy, std::optional<std::size_t> highest_good,
                       std::optional<std::size_t> before) {
  if (!highest_good) {
    return before ? WhatServes::restore : WhatServes::nothing;
  }
  // A lower phase does not replace a higher one that served before.
  if (healthy && (!before || *before <= *highest_good)) {
    return WhatServes::take_over;
  }
  return before ? WhatServes::restore : WhatServes::stand_in;
}

}  // namespace rung
