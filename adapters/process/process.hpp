#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// What to run, and how.
struct ProcessSpec {
  /// Never empty. If argv[0] has no slash, it is looked up in `env`'s PATH
  /// (/bin and /usr/bin if it has none).
  std::vector<std::string> argv{};
  /// Its working directory, relative to rung's own current directory.
  std::filesystem::path cwd = ".";
  /// Its whole environment: rung adds nothing of its own.
  std::map<std::string, std::string> env{};
  /// Its stdin, followed by end of file; the content of a file if `input_file`
  /// is set.
  std::string input{};
  std::filesystem::path input_file{};
  /// True: output() has stdout alone (stdout is data, stderr is messages).
  /// log() then has the two in the order rung read them, not in the order
  /// written.
  bool apart = false;
  /// A full copy of both streams is appended to this file (created with mode
  /// 0600, since logs may hold secrets). "" = none.
  std::filesystem::path log_file{};
  /// For run(): the time between stop_signal and SIGKILL when it ends the
  /// program early, at the deadline or because nobody wants the answer.
  std::chrono::milliseconds grace{0};
  /// The signal that stop(grace) sends first to each process of the tree.
  int stop_signal = 15;
  /// If rung dies: the time between stop_signal and SIGKILL, for services that
  /// leave a mess when killed. 0 = SIGKILL at once.
  std::chrono::milliseconds orphan_grace{0};
};

/// The program could not be executed: not found, not executable, no such
/// directory. what() gives its name and the reason.
class CannotExecute : public PlatformError {
 public:
  CannotExecute(const std::string& what, int error)
      : PlatformError(what), error_(error) {}
  [[nodiscard]] int error() const { return error_; }  ///< an errno value

 private:
  int error_;
};

/// A program and everything that it starts, including daemons. When this object
/// is destroyed or rung exits, even by SIGKILL, all of them end (see Launcher).
/// Output is read even if nobody waits: a flood neither blocks the program nor
/// fills memory. Only one thread can use a Process at a time; different threads
/// can have different ones.
class Process {
 public:
  /// Returns once the program has been executed, after about a millisecond.
  /// Throws CannotExecute, or PlatformError if this machine refuses. Tries once
  /// more if somebody kills the process that should start it.
  static Process start(const ProcessSpec& spec);
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  /// stop(0).
  ~Process();

  [[nodiscard]] pid_t pid() const;
  /// The process below which the program and all its descendants live.
  [[nodiscard]] pid_t keeper() const;
  [[nodiscard]] std::chrono::steady_clock::time_point started() const;
  /// Set once the program itself has exited (its daemons may still live); log()
  /// then holds all its output. `code` 126 and 127 come from a shell.
  [[nodiscard]] std::optional<Exit> exited();
  /// Waits; returns true early if the program exits or has written output since
  /// the last wait(). Throws Interrupted if the user wants to stop. Output
  /// wakes it at most once a millisecond, an exit always at once.
  bool wait(std::chrono::microseconds at_most);
  /// Waits for the exit and ignores output. nullopt: `at_most` is over.
  std::optional<Exit> wait_exit(std::chrono::microseconds at_most);

  /// stdout and stderr in order of arrival: everything, or the last MiB from
  /// the beginning of a line. Bytes, not always UTF-8.
  [[nodiscard]] std::string log() const;
  /// How many bytes both streams have carried so far: equal = nothing new.
  [[nodiscard]] std::uint64_t written() const;
  /// stdout alone, cut like log(); REQUIRES: spec.apart.
  [[nodiscard]] std::string output() const;

  /// The program and all its current descendants.
  [[nodiscard]] std::vector<pid_t> tree() const;

  /// Ends the tree: sends stop_signal to each process, and SIGKILL to those
  /// left after `grace`. Returns as soon as none is left. Idempotent. Cannot be
  /// interrupted. Throws PlatformError if it cannot kill a process within 10 s
  /// (it belongs to another user, or hangs in the kernel).
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{0});

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  static std::optional<Process> try_start(const ProcessSpec& spec);
  std::unique_ptr<State> state_;
};

/// The result of run().
struct Ran {
  std::optional<Exit> exit;  ///< nullopt: stopped at the deadline
  std::string log;           ///< both streams, as Process::log()
  std::string output;        ///< stdout alone if spec.apart, else ""
  std::chrono::microseconds took{0};
  [[nodiscard]] bool succeeded() const {
    return exit && exit->code == 0 && exit->signal == 0;
  }
};

/// Runs a build or a check to its end and stops everything that it left
/// running. Throws CannotExecute, PlatformError, Interrupted.
Ran run(const ProcessSpec& spec, std::chrono::milliseconds deadline);

}  // namespace rung
