#include "core/gates/probe.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/exit_failure.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/gates/hold.hpp"
#include "core/gates/port_findings.hpp"
#include "core/gates/settle.hpp"
#include "core/gates/whose_answer.hpp"

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
  failure.likely = redacted(settings, std::move(failure.likely));
  failure.signature = signature(failure);
}

// Withdraws on every way out of a probe.
class Withdrawn {
 public:
  Withdrawn(Platform& platform, Deployment& deployment)
      : platform_(platform), deployment_(deployment) {}
  Withdrawn(const Withdrawn&) = delete;
  Withdrawn& operator=(const Withdrawn&) = delete;
  ~Withdrawn() { now(); }
  void now() {
    if (std::exchange(done_, true)) return;
    try {
      platform_.withdraw(deployment_);
    } catch (const Error&) {
      // The adapter has it on record, and the next run removes it; the verdict
      // stands.
    }
  }

 private:
  Platform& platform_;
  Deployment& deployment_;
  bool done_ = false;
};

/// Remembers how long the last look took.
class TimedCheck final : public HealthCheck {
 public:
  TimedCheck(HealthCheck& check, const Clock& clock)
      : check_(check), clock_(clock) {}
  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    const auto before = clock_.now();
    CheckResult result = check_.look(deployment, saved, at_most);
    took_ = std::chrono::ceil<std::chrono::milliseconds>(clock_.now() - before);
    return result;
  }
  [[nodiscard]] std::chrono::milliseconds took() const { return took_; }

 private:
  HealthCheck& check_;
  const Clock& clock_;
  std::chrono::milliseconds took_{0};
};

/// The gates that may be asked once more: they ask the service, and only ask.
class GatesAgain {
 public:
  GatesAgain(const ProbeSettings& settings, Deployment& deployment,
             const Saved& saved, const Clock& clock)
      : settings_(settings),
        deployment_(deployment),
        saved_(saved),
        clock_(clock) {}

  void add(const Gate& gate, std::chrono::milliseconds took) {
    const auto* http = std::get_if<HttpGate>(&gate.check);
    const bool asks = http != nullptr
                          ? http->url.starts_with('/') && http->save.empty() &&
                                (http->method == "GET" ||
                                 http->method == "HEAD")
                          : std::holds_alternative<TcpGate>(gate.check);
    if (!asks) return;
    gates_.push_back(gate);
    gates_.back().soak = {};
    gates_.back().successes = 1;
    takes_ += took;
  }

  /// REQUIRES: this outlives what it returns.
  [[nodiscard]] LookAgain looks() {
    LookAgain again;
    again.takes = takes_;
    if (!gates_.empty()) again.look = [this] { return look(); };
    return again;
  }

 private:
  GateResult look() {
    GateResult result;
    for (const Gate& gate : gates_) {
      const auto check = settings_.make_check(gate);
      Saved saved = saved_;
      result = hold(gate, *check, deployment_, saved, clock_, true);
      if (result.kind == CheckResult::Kind::pass) continue;
      if (result.kind == CheckResult::Kind::fail && result.failure) {
        result.failure->stage = Stage::soak;
        result.failure->message += ", though it had passed before";
      }
      break;
    }
    return result;
  }

  const ProbeSettings& settings_;
  Deployment& deployment_;
  const Saved& saved_;
  const Clock& clock_;
  std::vector<Gate> gates_;
  std::chrono::milliseconds takes_{0};
};

ProbeEvidence attempt(Platform& platform, const Bundle& bundle,
                      const ProbeSettings& settings, const Clock& clock) {
  ProbeEvidence evidence;
  auto answer = platform.deploy(bundle);
  if (auto* refused = std::get_if<Refused>(&answer)) {
    evidence.log = redacted(settings, refused->log);
    evidence.observation.verdict = Verdict::bad;
    evidence.found = refused->failure;
    evidence.killed = refused->killed;
    redact(settings, *evidence.found);
    Failure failure = explained(refused->failure, refused->log);
    redact(settings, failure);
    evidence.observation.failure = std::move(failure);
    return evidence;
  }
  Deployment& deployment = *std::get<std::unique_ptr<Deployment>>(answer);
  Withdrawn withdrawn(platform, deployment);
  evidence.observation = judge(deployment, settings, clock, &evidence);
  if (evidence.observation.verdict == Verdict::bad) {
    const auto exit = deployment.exited();
    evidence.killed = exit && may_be_killed_by_others(*exit);
  }
  std::string log = deployment.log();
  // What a healthy release logs is compared with what a broken one does, and a
  // gate may pass before a line has come through.
  if (evidence.observation.verdict == Verdict::good &&
      platform.capabilities().log_is_whole_at_the_end) {
    withdrawn.now();
    log = deployment.log();
  }
  evidence.log = redacted(settings, std::move(log));
  return evidence;
}

}  // namespace

namespace {

/// From the gate's or the platform's own cause, before the log gives a better
/// one.
Ending ending_of(const Failure& failure) {
  if (failure.ending != Ending::unknown) return failure.ending;
  if (failure.cause == "health-timeout" || failure.cause == "startup-timeout" ||
      failure.cause == "no-port-bound") {
    return Ending::too_slow;
  }
  return failure.stage == Stage::start && failure.cause == "command-not-found"
             ? Ending::cannot_run
             : Ending::unknown;
}

}  // namespace

Failure explained(Failure failure, std::string_view log,
                  std::span<const std::string> usual) {
  failure.ending = ending_of(failure);
  if (symptom_only(failure.cause)) {
    const Diagnosis found = diagnose(log, failure.stage, usual);
    if (found.stage && found.cause != "unknown" && found.cause != "none") {
      failure.cause = found.cause;
      failure.evidence = found.evidence;
      if (failure.message.empty()) {
        failure.message = found.line;
      } else if (!found.line.empty() &&
                 failure.message.find(found.line) == std::string::npos) {
        failure.likely = found.line;
      }
    } else if (failure.cause == "unknown" &&
               failure.stage == Stage::start && !found.line.empty()) {
      failure.message += ": " + found.line;
    }
  }
  failure.signature = signature(failure);
  return failure;
}

Observation judge(Deployment& deployment, const ProbeSettings& settings,
                  const Clock& clock, ProbeEvidence* evidence) {
  Observation observation;
  observation.verdict = Verdict::good;
  const auto fail = [&](Verdict verdict, Failure failure) {
    observation.verdict = verdict;
    failure.port = deployment.routed_port();
    if (evidence) {
      evidence->found = failure;
      redact(settings, *evidence->found);
    }
    failure = explained(std::move(failure), deployment.log());
    redact(settings, failure);
    observation.failure = std::move(failure);
  };
  const auto not_passed = [&](const GateResult& result) {
    fail(result.kind == CheckResult::Kind::infra  ? Verdict::infra
         : result.kind == CheckResult::Kind::skip ? Verdict::skip
                                                  : Verdict::bad,
         result.failure.value_or(Failure{}));
  };
  Saved saved;
  bool healthy = false;
  Clock::Time held_since = clock.now();  ///< all of them
  std::chrono::milliseconds soaked{0};
  GatesAgain again(settings, deployment, saved, clock);
  if (settings.on_stage) settings.on_stage(Stage::start);
  for (const Gate& gate : settings.gates) {
    if (settings.on_stage && gate.soak.count() > 0) {
      settings.on_stage(Stage::soak);
    }
    const auto check = settings.make_check(gate);
    TimedCheck timed(*check, clock);
    const GateResult result = hold(gate, timed, deployment, saved, clock,
                                   healthy, settings.enough);
    if (evidence) evidence->hurried = result.hurried;
    if (result.kind == CheckResult::Kind::pass) {
      healthy = true;
      if (!result.note.empty()) {
        observation.notes.push_back(redacted(settings, result.note));
      }
      held_since = result.held_since.value_or(clock.now());
      soaked += gate.soak;
      again.add(gate, timed.took());
      if (settings.on_stage) settings.on_stage(Stage::health);
      continue;
    }
    not_passed(result);
    break;
  }
  if (observation.verdict == Verdict::good && evidence) {
    evidence->healthy_after =
        std::chrono::duration_cast<std::chrono::milliseconds>(
            clock.now() - deployment.started()) -
        soaked;
  }
  if (observation.verdict == Verdict::good &&
      held_since + settings.settle > clock.now()) {
    const GateResult result = settle(deployment, clock,
                                     held_since + settings.settle,
                                     again.looks());
    if (result.kind != CheckResult::Kind::pass) not_passed(result);
  }
  // The trial may have failed because of who took its port.
  if (observation.verdict == Verdict::bad) {
    auto other = stranger_on(deployment, deployment.routed_port());
    if (!other && observation.failure) {
      other = stranger_on_port_of(deployment, *observation.failure);
    }
    if (other) {
      Failure failure = stranger_failure(*other);
      redact(settings, failure);
      observation.verdict = Verdict::infra;
      observation.failure = std::move(failure);
      if (evidence) evidence->found.reset();  // no log explains it
    }
  }
  const auto bound = deployment.sockets();
  if (!bound || deployment.routed_port() == 0) return observation;
  PortFinding ports = judge_ports(*bound, deployment.routed_port(),
                                  deployment.emulates());
  observation.notes.insert(observation.notes.end(), ports.notes.begin(),
                           ports.notes.end());
  // From this machine a service on 127.0.0.1 looks fine; the platform's router
  // is elsewhere.
  if (observation.verdict == Verdict::good && ports.failure &&
      deployment.emulates() != Emulation::none && !deployment.exited()) {
    fail(Verdict::bad, *ports.failure);
  }
  return observation;
}

ProbeEvidence probe(Platform& platform, const Bundle& bundle,
                    const ProbeSettings& settings, const Clock& clock) {
  const auto begun = clock.now();
  ProbeEvidence evidence;
  bool killed = false;
  for (unsigned tried = 1;; ++tried) {
    try {
      evidence = attempt(platform, bundle, settings, clock);
    } catch (const AbortError&) {
      // Who answered in the trial's place is still there: that is the answer.
      const auto& before = evidence.observation.failure;
      if (!before || before->cause != "port-in-use") throw;
      break;
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
    if (evidence.killed && !std::exchange(killed, true)) continue;
    if (evidence.observation.verdict != Verdict::infra ||
        tried >= settings.attempts) {
      break;
    }
  }
  if (killed && !evidence.killed) {
    evidence.observation.notes.emplace_back(
        "a trial was killed from outside; rung made it again");
  }
  evidence.observation.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() -
                                                            begun);
  return evidence;
}

}  // namespace rung
