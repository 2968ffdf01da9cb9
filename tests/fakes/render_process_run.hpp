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
MakeRenderRun really_run(std::filesystem::path work, RenderTimes times,
                         bool shared_network);

}  // namespace rung::fakes
