#pragma once

#include <functional>

#include "cmd/serving/supervisor.hpp"
#include "core/model/live_platform.hpp"

namespace rung {

/// The local target as a platform that keeps a release serving.
class LocalLive final : public LivePlatform {
 public:
  /// What a release on record needs to run, given its services' addresses.
  using MakeBundle =
      std::function<Bundle(const std::string& phase, const std::string& release,
                           const std::map<std::string, std::string>& addresses)>;

  LocalLive(const Planned& planned, const Target& target, MakeBundle bundle);

  std::optional<LiveRelease> live() override;
  std::unique_ptr<Deployment> attach() override;
  /// Of the bundle only the id is read: the supervisor finds the release in
  /// the journal, so that its secrets pass through no argument or file.
  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override;
  void stop() override { live_.stop(); }
  /// See Live::killed().
  [[nodiscard]] bool killed() const { return live_.killed(); }
  /// Addresses of the services beside what serves.
  [[nodiscard]] std::map<std::string, std::string> addresses() const;

 private:
  const Planned& planned_;
  const Target& target_;
  Live live_;
  MakeBundle bundle_;
};

}  // namespace rung
