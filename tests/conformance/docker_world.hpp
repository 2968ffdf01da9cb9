#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/docker/engine.hpp"
#include "adapters/journal/seal.hpp"
#include "adapters/platform/remote_settings.hpp"
#include "adapters/process/system_clock.hpp"
#include "tests/conformance/platform_conformance.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/hurried_clock.hpp"
#include "tests/fakes/unix_http_server.hpp"

namespace rung::conformance {

/// The test service in an engine, real or not, with a proxy in front that
/// makes trouble.
class DockerWorld final : public World {
 public:
  /// `socket`: the engine's. It must have the image of fakes::DockerDaemon.
  explicit DockerWorld(const std::filesystem::path& socket,
                       std::map<std::string, std::string> options = {},
                       std::size_t step = 1);
  /// Says how often a container of an app was started, for an engine that
  /// does not tell its events.
  void count_starts_by(std::function<std::size_t(const std::string&)> count) {
    starts_ = std::move(count);
  }
  ~DockerWorld() override;

  std::unique_ptr<Platform> another_rung() override;
  Bundle bundle(Behaviour behaviour) override;
  std::size_t step() override { return step_; }
  std::map<Stage, Bundle> refused() override;
  std::vector<std::string> existing() override;
  std::size_t starts() override;
  bool arrange(Trouble trouble, std::size_t nth) override;
  bool happened() override;
  bool down(bool is) override;
  std::string overheard() override;

  /// A release of these files, with a Dockerfile that runs the test service
  /// unless there is one among them.
  Bundle release_of(std::map<std::string, std::string> files);
  /// Settings for one more rung, to be changed before it is made.
  RemoteSettings settings();
  /// Decides about every request, after `arrange`'s trouble. What was heard so
  /// far is forgotten.
  void faults(fakes::UnixProxy::Decide decide);
  DockerEngine& engine() { return engine_; }
  [[nodiscard]] const std::string& app() const { return app_; }
  [[nodiscard]] bool swarm() const { return options_.contains("swarm"); }

 private:
  fakes::UnixFault decide(const fakes::UnixRequest& request);
  nlohmann::json listed(const std::string& kind);

  SystemClock clock_;
  fakes::HurriedClock hurried_;
  fakes::TemporaryFolder folder_;
  fakes::GitRepository repository_;
  SealKey key_;
  std::map<std::string, std::string> options_;
  std::size_t step_;
  std::map<Behaviour, Bundle> bundles_;
  std::string app_;
  DockerEngine engine_;
  std::int64_t since_ms_;
  int rungs_ = 0;
  std::function<std::size_t(const std::string&)> starts_;

  std::mutex mutex_;
  Trouble trouble_ = Trouble::cut;
  std::size_t calls_ = 0, nth_ = 0;  ///< 0 = no trouble
  bool down_ = false;
  std::string heard_;
  fakes::UnixProxy::Decide more_;
  std::unique_ptr<fakes::UnixProxy> proxy_;  ///< last: its threads use the rest
};

/// The real engines that there are.
enum class Engine { docker, podman };
std::string to_string(Engine engine);
/// Null, with a warning that says why, where that one cannot run.
std::unique_ptr<DockerWorld> world_in(Engine engine, std::size_t step = 1);

}  // namespace rung::conformance
