#pragma once

#include "adapters/process/keeper.hpp"

namespace rung {

/// The small process that forks whatever rung runs, so that rung itself never
/// forks with threads and 50 MB of history in memory, and that nothing is left
/// behind however rung ends:
///
///     rung --- launcher --- keeper --- program --- whatever it starts
///
/// Each program has a keeper in a session of its own (a terminal's ^C does not
/// reach it) that is the subreaper of all that descends from it: a daemon,
/// double-forked or setsid()ed, becomes the keeper's child, never init's. When
/// rung says so, or dies (its end of the control socket closes), the keeper
/// kills until it has no child left, which is what having no descendant means.
/// A keeper that is killed leaves its children to the launcher, a subreaper
/// too. The launcher ends when rung and all keepers have.
class Launcher {
 public:
  /// Forks the launcher unless it runs already. Call it first in main(), while
  /// rung is small and has one thread; the first Process does it otherwise.
  /// Throws PlatformError.
  static void start();

  /// For Process: hands over a request and copies of its descriptors.
  /// Thread-safe. Starts a new launcher if someone killed it.
  static void send(const keeper::Request& request, const keeper::Fds& fds);
};

}  // namespace rung
