#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// The messages between rung, the launcher and the keepers. They are forks of
/// one image, so they can exchange plain structs. Only launcher.cpp,
/// process.cpp and keeper.cpp use this; other code uses Process.
namespace rung::keeper {

/// The descriptors that travel with a request, in this order.
enum Slot { control, payload, output, notify, input, log_file, kSlots };
using Fds = std::array<int, kSlots>;  ///< -1 = not there

/// rung -> launcher. `payload` contains cwd, then argv, then env, each ended by
/// a NUL. A sweep carries only `control`.
struct Request {
  enum Kind : std::uint32_t {
    run,   ///< fork a keeper for one program
    /// Wait for keeper `pid` to exit (0 = for none), kill the processes that
    /// exited keepers left behind, close control.
    sweep
  } kind = run;
  std::uint32_t argc = 0, envc = 0;
  bool apart = false;  ///< keep stdout and stderr apart
  bool has_log_file = false;
  int stop_signal = 0;
  std::int64_t orphan_grace_us = 0;
  pid_t pid = 0;
};

/// rung -> keeper: end the tree. Closing control means the same, without delay
/// (or after orphan_grace_us): this tells a keeper that rung has died.
struct Stop {
  std::int64_t grace_us = 0;
};

/// keeper -> rung: started or failed; exited; gone. Then control is closed.
struct Report {
  enum Kind : std::uint32_t {
    started,  ///< `pid` runs, `keeper` looks after it
    failed,   ///< could not be executed: `error`; `in_cwd` = chdir refused
    exited,   ///< the program ended; all its output is in the ring
    stuck,    ///< `pid` survives SIGKILL; the keeper keeps trying
    gone      ///< no process of the tree is left
  } kind = started;
  pid_t pid = 0, keeper = 0;
  int error = 0;
  bool in_cwd = false;
  int code = 0, signal = 0;
  bool oom = false;
};

inline constexpr std::size_t kKept = 1 << 20;   ///< bytes that log() shows
inline constexpr std::size_t kChunk = 1 << 16;  ///< read at once

/// The last output, in memory that keeper and rung share: one writes, one
/// reads, no locks. Byte n of the output is at bytes[n % size]. The keeper
/// fills up to kChunk bytes beyond `written` before it updates `written`.
struct Ring {
  std::atomic<std::uint64_t> written;
  std::array<char, kKept + kChunk> bytes;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Sparse: pages never written cost nothing.
struct Output {
  Ring both;  ///< stdout and stderr in order of arrival
  Ring out;   ///< stdout alone; used only with Request::apart
};

/// Runs a keeper: starts the program, looks after its tree until no process is
/// left, exits 0. Takes ownership of `fds`. `memory_events`: see
/// OomWatch::Places.
[[noreturn]] void keep(const Request& request, const Fds& fds,
                       const char* memory_events);

}  // namespace rung::keeper
