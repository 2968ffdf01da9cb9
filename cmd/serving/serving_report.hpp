#pragma once

#include <string>
#include <string_view>

#include "core/report/report.hpp"

namespace rung {

struct Context;
class Journal;
class Planned;
class Progress;
struct Target;
struct WantedRelease;

/// What should serve, and whether it is the newest known good of its phase.
ReportKnownGood known_good_of(const Journal& journal, const std::string& plan,
                              const std::string& target,
                              const WantedRelease& wanted);

/// The report of a command that changes only what serves (serve, rollback).
Report serving_report(std::string_view command, const Planned& planned,
                      const Target& target, const Context& context);

/// Ends the screen, fills in what follows from the rest, prints the report.
/// Returns the exit code.
int tell_serving(Report& report, Progress& progress, const Context& context);

}  // namespace rung
