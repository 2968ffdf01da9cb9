#pragma once

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
  static RunGroup enter();

  /// Out of the group again, and away with it. For the launcher, at its end.
  void leave() const;

  /// Where this process' group lies; "" = no cgroup v2 here.
  static std::filesystem::path current();

 private:
  std::filesystem::path parent_, own_;  ///< own_ "" = not in one
};

}  // namespace rung
