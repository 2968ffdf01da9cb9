#pragma once

#include <optional>
#include <string_view>

#include "core/report/report.hpp"

namespace rung::fakes {

/// The report that to_json() wrote, as a program would read it; nullopt for
/// anything else. A fact that the JSON lacks is missing here, too.
std::optional<Report> report_from_json(std::string_view text);

}  // namespace rung::fakes
