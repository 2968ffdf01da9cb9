#pragma once

#include <cstddef>
#include <optional>

#include "core/diagnosis/log_text.hpp"
#include "core/diagnosis/reading.hpp"
#include "core/model/verdict.hpp"

namespace rung::diagnosis {

/// Sets the phase of each line, and which lines stand for others.
void follow_phases(const LogText& text, Reading& reading);

/// Where the deploy stopped if the line itself does not say: the phase that
/// was announced above, unless lines are missing in between; else the next
/// line that tells; else `usual`.
/// REQUIRES: follow_phases().
std::optional<Stage> stage_at(const LogText& text, const Reading& reading,
                              std::size_t line, std::optional<Stage> usual);

/// Drops what a deploy got over: what a source or build step said before the
/// program was started, unless such a step ended badly in between. Needs
/// follow_phases().
void drop_passed(Reading& reading);

}  // namespace rung::diagnosis
