#include "core/gates/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/diagnosis/exit_failure.hpp"
#include "core/gates/hold.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;

/// The trial's listeners on its routed port.
struct Listening {
  std::set<std::uint64_t> sockets;
  std::set<std::int64_t> processes;
};

std::optional<Listening> listening(Deployment& deployment) {
  if (deployment.routed_port() == 0) return std::nullopt;
  const auto all = deployment.listeners(deployment.routed_port());
  if (!all) return std::nullopt;
  Listening now;
  for (const PortListener& one : *all) {
    if (one.owner != PortListener::Owner::trial) continue;
    now.sockets.insert(one.number);
    now.processes.insert(one.held_by.begin(), one.held_by.end());
  }
  return now;
}

/// Some of `before` are not among `now`.
template <typename Number>
bool lost(const std::set<Number>& before, const std::set<Number>& now) {
  return !std::includes(now.begin(), now.end(), before.begin(), before.end());
}

class Settling {
 public:
  Settling(Deployment& deployment, const Clock& clock, Clock::Time until,
           const LookAgain& again)
      : deployment_(deployment),
        clock_(clock),
        begun_(clock.now()),
        until_(until),
        again_(again) {}

  GateResult run() {
    const auto first = listening(deployment_);
    if (first) standing_ = first->processes;
    const auto length = until_ - begun_;
    std::optional<Clock::Time> ask_at;
    if (again_.look && 4 * again_.takes <= length) {
      ask_at = until_ - std::max<Clock::Time::duration>(2 * again_.takes,
                                                        length / 5);
    }
    for (;;) {
      if (const auto exit = deployment_.exited()) {
        return failed(failure_of(*exit, clock_.now() - deployment_.started(),
                                 Stage::soak));
      }
      Listening seen;
      if (first) {
        seen = listening(deployment_).value_or(Listening{});
        if (lost(first->sockets, seen.sockets)) {
          const Failure closed = vanished(seen);
          // Its exit says more than its sockets do, and comes a little later.
          wait_until(clock_.now() + kReplaced * 5);
          if (deployment_.exited()) continue;
          return failed(closed);
        }
      }
      const Clock::Time now = clock_.now();
      if (lost(standing_, seen.processes)) {
        if (++deaths_ > kDeaths) return failed(dies_of_answers());
        // What replaces it has to be there before it is asked.
        standing_ = seen.processes;
        if (again_.look) ask_at = now + kReplaced;
        until_ = std::max(until_, now + 3 * kReplaced);
      }
      if (ask_at && now >= *ask_at) {
        ask_at.reset();
        standing_ = seen.processes;
        GateResult answer = again_.look();
        if (answer.kind != CheckResult::Kind::pass) return answer;
        continue;
      }
      if (now >= until_) return passed_now();
      const Clock::Time next =
          std::min({now + (first ? 20ms : 100ms), until_,
                    ask_at.value_or(until_)});
      wait_until(next);
    }
  }

 private:
  /// So many in a row are no coincidence.
  static constexpr unsigned kDeaths = 2;
  static constexpr auto kReplaced = 50ms;

  /// Or until it has ended.
  void wait_until(Clock::Time time) {
    while (clock_.now() < time && !deployment_.exited()) {
      deployment_.wait(std::chrono::ceil<std::chrono::microseconds>(
          time - clock_.now()));
    }
  }

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(clock_.now() - begun_).count();
  }

  [[nodiscard]] Failure vanished(const Listening& now) const {
    Failure failure;
    failure.stage = Stage::soak;
    failure.cause = "no-port-bound";
    failure.message = fmt::format(
        "{} port {} {:.1f} s after its gates had passed",
        now.sockets.empty() ? "closed" : "closed and opened",
        deployment_.routed_port(), seconds());
    return failure;
  }

  [[nodiscard]] Failure dies_of_answers() const {
    Failure failure;
    failure.stage = Stage::soak;
    failure.message = fmt::format(
        "its processes on port {} end after each answer",
        deployment_.routed_port());
    return failure;
  }

  [[nodiscard]] GateResult failed(Failure failure) const {
    GateResult result = passed_now();
    result.kind = CheckResult::Kind::fail;
    result.failure = std::move(failure);
    return result;
  }

  [[nodiscard]] GateResult passed_now() const {
    GateResult result;
    result.kind = CheckResult::Kind::pass;
    result.waited = std::chrono::duration_cast<std::chrono::milliseconds>(
        clock_.now() - begun_);
    return result;
  }

  Deployment& deployment_;
  const Clock& clock_;
  const Clock::Time begun_;
  Clock::Time until_;
  const LookAgain& again_;
  std::set<std::int64_t> standing_;  ///< the processes that listen
  unsigned deaths_ = 0;              ///< of some of them, each time seen
};

}  // namespace

GateResult settle(Deployment& deployment, const Clock& clock,
                  Clock::Time until, const LookAgain& again) {
  return Settling(deployment, clock, until, again).run();
}

}  // namespace rung
