#pragma once

#include <string>

#include "cmd/workshop/workshop.hpp"
#include "core/hunting/hunt.hpp"
#include "core/hunting/question.hpp"

namespace rung {

/// Whether this run itself has judged what its answer rests on.
bool proved_in_this_run(const Workshop& workshop, const Question& question,
                        const Answer& answer, const std::string& run);

/// What an answer rests on, tried once more as the workshop makes trials now.
/// After Workshop::start_from_nothing(), that shows what a stale file, or a
/// build that read a variable it was not seen to read, hid; without it, whether
/// what earlier runs saw still holds. Records the verdicts; `fresh`: takes none
/// of earlier runs. Returns what contradicts the answer, as the beginning of a
/// sentence; "" = nothing does, or it cannot be told, and the trials are
/// counted in `result`.
std::string contradicted(Workshop& workshop, const Question& question,
                         HuntResult& result, const std::string& run, bool fresh,
                         const HuntObserver& observer);

}  // namespace rung
