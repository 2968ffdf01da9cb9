#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/gate.hpp"
#include "core/health_check.hpp"
#include "core/platform.hpp"
#include "core/verdict.hpp"

namespace rung {

/// Makes the check behind a gate; adapters/health_checks.hpp has the real one.
using MakeHealthCheck = std::function<std::unique_ptr<HealthCheck>(const Gate&)>;

/// What a probe needs besides the release.
struct ProbeSettings {
  std::span<const Gate> gates;
  MakeHealthCheck make_check;
  unsigned attempts = 3;         ///< infra is retried, this often in all
  /// Told when the probe reaches a stage; may be empty.
  std::function<void(Stage)> on_stage;
  /// Texts that must not appear in a message: values of the release's env.
  std::function<std::string(std::string)> redact;
};

/// Evidence of one probe beside the observation.
struct ProbeEvidence {
  Observation observation;
  std::string log;  ///< the release's own output, redacted, at most 1 MiB
  /// Set when what judges could not be run at all: no verdict on the good
  /// release means anything then.
  std::string not_run;
};

/// One trial of one release: deploy, gates in order, withdraw. Decides the
/// verdict; every way out withdraws what was deployed. PlatformError is
/// retried and then observed as infra; Interrupted passes through.
ProbeEvidence probe(Platform& platform, const Bundle& bundle,
                    const ProbeSettings& settings, const Clock& clock);

/// Runs the gates in order against something that runs: used for trials and
/// for what serves. Good when all pass.
Observation judge(Deployment& deployment, const ProbeSettings& settings,
                  const Clock& clock);

/// Fills cause, evidence and signature of a failure from the log, where the
/// gate itself could not know them.
Failure explained(Failure failure, std::string_view log);

}  // namespace rung
