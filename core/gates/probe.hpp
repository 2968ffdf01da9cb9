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

/// Makes the check behind a gate; adapters/gates/health_checks.hpp has the real one.
using MakeHealthCheck = std::function<std::unique_ptr<HealthCheck>(const Gate&)>;

/// What a probe needs besides the release.
struct ProbeSettings {
  std::span<const Gate> gates;
  MakeHealthCheck make_check;
  unsigned attempts = 3;         ///< infra is retried, this often in all
  /// What has passed its gates must stay up this long, see settle.hpp.
  std::chrono::milliseconds settle{0};
  /// See hold().
  std::optional<std::chrono::milliseconds> enough;
  /// Told when the probe reaches a stage; may be empty.
  std::function<void(Stage)> on_stage;
  /// Texts that must not appear in a message: values of the release's env.
  std::function<std::string(std::string)> redact;
};

/// Evidence of one probe beside the observation.
struct ProbeEvidence {
  Observation observation;
  std::string log;  ///< the release's own output, redacted, at most 1 MiB
  /// What the gate or the platform itself found, before the log was read:
  /// whoever knows what a healthy release logs can explain it anew.
  std::optional<Failure> found;
  /// Set when what judges could not be run at all: no verdict on the good
  /// release means anything then.
  std::string not_run;
  /// The wait for a gate ended early, see hold().
  bool hurried = false;
  /// From its start until its gates had passed, without what they soaked.
  std::optional<std::chrono::milliseconds> healthy_after = std::nullopt;
  /// It was ended by a signal that somebody else may have sent.
  bool killed = false;
};

/// One trial of one release: deploy, gates in order, withdraw. Decides the
/// verdict; every way out withdraws what was deployed. PlatformError is
/// retried and then observed as infra; Interrupted passes through. A trial or
/// a build that was killed (SIGKILL, SIGTERM, ...), but not for want of memory, is begun once
/// more: if that was an admin's or a watchdog's doing it says nothing.
ProbeEvidence probe(Platform& platform, const Bundle& bundle,
                    const ProbeSettings& settings, const Clock& clock);

/// Runs the gates in order against something that runs: used for trials and
/// for what serves. Good when all pass. `evidence` gets what else was seen.
Observation judge(Deployment& deployment, const ProbeSettings& settings,
                  const Clock& clock, ProbeEvidence* evidence = nullptr);

/// Fills cause, evidence and signature of a failure from the log, where the
/// gate itself could not know them. What the log says is a likely reason and
/// follows what was found. `usual`: lines that a healthy release logs too (as
/// telling_lines() has them); they are no reason.
Failure explained(Failure failure, std::string_view log,
                  std::span<const std::string> usual = {});


}  // namespace rung
