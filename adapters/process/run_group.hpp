#pragma once

#include <sys/types.h>

#include <filesystem>

namespace rung {

/// The control group that the launcher, and so all that rung starts, lives in
/// where the machine allows one (cgroup v2, and this user may make a group
/// beside its own). Keepers clean up when rung is killed; this is for the day
/// when somebody kills them too: the next launcher finds the group, in which
/// no launcher and no keeper is left, and ends what runs in it.
class RunGroup {
 public:
  /// For the launcher, before it starts anything: first ends what dead runs
  /// left beside it, then makes a group of its own and enters it. Where that
  /// is not allowed nothing happens: it is a second line of defence.
  static void enter();

  /// Away with the group of a launcher that has ended, if nothing is left in
  /// it. By rung, at its end: to leave the group again itself would cost the
  /// launcher milliseconds, in which it could still be seen.
  static void remove(pid_t launcher);

  /// Where this process' group lies; "" = no cgroup v2 here.
  static std::filesystem::path current();
};

}  // namespace rung
