#pragma once

#include <functional>

#include "core/report/report.hpp"
#include "core/serving/served.hpp"

namespace rung {

/// Stops what serves if trials need its place, has them made, and serves it
/// again, also when they end with an error or a signal. The report says
/// whether it serves.
Report with_room(Served& served, const std::function<Report()>& trials);

/// Puts back what should serve after an error or a signal.
void restore_after_all(Served& served);

/// Adds to a report what was noticed about what serves.
void add_notes(Report& report, Served& served);

}  // namespace rung
