#pragma once

#include <optional>
#include <string_view>

#include "core/report/report.hpp"

namespace rung {

/// The report that to_json() wrote, with what trials_json() wrote of it ("" =
/// nothing). A fact that the JSON lacks is missing here, too. nullopt: it is
/// not a report.
std::optional<Report> report_from_json(std::string_view text,
                                       std::string_view trials = "");

}  // namespace rung
