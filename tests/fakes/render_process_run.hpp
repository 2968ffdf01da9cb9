#pragma once

#include <chrono>
#include <filesystem>

#include "tests/fakes/render_run.hpp"

namespace rung::fakes {

/// Render's times, scaled down.
struct RenderTimes {
  std::chrono::milliseconds scan{300};    ///< Render: about a minute
  std::chrono::milliseconds limit{4000};  ///< Render: 15 minutes
  std::chrono::milliseconds health{500};  ///< Render: 5 seconds
};

/// Deploys that really run: the commit is checked out of `release.repo` (a
/// path), built, started with its variables, and looked at as Render does: an
/// open port on an address that is not loopback, then the health check path.
/// Apps have a network of their own, so that the old one and the new one may
/// both listen on 10000. With `shared_network`, or where this machine does not
/// allow that, they share this machine's (its databases can be reached), and
/// the number in PORT is replaced by a free one.
struct RenderProcesses {
  std::filesystem::path work;
  RenderTimes times;
  bool shared_network = false;
  /// NOT as Render documents it: what plans/examples/render-port says of its
  /// platform (`port: N, inject_port: false`), and for that incident alone.
  /// Nobody sets PORT, and the router knows this port only, whatever is open.
  /// 0 = as documented. Needs networks of their own.
  std::uint16_t fixed_port = 0;
};
MakeRenderRun really_run(RenderProcesses how);

}  // namespace rung::fakes
