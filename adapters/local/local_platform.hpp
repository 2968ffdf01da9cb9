#pragma once

#include <sys/types.h>
#include <cstdint>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/checkout/builds.hpp"
#include "core/model/platform.hpp"

namespace rung {

struct LocalSettings {
  BuildSettings build;
  Emulation emulate = Emulation::none;  ///< never docker
  std::uint16_t port = 0;  ///< what is routed to; 0 = auto
  /// Whether PORT is set when the release does not; nullopt = as the emulated
  /// platform does (and, with `auto`, always: the service has to be told).
  std::optional<bool> inject_port;
  std::filesystem::path log_file;  ///< a copy of what it writes; "" = none
};

/// The environment a process gets on this target and the port routed to it.
struct LocalContract {
  std::map<std::string, std::string> env;  ///< with what is injected
  std::uint16_t port = 0;
  /// The platform would not even start this release.
  std::optional<Failure> refused;
};

/// What the emulated platform makes of a release's environment.
/// Source: the platforms' documented contracts; see the README's table.
/// `free_port` is asked only when the port is not fixed.
LocalContract contract(const LocalSettings& settings,
                       const std::map<std::string, std::string>& env,
                       const std::function<std::uint16_t()>& free_port);

/// Processes on this machine. A trial is a process tree of its own that never
/// outlives rung. Throws AbortError when the fixed port is taken.
class LocalPlatform final : public Platform {
 public:
  explicit LocalPlatform(LocalSettings settings);
  ~LocalPlatform() override;

  [[nodiscard]] std::string_view name() const override { return "local"; }
  [[nodiscard]] Capabilities capabilities() const override;
  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override;
  void withdraw(Deployment& deployment) override;
  /// See Process::keeper(). `deployment` is one of this platform.
  [[nodiscard]] static pid_t keeper_of(const Deployment& deployment);
  [[nodiscard]] LocalBuilds& builds();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws AbortError naming who holds the port; 0 is always free.
void require_free_port(std::uint16_t port);

}  // namespace rung
