#pragma once

#include "adapters/process/keeper.hpp"

namespace rung {

/// The small process that forks each program that rung runs. With it, rung
/// itself never forks with threads and 50 MB of history in memory, and leaves
/// nothing behind however it ends:
///
///     rung --- launcher --- keeper --- program --- whatever it starts
///
/// Each program has a keeper in its own session (a terminal's ^C does not reach
/// it). The keeper is the subreaper of all its descendants: a daemon that
/// double-forks or calls setsid() becomes the keeper's child, never init's. If
/// rung asks for it or dies (its end of the control socket closes), the keeper
/// kills until it has no child left, and then it has no descendant left either.
/// If a keeper is killed, the launcher, also a subreaper, inherits its
/// children. The launcher exits when rung and all keepers have exited.
class Launcher {
 public:
  /// Forks the launcher unless it already runs. Call it first in main(), while
  /// rung is small and has one thread; otherwise the first Process does it.
  /// Throws PlatformError.
  static void start();

  /// For Process: sends a request and copies of its descriptors. Thread-safe.
  /// Starts a new launcher if someone killed the old one.
  static void send(const keeper::Request& request, const keeper::Fds& fds);
};

}  // namespace rung
