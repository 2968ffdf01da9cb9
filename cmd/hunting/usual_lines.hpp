#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/input/subject.hpp"
#include "core/gates/probe.hpp"
#include "core/model/probe_history.hpp"
#include "core/model/release.hpp"

namespace rung {

/// Keeps telling_lines() of a healthy log in the journal under `key`, and
/// returns them. Throws JournalError.
std::vector<std::string> keep_usual_lines(ProbeHistory& journal,
                                          const std::string& key,
                                          std::string_view log);
/// What was kept; nullopt = nothing yet.
std::optional<std::vector<std::string>> kept_usual_lines(
    const ProbeHistory& journal, const std::string& key);

/// Compares a trial that was judged by itself with the last healthy one of the
/// same service: what that logs, too, is no reason of a failure. A healthy
/// trial is kept for the next comparison. Throws JournalError.
void compare_with_healthy(ProbeHistory& journal, const Subject& subject,
                          const Release& release, ProbeEvidence& evidence);

}  // namespace rung
