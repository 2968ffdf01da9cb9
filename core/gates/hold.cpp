#include "core/gates/hold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/exit_failure.hpp"
#include "core/gates/port_findings.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Duration = Clock::Time::duration;
using Again = CheckResult::Again;

/// Whether something has looked the same for long.
class Sameness {
 public:
  /// `print` is asked now and then, as it costs time; "" = still on its way.
  bool unchanged(Clock::Time now, milliseconds for_long,
                 const std::function<std::string()>& print) {
    if (now < due_) return false;
    due_ = now + for_long / 20;
    std::string text = print();
    if (text.empty() || text != last_) {
      last_ = std::move(text);
      since_ = now;
    }
    return now - since_ >= for_long;
  }

 private:
  std::string last_;
  Clock::Time since_{}, due_{};
};

/// One gate being held against one deployment.
class Hold {
 public:
  Hold(const Gate& gate, HealthCheck& check, Deployment& deployment,
       Saved& saved, const Clock& clock, bool healthy,
       std::optional<milliseconds> enough)
      : gate_(gate),
        enough_(enough),
        check_(check),
        deployment_(deployment),
        saved_(saved),
        clock_(clock),
        entered_(clock.now()),
        deadline_(std::max(deployment.started() + gate.deadline,
                           entered_ + std::min(gate.deadline, kTurn))),
        healthy_(healthy) {}

  GateResult run() {
    for (;;) {
      if (const auto exit = deployment_.exited()) return ended(*exit);
      const Clock::Time before = clock_.now();
      const milliseconds patience = at_most(before);
      CheckResult result = check_.look(deployment_, saved_, patience);
      ++attempts_;
      const Clock::Time now = clock_.now();
      keep_answer(result, patience, now - before);
      // Asked again: what answered beside a dead process was something else.
      if (const auto exit = deployment_.exited()) return ended(*exit);
      if (result.kind == CheckResult::Kind::pass) refuse_unroutable(result);

      switch (result.kind) {
        case CheckResult::Kind::pass:
          healthy_ = passed_ = true;
          note_ = std::move(result.note);
          if (++streak_ < gate_.successes) break;
          if (!soak_end_) {
            soak_end_ = now + gate_.soak;
            held_since_ = now;
          }
          if (now >= *soak_end_)
            return done(CheckResult::Kind::pass, std::nullopt);
          break;
        case CheckResult::Kind::skip:
          return done(CheckResult::Kind::skip, result.failure);
        case CheckResult::Kind::fail:
          streak_ = 0;
          if (result.decisive || soak_end_ || now >= deadline_ ||
              settled(result, now)) {
            return failed(result);
          }
          if (unchanged_for_long(result, now)) {
            hurried_ = true;
            return failed(result);
          }
          break;
        case CheckResult::Kind::infra:
          // Says nothing of the release, so it does not break a soak either.
          if (result.decisive || now >= soak_end_.value_or(deadline_) ||
              taken(result, now)) {
            return done(CheckResult::Kind::infra, result.failure);
          }
          break;
      }
      if (!soak_end_ && now >= deadline_) {
        return failed(rung::failed(Stage::soak, "unknown",
                                   "not healthy often enough in a row"));
      }
      wait(result, now, now - before);
    }
  }

 private:
  /// What a gate gets at least when earlier ones have used up its deadline.
  static constexpr milliseconds kTurn = 5s;
  /// Who has answered in the trial's place for this long will go on.
  static constexpr milliseconds kTaken = 2s;

  // What the service answered says more than a look that was cut off sooner
  // than an answer takes.
  void keep_answer(CheckResult& result, milliseconds patience, Duration took) {
    if (result.kind != CheckResult::Kind::fail || !result.failure ||
        result.failure->stage != Stage::health) {
      return;
    }
    if (result.failure->cause != "health-timeout") {
      answered_ = result;
      answer_took_ = took;
    } else if (patience > std::max<Duration>(1s, 2 * answer_took_)) {
      answered_.reset();  // it answers no more
    } else if (answered_) {
      result = *answered_;
    }
  }

  // Half of what is left: an answer that never comes on one connection leaves
  // time to ask on another.
  [[nodiscard]] milliseconds at_most(Clock::Time now) const {
    const auto left = std::chrono::ceil<milliseconds>(
        soak_end_ ? Duration(gate_.deadline) : deadline_ - now);
    return std::max(std::max(left / 2, std::min<milliseconds>(left, 1s)),
                    milliseconds(50));
  }

  [[nodiscard]] Duration spacing(const CheckResult& result, Clock::Time now,
                                 Duration cost) const {
    // As with Docker's start_interval: what does not listen yet was not asked.
    if (gate_.interval > 0ms && result.again != Again::soon) {
      return gate_.interval;
    }
    if (soak_end_) {
      const Clock::Time soak_begin = *soak_end_ - gate_.soak;
      return std::clamp<Duration>((now - soak_begin) / 20, 50ms, 1s);
    }
    if (streak_ > 0) return 100ms;
    const Duration elapsed = now - entered_;
    if (result.again == Again::soon) {
      // Ask less often as the wait grows: to notice it 0.1 % late is fine, a
      // busy core is not.
      return elapsed < 3s ? std::clamp<Duration>(elapsed / 500, 1ms, 3ms)
                          : std::min<Duration>(elapsed / 1000, 100ms);
    }
    // In proportion to the time waited so far: what is late already may be
    // noticed 2 % later. Spread out, so that several do not ask in step.
    const Duration even =
        std::clamp<Duration>(std::max(elapsed / 50, cost * 8), 4ms, 1s);
    const double spread = std::fmod(attempts_ * 0.618, 1.0) / 2 + 0.75;
    return std::chrono::duration_cast<Duration>(even * spread);
  }

  void wait(const CheckResult& result, Clock::Time now, Duration cost) {
    const Clock::Time end = soak_end_.value_or(deadline_);
    Clock::Time next = std::min(now + spacing(result, now, cost),
                                std::max(end, now + milliseconds(1)));
    // Output is a reason to look early, unless our own looks may cause it.
    const bool on_output =
        result.again == Again::soon ||
        (result.again != Again::later && gate_.interval == 0ms);
    const Clock::Time early = now + (result.again == Again::soon
                                         ? Duration(500us)
                                         : std::max<Duration>(4ms, cost * 20));
    while (clock_.now() < next) {
      const auto left =
          std::chrono::ceil<std::chrono::microseconds>(next - clock_.now());
      deployment_.wait(left);
      if (deployment_.exited()) return;
      const Clock::Time woken = clock_.now();
      if (on_output && woken < next)
        next = std::min(next, std::max(woken, early));
    }
  }

  // A service that answers us over loopback may still be out of reach for the
  // platform's router.
  void refuse_unroutable(CheckResult& result) {
    if (deployment_.emulates() == Emulation::none || result.local_port == 0 ||
        result.local_port != deployment_.routed_port()) {
      return;
    }
    const auto sockets = deployment_.sockets();
    if (!sockets) return;
    auto finding =
        judge_ports(*sockets, result.local_port, deployment_.emulates());
    if (!finding.failure) return;
    result.kind = CheckResult::Kind::fail;
    result.failure = std::move(finding.failure);
    // It has finished starting, so it will not bind that port again.
    result.decisive = result.failure->cause == "bound-to-localhost";
  }

  // Nobody accepted a connection: the sockets say why.
  [[nodiscard]] Failure refined(const CheckResult& result) {
    if (!result.failure) {
      return *rung::failed(Stage::health, "unknown", "the check failed")
                  .failure;
    }
    Failure failure = *result.failure;
    const std::uint16_t routed = deployment_.routed_port();
    if (failure.stage != Stage::listen || result.local_port == 0 ||
        (routed != 0 && routed != result.local_port)) {
      return failure;
    }
    const auto sockets = deployment_.sockets();
    if (!sockets) return failure;
    auto finding =
        judge_ports(*sockets, result.local_port, deployment_.emulates());
    if (finding.failure) return *std::move(finding.failure);
    for (const BoundSocket& socket : *sockets) {
      if (socket.port != result.local_port) continue;
      if (socket.address == "0.0.0.0" || socket.address == "127.0.0.1") {
        failure.cause = "startup-timeout";
        failure.message = fmt::format(
            "the service began to listen on port {} only after the gate had "
            "asked for the last time",
            socket.port);
        break;
      }
      failure.cause = "unknown";
      failure.evidence = socket.address;
      failure.message = fmt::format(
          "the service listens on port {} at {} alone, where the gate does not "
          "ask (IPv6 only?); let it listen on 0.0.0.0",
          socket.port, socket.address);
      break;
    }
    return failure;
  }

  [[nodiscard]] bool settled(const CheckResult& result, Clock::Time now) {
    return gate_.settled != 0ms &&
           settled_.unchanged(now, gate_.settled, [&] {
             const auto sockets = deployment_.sockets();
             // Nothing listens yet: it is still on its way, however quiet.
             const bool starting = result.again == Again::soon &&
                                   (!sockets || sockets->empty());
             return starting ? std::string() : print(result, sockets);
           });
  }

  [[nodiscard]] bool unchanged_for_long(const CheckResult& result,
                                        Clock::Time now) {
    return enough_ && unchanged_.unchanged(now, *enough_, [&] {
      const auto sockets = deployment_.sockets();
      return sockets ? print(result, sockets) : std::string();
    });
  }

  /// What of a failure would change if the service got on.
  [[nodiscard]] std::string print(
      const CheckResult& result,
      const std::optional<std::vector<BoundSocket>>& sockets) {
    const Failure failure = result.failure.value_or(Failure{});
    std::string text =
        fmt::format("{} {} {} {}", to_string(failure.stage), failure.cause,
                    failure.evidence, failure.message);
    for (const auto& s : sockets.value_or(std::vector<BoundSocket>{})) {
      text += fmt::format(" {}:{}", s.address, s.port);
    }
    // Once something answers, what it logs may be our own questions.
    if (result.again != Again::later) {
      text += fmt::format(" {}", std::hash<std::string>{}(deployment_.log()));
    }
    return text;
  }

  bool taken(const CheckResult& result, Clock::Time now) {
    if (!result.failure || result.failure->cause != "port-in-use") {
      taken_since_.reset();
      return false;
    }
    if (!taken_since_) taken_since_ = now;
    return now - *taken_since_ >= kTaken;
  }

  GateResult failed(const CheckResult& result) {
    Failure failure = refined(result);
    if (passed_) {
      failure.stage = Stage::soak;
      failure.signature.clear();  // it begins with the stage
    }
    return done(CheckResult::Kind::fail, std::move(failure));
  }

  GateResult ended(const Exit& exit) {
    return done(CheckResult::Kind::fail,
                failure_of(exit, clock_.now() - deployment_.started(),
                           healthy_ ? Stage::soak : Stage::start));
  }

  GateResult done(CheckResult::Kind kind, std::optional<Failure> failure) {
    const auto waited =
        std::chrono::duration_cast<milliseconds>(clock_.now() - entered_);
    return {kind,        std::move(failure), waited, attempts_,
            held_since_, hurried_,           note_};
  }

  const Gate& gate_;
  const std::optional<milliseconds> enough_;
  HealthCheck& check_;
  Deployment& deployment_;
  Saved& saved_;
  const Clock& clock_;
  const Clock::Time entered_, deadline_;
  bool healthy_;         ///< by this gate or an earlier one
  bool passed_ = false;  ///< by this gate
  unsigned streak_ = 0, attempts_ = 0;
  std::optional<Clock::Time> soak_end_;  ///< set once soaking
  std::optional<Clock::Time> held_since_;
  std::optional<Clock::Time> taken_since_;  ///< by another program
  bool hurried_ = false;
  std::optional<CheckResult> answered_;  ///< the last failure with an answer
  Duration answer_took_{};
  std::string note_;
  Sameness settled_, unchanged_;
};

}  // namespace

GateResult hold(const Gate& gate, HealthCheck& check, Deployment& deployment,
                Saved& saved, const Clock& clock, bool healthy_before,
                std::optional<milliseconds> enough) {
  return Hold(gate, check, deployment, saved, clock, healthy_before, enough)
      .run();
}

}  // namespace rung
