#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
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

/// When a process was started, in kernel ticks since boot: tells a pid used
/// again; 0 = it does not run. Source: proc(5), field 22 of /proc/PID/stat.
std::uint64_t started_at(pid_t pid);

}  // namespace rung
