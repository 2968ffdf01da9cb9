#pragma once

#include "cmd/input/subject.hpp"
#include "core/gates/probe.hpp"
#include "core/model/probe_history.hpp"
#include "core/model/release.hpp"

namespace rung {

/// Compares a trial that was judged by itself with the last healthy one of the
/// same service: what that logs, too, is no reason of a failure. A healthy
/// trial is kept for the next comparison. Throws JournalError.
void compare_with_healthy(ProbeHistory& journal, const Subject& subject,
                          const Release& release, ProbeEvidence& evidence);

}  // namespace rung
