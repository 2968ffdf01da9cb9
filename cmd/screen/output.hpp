#pragma once

#include "cmd/input/context.hpp"
#include "cmd/input/subject.hpp"
#include "core/hunting/hunt.hpp"
#include "core/report/report.hpp"

namespace rung {

/// Fills a report with what a hunt found; sets exit code and next step.
void complete(Report& report, const Question& question,
              const HuntResult& result, const Subject& subject);

/// Says that uncommitted files are there, since no release has them.
void note_uncommitted(Report& report, const Subject& subject);

/// The exit code that says the same as the report (README, exit codes).
int exit_code(const Report& report);

/// The report on stdout, as text or JSON, and in the places of --report;
/// returns its exit code.
int print(const Report& report, const Context& context);

}  // namespace rung
