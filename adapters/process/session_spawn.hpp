#pragma once

#include <spawn.h>

#include <csignal>

namespace rung {

/// Settings with which posix_spawn(3) starts an independent program: in its own
/// session, with no signal ignored or blocked, and with only these files.
class SessionSpawn {
 public:
  SessionSpawn(int in, int out, int err) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, in, 0);
    posix_spawn_file_actions_adddup2(&files_, out, 1);
    posix_spawn_file_actions_adddup2(&files_, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&files_, 3);
    posix_spawnattr_init(&how_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&how_, &none);
    posix_spawnattr_setsigdefault(&how_, &all);
    posix_spawnattr_setflags(&how_, POSIX_SPAWN_SETSID |
                                        POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
  }
  SessionSpawn(const SessionSpawn&) = delete;
  SessionSpawn& operator=(const SessionSpawn&) = delete;
  ~SessionSpawn() {
    posix_spawnattr_destroy(&how_);
    posix_spawn_file_actions_destroy(&files_);
  }
  [[nodiscard]] posix_spawn_file_actions_t* files() { return &files_; }
  [[nodiscard]] const posix_spawnattr_t* how() const { return &how_; }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t how_;
};

}  // namespace rung
