#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/platform/remote_settings.hpp"
#include "adapters/process/system_clock.hpp"
#include "tests/conformance/platform_conformance.hpp"
#include "tests/fakes/cloudrun_server.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::conformance {

/// The fake of Cloud Run, which runs the test service for real, and a wire to
/// it that can be cut.
class CloudRunWorld final : public World {
 public:
  /// `with_service`: somebody has deployed to it before rung came.
  explicit CloudRunWorld(bool with_service);
  ~CloudRunWorld() override;

  std::unique_ptr<Platform> another_rung() override;
  Bundle bundle(Behaviour behaviour) override;
  std::map<Stage, Bundle> refused() override;
  std::vector<std::string> existing() override;
  std::size_t starts() override;
  bool arrange(Trouble trouble, std::size_t nth) override;
  bool happened() override;
  bool down(bool is) override;
  std::string overheard() override;

  /// What an adapter of this world is given.
  RemoteSettings settings();
  [[nodiscard]] fakes::CloudRunServer& server() { return *server_; }

 private:
  fakes::ApiAnswer answer(const fakes::ApiCall& call);

  fakes::TemporaryFolder folder_;
  fakes::GitRepository repository_;
  std::map<Behaviour, CommitId> commits_;
  SealKey key_;
  SystemClock clock_;
  std::unique_ptr<fakes::CloudRunServer> server_;
  std::mutex mutex_;
  std::optional<Trouble> trouble_;
  std::size_t nth_ = 0, count_ = 0;
  bool down_ = false, cut_ = false, happened_ = false;
  std::size_t starts_before_ = 0;
  int rungs_ = 0;
  std::unique_ptr<fakes::ApiServer> wire_;
};

}  // namespace rung::conformance
