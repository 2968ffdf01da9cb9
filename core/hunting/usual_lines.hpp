#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/probe_history.hpp"

namespace rung {

/// Keeps telling_lines() of a healthy log in the journal as `fact`, and
/// returns them. Throws JournalError.
std::vector<std::string> keep_usual_lines(ProbeHistory& journal,
                                          const JournalFact& fact,
                                          std::string_view log);
/// What was kept; nullopt = nothing yet.
std::optional<std::vector<std::string>> kept_usual_lines(
    const ProbeHistory& journal, const JournalFact& fact);

}  // namespace rung
