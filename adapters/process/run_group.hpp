#pragma once

#include <sys/types.h>

#include <filesystem>

namespace rung {

/// The control group of the launcher, and so of everything that rung starts, if
/// the machine allows one (cgroup v2, and this user can make a group beside its
/// own). Keepers clean up if rung is killed. This class is for the case that
/// somebody kills the keepers too: the next launcher finds the group without a
/// launcher or a keeper, and ends the processes in it.
class RunGroup {
 public:
  /// The launcher calls this before it starts anything. First ends the
  /// processes that dead runs left beside it, then makes its own group and
  /// enters it. Does nothing if that is not allowed: it is a second line of
  /// defence.
  static void enter();

  /// Removes the control group of a launcher that has exited, if it is empty.
  /// rung calls this on exit: if the launcher left the group itself, its own
  /// exit would take milliseconds longer and it would stay visible in the
  /// process list.
  static void remove(pid_t launcher);

  /// The folder of this process's group; "" = no cgroup v2 here.
  static std::filesystem::path current();
};

}  // namespace rung
