#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rung {

/// Fills `into` with the current descendants of `root` (including zombies),
/// parents before children, and returns how many; leaves out those that do not
/// fit. It can miss a process that forks meanwhile: call it again until the
/// answer is what you need. Allocates nothing, so it works when memory has run
/// out.
std::size_t descendants_of(pid_t root, std::span<pid_t> into);

/// The name the kernel shows for a process ("node"); "" if it is gone.
std::string command_name(pid_t pid);

/// Kills (SIGKILL) all processes in `session` and their descendants until none
/// of the session runs. Gives up after 10 s.
void kill_session(pid_t session);

/// The start time of a process, in kernel ticks since boot: it reveals a reused
/// pid; 0 = it does not run. Source: proc(5), field 22 of /proc/PID/stat.
std::uint64_t started_at(pid_t pid);

}  // namespace rung
