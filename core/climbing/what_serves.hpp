#pragma once

#include <cstddef>
#include <optional>

namespace rung {

/// What serves once a climb has ended.
enum class WhatServes {
  nothing,    ///< no phase is good and nothing served before
  take_over,  ///< the highest good phase; the climb fails if it does not serve
  stand_in,   ///< the highest good phase, because nothing served before
  restore,    ///< what served before
};

/// `healthy`: no phase failed. `highest_good`: the highest phase that is good
/// now. `before`: the phase of what should have served so far.
WhatServes what_serves(bool healthy, std::optional<std::size_t> highest_good,
                       std::optional<std::size_t> before);

}  // namespace rung
