#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/gates/health_check.hpp"
#include "core/model/clock.hpp"
#include "core/model/gate.hpp"
#include "core/model/platform.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// Makes the check behind a gate; adapters/gates/health_checks.hpp has the real
/// function.
using MakeHealthCheck = std::function<std::unique_ptr<HealthCheck>(const Gate&)>;

/// What a probe needs in addition to the release.
struct ProbeSettings {
  std::span<const Gate> gates;
  MakeHealthCheck make_check;
  unsigned attempts = 3;         ///< attempts in all if infra
  /// A release that has passed its gates must stay up this long; see
  /// settle.hpp.
  std::chrono::milliseconds settle{0};
  /// See hold().
  std::optional<std::chrono::milliseconds> enough;
  /// Called when the probe reaches a stage; can be empty.
  std::function<void(Stage)> on_stage;
  /// Removes texts that must not appear in a message: values of the release's
  /// env.
  std::function<std::string(std::string)> redact;
};

/// Evidence of one probe in addition to the observation.
struct ProbeEvidence {
  Observation observation;
  std::string log;  ///< the release's own output, redacted, at most 1 MiB
  /// The finding of the gate or of the platform itself, before rung read the
  /// log. A caller that knows what a healthy release logs can explain it again.
  std::optional<Failure> found;
  /// Set if the command that judges could not run at all. A verdict on the good
  /// release then means nothing.
  std::string not_run;
  /// The wait for a gate ended early; see hold().
  bool hurried = false;
  /// Time from its start until its gates had passed, without their soak.
  std::optional<std::chrono::milliseconds> healthy_after = std::nullopt;
  /// A signal killed it, and somebody else may have sent that signal.
  bool killed = false;
};

/// Runs one trial of one release: deploy, gates in order, withdraw. Decides the
/// verdict and always withdraws the deployment. Retries after a PlatformError
/// and then returns infra; Interrupted passes through. If a trial or a build
/// was killed (SIGKILL, SIGTERM, ...), but not because memory ran out, starts
/// it once more: a kill by an admin or a watchdog says nothing about the
/// release.
ProbeEvidence probe(Platform& platform, const Bundle& bundle,
                    const ProbeSettings& settings, const Clock& clock);

/// Runs the gates in order against a running deployment: a trial or the live
/// release. Good if all pass. `evidence` gets the other facts.
Observation judge(Deployment& deployment, const ProbeSettings& settings,
                  const Clock& clock, ProbeEvidence* evidence = nullptr);

/// Fills cause, evidence and signature of a failure from the log if the gate
/// itself could not know them. The log gives a likely reason, which follows the
/// finding. `usual`: lines that a healthy release also logs (from
/// telling_lines()); they are not a reason.
Failure explained(Failure failure, std::string_view log,
                  std::span<const std::string> usual = {});


}  // namespace rung
