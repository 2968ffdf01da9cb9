#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung {

/// Which worker probes which point.
class RunningTrials {
 public:
  explicit RunningTrials(std::size_t workers) : workers_(workers) {}

  void begin(std::size_t worker, const Point& point) {
    running_[worker] = point;
  }
  void end(std::size_t worker) { running_.erase(worker); }

  [[nodiscard]] bool none() const { return running_.empty(); }
  [[nodiscard]] std::size_t count() const { return running_.size(); }
  [[nodiscard]] std::size_t idle() const { return workers_ - count(); }
  /// The first idle worker; nullopt = all are busy.
  [[nodiscard]] std::optional<std::size_t> first_idle() const {
    for (std::size_t i = 0; i < workers_; ++i) {
      if (!running_.contains(i)) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::vector<Point> points() const {
    std::vector<Point> points;
    for (const auto& [worker, point] : running_) points.push_back(point);
    return points;
  }

 private:
  std::size_t workers_;
  std::map<std::size_t, Point> running_;  ///< by worker
};

}  // namespace rung
