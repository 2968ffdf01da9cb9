#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "adapters/journal/seal.hpp"
#include "adapters/process/interruption.hpp"
#include "core/model/clock.hpp"
#include "core/model/live_platform.hpp"
#include "tests/conformance/checked_road.hpp"
#include "tests/conformance/platform_conformance.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/render_host.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::conformance {

/// Real time, of which sleeping skips most: what polls every three seconds
/// comes to the point.
class HastyClock : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] std::int64_t unix_ms() const override;
  void sleep(std::chrono::microseconds duration) override;

 private:
  std::atomic<std::int64_t> skipped_ = 0;  ///< microseconds
};

/// A service on the fake of Render that really runs what it is given.
class RenderWorld : public World {
 public:
  struct Start {
    bool live = true;  ///< its first deploy is a healthy one
    bool in_place = false;
    bool limits = false;
  };
  explicit RenderWorld(Start start);
  RenderWorld() : RenderWorld(Start{}) {}
  ~RenderWorld() override;

  std::unique_ptr<Platform> another_rung() override;
  Bundle bundle(Behaviour behaviour) override;
  std::map<Stage, Bundle> refused() override;
  std::vector<std::string> existing() override;
  std::size_t starts() override;
  bool arrange(Trouble trouble, std::size_t nth) override;
  bool happened() override;
  bool down(bool is) override;
  std::string overheard() override;

  fakes::RenderServer& server() { return host_.server(); }
  [[nodiscard]] const std::string& service() const { return service_; }
  fakes::GitRepository& repository() { return repository_; }
  /// Of `behaviour` in the language of tests/e2e/test_service.cpp.
  Bundle bundle_of(const std::string& behaviour);
  void settle();

 private:
  class Rung;
  fakes::ApiAnswer received(const fakes::ApiCall& call);

  HastyClock clock_;
  SealKey key_{std::string(SealKey::kBytes, 'k')};
  fakes::TempFolder folder_;
  fakes::GitRepository repository_;
  std::map<std::string, std::string> commits_;  ///< by behaviour
  fakes::RenderHost host_;
  Start start_;
  std::string service_;
  int rungs_ = 0;
  std::set<std::string> idle_;  ///< rungs that live and have no trial now

  std::mutex mutex_;
  std::string heard_;
  std::optional<Trouble> trouble_;
  std::size_t nth_ = 0, seen_ = 0;
  bool came_ = false, down_ = false;
  std::unique_ptr<fakes::ApiServer> door_;
};

}  // namespace rung::conformance
