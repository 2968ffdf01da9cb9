#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/model/platform.hpp"

namespace rung {

/// For gates that are asked without a trial: an environment, and no process.
class BareDeployment final : public Deployment {
 public:
  explicit BareDeployment(std::map<std::string, std::string> env)
      : env_(std::move(env)) {}
  [[nodiscard]] std::string url() const override { return {}; }
  [[nodiscard]] std::uint16_t routed_port() const override { return 0; }
  [[nodiscard]] const std::map<std::string, std::string>& env()
      const override {
    return env_;
  }
  [[nodiscard]] std::optional<Exit> exited() override { return std::nullopt; }
  [[nodiscard]] std::optional<std::vector<BoundSocket>> sockets() override {
    return std::nullopt;
  }
  [[nodiscard]] std::string log() override { return {}; }
  void wait(std::chrono::microseconds) override {}
  [[nodiscard]] std::chrono::steady_clock::time_point started()
      const override {
    return started_;
  }

 private:
  std::map<std::string, std::string> env_;
  std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
};

}  // namespace rung
