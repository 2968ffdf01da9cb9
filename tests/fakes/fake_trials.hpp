#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/hunting/trials.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace rung::fakes {

/// Trials in a simulated world. Each takes as long as its observation says, on a
/// clock that passes only while a hunt waits for one. Public, so that a test can
/// look and can plan.
class FakeTrials final : public Trials {
 public:
  /// What a trial shows; an exception ends the trial with it.
  using Answer = std::function<ProbeEvidence(const Trial&)>;

  FakeTrials(ManualClock& clock, Answer answer, std::size_t workers = 1)
      : clock_(clock), answer_(std::move(answer)), workers_(workers) {}

  std::function<bool(const Release&)> is_ready = [](const Release&) {
    return true;
  };
  bool beside = false;            ///< while a trial is answered: others run
  bool stop = false;              ///< the user wants to
  std::vector<Trial> begun;       ///< in this order
  std::vector<Point> called_off;  ///< that still ran

  [[nodiscard]] std::size_t workers() const override { return workers_; }
  [[nodiscard]] bool ready(const Release& release) const override {
    return is_ready(release);
  }
  void give(std::size_t worker, Trial trial) override {
    if (worker >= workers_ || running_.contains(worker)) {
      throw std::logic_error("a trial for a worker that is not idle");
    }
    begun.push_back(trial);
    TrialEvent event;
    event.worker = worker;
    try {
      beside = !running_.empty();
      event.evidence = answer_(trial);
    } catch (...) {
      event.error = std::current_exception();
    }
    event.trial = std::move(trial);
    const auto ends = clock_.now() + event.evidence.observation.duration;
    running_[worker] = {ends, std::move(event)};
  }
  void cancel(const std::vector<Point>& points) override {
    for (auto& [worker, one] : running_) {
      const Point point = one.event.trial.proposal.point;
      if (one.event.cancelled ||
          std::find(points.begin(), points.end(), point) == points.end()) {
        continue;
      }
      one.ends = clock_.now();
      one.event.cancelled = true;
      one.event.evidence = {};
      one.event.error = nullptr;
      called_off.push_back(point);
    }
  }
  std::optional<TrialEvent> next(std::optional<Clock::Time> until) override {
    if (running_.empty()) throw std::logic_error("nothing to wait for");
    const auto first = std::min_element(
        running_.begin(), running_.end(), [](const auto& a, const auto& b) {
          return a.second.ends < b.second.ends;
        });
    if (until && first->second.ends > *until) {
      pass_to(*until);
      return std::nullopt;
    }
    pass_to(first->second.ends);
    TrialEvent event = std::move(first->second.event);
    running_.erase(first);
    return event;
  }
  void check() const override {
    if (stop) throw Interrupted("stopped by the test");
  }

 private:
  struct Running {
    Clock::Time ends;
    TrialEvent event;
  };

  void pass_to(Clock::Time time) {
    if (time <= clock_.now()) return;
    clock_.sleep(std::chrono::ceil<std::chrono::microseconds>(
        time - clock_.now()));
  }

  ManualClock& clock_;
  Answer answer_;
  std::size_t workers_;
  std::map<std::size_t, Running> running_;  ///< by worker
};

}  // namespace rung::fakes
