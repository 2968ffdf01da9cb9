#include "core/probe.hpp"

#include <algorithm>

#include "core/diagnosis.hpp"
#include "core/error.hpp"

namespace rung {
namespace {

// Causes that only say how the failure showed itself; the log may know why.
bool symptom_only(std::string_view cause) {
  static constexpr std::string_view kSymptoms[] = {
      "unknown",           "app-exception",     "no-port-bound",
      "health-timeout",    "health-check-5xx",  "health-check-404",
      "startup-timeout",   "command-not-found", "file-not-found"};
  return std::find(std::begin(kSymptoms), std::end(kSymptoms), cause) !=
         std::end(kSymptoms);
}

std::string redacted(const ProbeSettings& settings, std::string text) {
  return settings.redact ? settings.redact(std::move(text)) : text;
}

void redact(const ProbeSettings& settings, Failure& failure) {
  failure.message = redacted(settings, std::move(failure.message));
  failure.evidence = redacted(settings, std::move(failure.evidence));
  failure.signature =
      signature(failure.stage, failure.cause, failure.message);
}

// Withdraws on every way out of a probe.
class Withdrawn {
 public:
  Withdrawn(Platform& platform, Deployment& deployment)
      : platform_(platform), deployment_(deployment) {}
  Withdrawn(const Withdrawn&) = delete;
  Withdrawn& operator=(const Withdrawn&) = delete;
  ~Withdrawn() {
    try {
      platform_.withdraw(deployment_);
    } catch (const Error&) {
      // What could not be taken down now is an open intent in the journal and
      // is removed by the next run; the verdict stands.
    }
  }

 private:
  Platform& platform_;
  Deployment& deployment_;
};

ProbeEvidence attempt(Platform& platform, const Bundle& bundle,
                      const ProbeSettings& settings, const Clock& clock) {
  ProbeEvidence evidence;
  auto answer = platform.deploy(bundle);
  if (auto* refused = std::get_if<Refused>(&answer)) {
    evidence.log = redacted(settings, refused->log);
    evidence.observation.verdict = Verdict::bad;
    Failure failure = explained(refused->failure, refused->log);
    redact(settings, failure);
    evidence.observation.failure = std::move(failure);
    return evidence;
  }
  Deployment& deployment = *std::get<std::unique_ptr<Deployment>>(answer);
  const Withdrawn withdrawn(platform, deployment);
  evidence.observation = judge(deployment, settings, clock);
  evidence.log = redacted(settings, deployment.log());
  return evidence;
}

}  // namespace

Failure explained(Failure failure, std::string_view log) {
  if (symptom_only(failure.cause)) {
    const Diagnosis found = diagnose(log, failure.stage);
    if (found.stage && found.cause != "unknown" && found.cause != "none") {
      failure.cause = found.cause;
      failure.evidence = found.evidence;
      if (!found.line.empty()) failure.message = found.line;
    } else if (failure.cause == "unknown" &&
               failure.stage == Stage::start && !found.line.empty()) {
      failure.message += ": " + found.line;
    }
  }
  failure.signature =
      signature(failure.stage, failure.cause, failure.message);
  return failure;
}

Observation judge(Deployment& deployment, const ProbeSettings& settings,
                  const Clock& clock) {
  Observation observation;
  observation.verdict = Verdict::good;
  const auto fail = [&](Verdict verdict, Failure failure) {
    observation.verdict = verdict;
    failure = explained(std::move(failure), deployment.log());
    redact(settings, failure);
    observation.failure = std::move(failure);
  };
  Saved saved;
  bool healthy = false;
  if (settings.on_stage) settings.on_stage(Stage::start);
  for (const Gate& gate : settings.gates) {
    if (settings.on_stage && gate.soak.count() > 0) {
      settings.on_stage(Stage::soak);
    }
    const auto check = settings.make_check(gate);
    const GateResult result =
        hold(gate, *check, deployment, saved, clock, healthy);
    if (result.kind == CheckResult::Kind::pass) {
      healthy = true;
      if (settings.on_stage) settings.on_stage(Stage::health);
      continue;
    }
    fail(result.kind == CheckResult::Kind::infra  ? Verdict::infra
         : result.kind == CheckResult::Kind::skip ? Verdict::skip
                                                  : Verdict::bad,
         result.failure.value_or(Failure{}));
    break;
  }
  const auto bound = deployment.sockets();
  if (!bound || deployment.routed_port() == 0) return observation;
  PortFinding ports = judge_ports(*bound, deployment.routed_port(),
                                  deployment.emulates());
  observation.notes = std::move(ports.notes);
  // From this machine a service on 127.0.0.1 looks fine; the platform's router
  // is elsewhere.
  if (observation.verdict == Verdict::good && ports.failure &&
      deployment.emulates() != "none" && !deployment.exited()) {
    fail(Verdict::bad, *ports.failure);
  }
  return observation;
}

ProbeEvidence probe(Platform& platform, const Bundle& bundle,
                    const ProbeSettings& settings, const Clock& clock) {
  const auto begun = clock.now();
  ProbeEvidence evidence;
  for (unsigned tried = 1;; ++tried) {
    try {
      evidence = attempt(platform, bundle, settings, clock);
    } catch (const PlatformError& error) {
      evidence = {};
      evidence.observation.verdict = Verdict::infra;
      Failure failure;
      failure.stage = Stage::release;
      failure.cause = "platform-error";
      failure.message = error.what();
      redact(settings, failure);
      evidence.observation.failure = std::move(failure);
    }
    if (evidence.observation.verdict != Verdict::infra ||
        tried >= settings.attempts) {
      break;
    }
  }
  evidence.observation.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() -
                                                            begun);
  return evidence;
}

}  // namespace rung
