#pragma once

#include <optional>

#include "adapters/render/api.hpp"
#include "core/model/platform.hpp"

namespace rung::render {

/// A deploy that Render holds for live. Outlived by `api` and `clock`.
class RunningDeploy final : public Deployment {
 public:
  /// `env` is what the release set; what Render adds is added here. `every`:
  /// how often Render is asked at most.
  RunningDeploy(Api& api, Clock& clock, Service service, Deploy deploy,
                Env env, std::chrono::milliseconds every);

  std::string url() const override { return service_.url; }
  std::uint16_t routed_port() const override;
  Emulation emulates() const override { return Emulation::render; }
  bool port_checked() const override { return true; }
  const std::map<std::string, std::string>& env() const override {
    return env_;
  }
  /// Throws PlatformError when another deploy has taken its place.
  std::optional<Exit> exited() override;
  std::optional<std::vector<BoundSocket>> sockets() override {
    return std::nullopt;
  }
  std::string log() override;
  void wait(std::chrono::microseconds at_most) override;
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

  /// From now on it counts as ended.
  void withdrawn();
  [[nodiscard]] const Deploy& deploy() const { return deploy_; }

 private:
  Api& api_;
  Clock& clock_;
  Service service_;
  Deploy deploy_;
  Env env_;
  std::chrono::milliseconds every_;
  Clock::Time started_, asked_;
  std::optional<Clock::Time> read_;
  std::optional<Exit> exit_;
  bool withdrawn_ = false;
  std::string log_;
};

}  // namespace rung::render
