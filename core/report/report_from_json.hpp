#pragma once

#include <optional>
#include <string_view>

#include "core/report/report.hpp"

namespace rung {

/// The report that to_json() wrote, of this version or an earlier one. A fact
/// that the JSON lacks is missing here, too. nullopt: this version cannot read
/// it.
std::optional<Report> report_from_json(std::string_view text);
/// Adds what trials_json() wrote of it. False: it cannot be read, and nothing
/// is added.
bool read_trials(std::string_view text, Report& report);

}  // namespace rung
