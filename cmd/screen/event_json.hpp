#pragma once

#include <string>

#include "cmd/screen/progress_state.hpp"

namespace rung {

/// An event as a line of --report jsonl; `seconds` since the command began.
std::string event_line(const live::Event& event, double seconds);

}  // namespace rung
