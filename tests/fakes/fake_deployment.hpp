#pragma once

#include <map>
#include <utility>

#include "core/model/platform.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace rung::fakes {

/// A deployment whose life is written down beforehand, on a ManualClock.
/// Times count from its start.
class FakeDeployment : public Deployment {
 public:
  using Offset = std::chrono::milliseconds;
  explicit FakeDeployment(ManualClock& clock)
      : clock_(clock), started_(clock.now()) {}

  std::string address = "http://127.0.0.1:10000";
  std::uint16_t port = 10000;
  Emulation platform = Emulation::none;
  bool checked = false;  ///< the platform has found the port open
  std::map<std::string, std::string> environment;
  std::map<Offset, std::string> writes;
  std::optional<std::pair<Offset, Exit>> ends;
  std::optional<std::vector<BoundSocket>> bound = std::vector<BoundSocket>{};
  std::optional<std::vector<PortListener>> on_port;
  /// The state of on_port from then on.
  std::map<Offset, std::vector<PortListener>> on_port_later;

  [[nodiscard]] std::string url() const override { return address; }
  [[nodiscard]] std::uint16_t routed_port() const override { return port; }
  [[nodiscard]] Emulation emulates() const override { return platform; }
  [[nodiscard]] bool port_checked() const override { return checked; }
  [[nodiscard]] const std::map<std::string, std::string>& env() const override {
    return environment;
  }
  [[nodiscard]] std::optional<Exit> exited() override {
    if (ends && clock_.now() >= started_ + ends->first) return ends->second;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::vector<BoundSocket>> sockets() override {
    return bound;
  }
  [[nodiscard]] std::optional<std::vector<PortListener>> listeners(
      std::uint16_t) override {
    auto now = on_port;
    for (const auto& [at, listeners] : on_port_later) {
      if (clock_.now() >= started_ + at) now = listeners;
    }
    return now;
  }
  [[nodiscard]] std::string log() override {
    std::string text;
    for (const auto& [at, line] : writes) {
      if (started_ + at <= clock_.now()) text += line + "\n";
    }
    return text;
  }
  void wait(std::chrono::microseconds at_most) override {
    Clock::Time until = clock_.now() + at_most;
    if (ends && started_ + ends->first > clock_.now()) {
      until = std::min(until, started_ + ends->first);
    }
    for (const auto& [at, line] : writes) {
      if (started_ + at > clock_.now()) until = std::min(until, started_ + at);
    }
    clock_.sleep(
        std::chrono::ceil<std::chrono::microseconds>(until - clock_.now()));
  }
  [[nodiscard]] Clock::Time started() const override { return started_; }

 private:
  ManualClock& clock_;
  Clock::Time started_;
};

}  // namespace rung::fakes
