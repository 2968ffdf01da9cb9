#pragma once

#include <string>

#include "cmd/input/context.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/hunting/hunt.hpp"
#include "core/report/report.hpp"

namespace rung {

struct FindBreakOptions {
  HuntSettings hunt;
  std::size_t workers = 1;
  bool note_uncommitted = false;  ///< say that the work tree has changes
  std::vector<std::string> env_notes;  ///< what was told about env files
  bool deepen = false;    ///< fetch what a shallow or partial clone lacks
  bool find_fix = false;  ///< bad came first: find what repaired it
  Terms terms;
  std::string part_of;  ///< the run (a climb) that searches; "" = none
};

/// A bisect between two releases of the workshop's subject, journalled from
/// its first verdict on: an unfinished run that asked the same goes on. The
/// caller shows the report, then ends the run (end_run).
Report find_break(Workshop& workshop, const Release& good, const Release& bad,
                  const FindBreakOptions& options, const Context& context,
                  Progress& progress);

/// The folder with the logs of a run's probes; "" = it has none.
std::string logs_of(const Workshop& workshop, const std::string& run);

/// The log of a probe that was not good, as `.rung/evidence/RUN/NNN.log`.
void keep_evidence(Workshop& workshop, const std::string& run,
                   const std::string& label, const ProbeEvidence& evidence);

}  // namespace rung
