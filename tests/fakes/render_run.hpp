#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/model/clock.hpp"

namespace rung::fakes {

/// What one deploy of the fake Render is to build and run.
struct RenderRelease {
  std::string service, repo, commit;
  std::map<std::string, std::string> env;
  std::string build, start, pre_deploy, health_path, root_dir;
  bool built = false;  ///< a rollback: the artifact is there
};

/// One deploy while it is built and started, and its app as long as it runs.
/// look() never blocks and is called again and again. Destroying it ends all
/// of it.
class RenderRun {
 public:
  enum class State {
    building,
    pre_deploy,
    starting,
    healthy,  ///< may take over
    build_failed,
    pre_deploy_failed,
    update_failed,
    exited,  ///< having been healthy
  };
  struct Line {
    bool build = false;
    std::string text;
  };
  virtual ~RenderRun() = default;
  virtual State look() = 0;
  /// Why it failed or exited, as Render's events put it.
  [[nodiscard]] virtual nlohmann::json reason() const = 0;
  /// Since the last call.
  virtual std::vector<Line> take_lines() = 0;
  [[nodiscard]] virtual std::vector<std::uint16_t> open_ports() const {
    return {};
  }
  /// Where the public port leads; -1 = nowhere. A connected socket.
  virtual int connect() { return -1; }
};

using MakeRenderRun =
    std::function<std::unique_ptr<RenderRun>(const RenderRelease&)>;

/// Nothing runs: what would happen is looked up, and takes the clock's time.
struct RenderOutcome {
  RenderRun::State end = RenderRun::State::healthy;
  nlohmann::json reason = nlohmann::json::object();
  std::vector<RenderRun::Line> lines;
  std::chrono::milliseconds build{20000}, start{10000};
};
MakeRenderRun looked_up(
    std::function<RenderOutcome(const RenderRelease&)> table,
    const Clock& clock);

}  // namespace rung::fakes
