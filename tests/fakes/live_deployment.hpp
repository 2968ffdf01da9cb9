#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "core/model/platform.hpp"

namespace rung::fakes {

/// A deployment in real time whose process another thread may end.
class LiveDeployment : public Deployment {
 public:
  explicit LiveDeployment(std::string url = {}) : url_(std::move(url)) {}

  std::map<std::string, std::string> environment;
  std::optional<std::vector<BoundSocket>> bound;

  void end(Exit exit) {
    const std::lock_guard lock(mutex_);
    exit_ = exit;
    changed_.notify_all();
  }

  [[nodiscard]] std::string url() const override { return url_; }
  [[nodiscard]] std::uint16_t routed_port() const override { return 0; }
  [[nodiscard]] const std::map<std::string, std::string>& env() const override {
    return environment;
  }
  [[nodiscard]] std::optional<Exit> exited() override {
    const std::lock_guard lock(mutex_);
    return exit_;
  }
  [[nodiscard]] std::optional<std::vector<BoundSocket>> sockets() override {
    return bound;
  }
  [[nodiscard]] std::string log() override { return {}; }
  void wait(std::chrono::microseconds at_most) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&] { return exit_.has_value(); });
  }
  [[nodiscard]] std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

 private:
  std::string url_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Exit> exit_;
  std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
};

}  // namespace rung::fakes
