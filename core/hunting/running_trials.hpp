#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung {

/// Which worker probes which point, and whether by itself.
class RunningTrials {
 public:
  explicit RunningTrials(std::size_t workers) : workers_(workers) {}

  /// `alone`: nothing else begins until it has ended. REQUIRES: none() then.
  void begin(std::size_t worker, const Point& point, bool alone) {
    for (auto& [other, trial] : running_) trial.beside = true;
    running_[worker] = {point, !running_.empty()};
    alone_ = alone;
  }
  /// Whether another trial ran while it did.
  bool end(std::size_t worker) {
    const auto it = running_.find(worker);
    const bool beside = it->second.beside;
    running_.erase(it);
    alone_ = false;
    return beside;
  }
  /// From now on every trial runs alone, or not.
  void one_at_a_time(bool wanted) { one_at_a_time_ = wanted; }
  [[nodiscard]] bool one_at_a_time() const { return one_at_a_time_; }

  [[nodiscard]] bool none() const { return running_.empty(); }
  [[nodiscard]] std::size_t count() const { return running_.size(); }
  /// How many trials may begin now.
  [[nodiscard]] std::size_t idle() const {
    if (alone_) return 0;
    if (one_at_a_time_) return none() ? 1 : 0;
    return workers_ - count();
  }
  /// The first idle worker; nullopt = all are busy.
  [[nodiscard]] std::optional<std::size_t> first_idle() const {
    for (std::size_t i = 0; i < workers_; ++i) {
      if (!running_.contains(i)) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::vector<Point> points() const {
    std::vector<Point> points;
    for (const auto& [worker, trial] : running_) points.push_back(trial.point);
    return points;
  }

 private:
  struct Running {
    Point point;
    bool beside = false;  ///< another
  };
  std::size_t workers_;
  std::map<std::size_t, Running> running_;  ///< by worker
  bool alone_ = false;                      ///< the one that runs
  bool one_at_a_time_ = false;
};

}  // namespace rung
