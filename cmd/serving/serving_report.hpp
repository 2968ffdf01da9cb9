#pragma once

#include <string_view>

#include "core/report/report.hpp"

namespace rung {

struct Context;
class Planned;
class Progress;
struct Target;

/// The report of a command that changes only what serves (serve, rollback).
Report serving_report(std::string_view command, const Planned& planned,
                      const Target& target, const Context& context);

/// Ends the screen, fills in what follows from `restored`, prints the report.
/// Returns the exit code.
int tell_serving(Report& report, Progress& progress, const Context& context);

}  // namespace rung
