#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/local/supervisor.hpp"
#include "core/model/live_platform.hpp"

namespace rung {

/// The local target as a platform that keeps a release serving.
class LocalLive final : public LivePlatform {
 public:
  /// The environment that the process of what serves was given.
  using EnvOf =
      std::function<std::map<std::string, std::string>(const Serving&)>;

  LocalLive(Supervisor supervisor, EnvOf env_of)
      : supervisor_(std::move(supervisor)), env_of_(std::move(env_of)) {}

  std::optional<LiveRelease> live() override;
  std::unique_ptr<Deployment> attach() override;
  /// Reads only the id of the bundle: the supervisor finds the release in the
  /// journal, so that its secrets pass through no argument or file.
  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override;
  void stop() override { supervisor_.stop(); }
  [[nodiscard]] bool killed() const override { return supervisor_.killed(); }
  /// Addresses of the services beside what serves.
  [[nodiscard]] std::map<std::string, std::string> addresses() const;

 private:
  Supervisor supervisor_;
  EnvOf env_of_;
};

}  // namespace rung
