#pragma once

#include "cmd/subject.hpp"
#include "core/journal.hpp"
#include "core/probe.hpp"
#include "core/release.hpp"

namespace rung {

/// Compares a trial that was judged by itself with the last healthy one of the
/// same service: what that logs, too, is no reason of a failure. A healthy
/// trial is kept for the next comparison. Throws JournalError.
void compare_with_healthy(Journal& journal, const Subject& subject,
                          const Release& release, ProbeEvidence& evidence);

}  // namespace rung
