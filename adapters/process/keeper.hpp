#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// What rung, the launcher and the keepers say to each other. They are forks
/// of one image, so plain structs may cross. Used by launcher.cpp, process.cpp
/// and keeper.cpp only; everyone else uses Process.
namespace rung::keeper {

/// The descriptors that travel with a request, in this order.
enum Slot { control, payload, output, notify, input, log_file, kSlots };
using Fds = std::array<int, kSlots>;  ///< -1 = not there

/// rung -> launcher. Behind `payload`: cwd, then argv, then env, each ended by
/// a NUL. Only `control` travels with a sweep.
struct Request {
  enum Kind : std::uint32_t {
    run,   ///< fork a keeper for one program
    /// Wait for keeper `pid` to end (0 = for none), kill what keepers that
    /// ended have left, close control.
    sweep
  } kind = run;
  std::uint32_t argc = 0, envc = 0;
  bool apart = false;  ///< stdout and stderr are told apart
  bool has_log_file = false;
  int stop_signal = 0;
  std::int64_t orphan_grace_us = 0;
  pid_t pid = 0;
};

/// rung -> keeper: end the tree. Closing control means the same, without delay
/// (or after orphan_grace_us): that is how a keeper learns that rung has died.
struct Stop {
  std::int64_t grace_us = 0;
};

/// keeper -> rung: started or failed; exited; gone. Then control is closed.
struct Report {
  enum Kind : std::uint32_t {
    started,  ///< `pid` runs, `keeper` looks after it
    failed,   ///< could not be executed: `error`; `in_cwd` = chdir refused
    exited,   ///< the program ended; all its output is in the ring
    stuck,    ///< `pid` does not die of SIGKILL; the keeper goes on trying
    gone      ///< nothing of the tree is left
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
/// fills up to kChunk bytes beyond `written` before it says so.
struct Ring {
  std::atomic<std::uint64_t> written;
  std::array<char, kKept + kChunk> bytes;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Sparse: pages never written cost nothing.
struct Output {
  Ring both;  ///< stdout and stderr in order of arrival
  Ring out;   ///< stdout alone; used only when they are told apart
};

/// The life of a keeper: starts the program, looks after its tree until
/// nothing is left of it, exits 0. `fds` become its own.
/// `memory_events`: see OomWatch::Places.
[[noreturn]] void keep(const Request& request, const Fds& fds,
                       const char* memory_events);

}  // namespace rung::keeper
