#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>

namespace rung {

/// Fills `into` with the descendants of `root` that exist now (zombies too),
/// parents before children, and returns how many; what does not fit is left
/// out. A process that forks meanwhile may be missed: ask again until the
/// answer is what you need. Allocates nothing, so it works out of memory.
std::size_t descendants_of(pid_t root, std::span<pid_t> into);

/// The name the kernel shows for a process ("node"); "" if it is gone.
std::string command_name(pid_t pid);

/// Kills (SIGKILL) all that is in `session` and what descends from it, until
/// nothing of the session runs. Gives up after 10 s.
void kill_session(pid_t session);

}  // namespace rung
