#pragma once

#include <string>
#include <string_view>

#include "core/report/report.hpp"

namespace rung {

/// One line of JSON without its line end, as core/report.schema.json defines
/// it.
std::string to_json(const Report& report);
/// Report::changes and Report::trials, as journals keep them.
std::string trials_json(const Report& report);
/// The JSON Schema of to_json().
extern const std::string_view rung_report_schema_json;
/// JSON Schema of the output of --json if a command could not work.
extern const std::string_view rung_error_schema_json;

}  // namespace rung
