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
  /// Never empty. Without a slash argv[0] is looked up in `env`'s PATH (/bin
  /// and /usr/bin if it has none).
  std::vector<std::string> argv{};
  /// Where it runs; relative to rung's own current directory.
  std::filesystem::path cwd = ".";
  /// All of its environment: nothing of rung's own is added.
  std::map<std::string, std::string> env{};
  /// What it reads from stdin, then end of file; a file's content if
  /// `input_file` is set.
  std::string input{};
  std::filesystem::path input_file{};
  /// True: output() has stdout alone (stdout is data, stderr is talk). The
  /// order of the two in log() is then as they were read, not as written.
  bool apart = false;
  /// A full copy of both streams is appended here (created with mode 0600,
  /// since logs may hold secrets). "" = none.
  std::filesystem::path log_file{};
  /// What stop(grace) sends first to every process of the tree.
  int stop_signal = 15;
  /// If rung dies: stop_signal first and this long until SIGKILL, for
  /// services that leave a mess when killed. 0 = SIGKILL at once.
  std::chrono::milliseconds orphan_grace{0};
};

/// The program could not be executed: not found, not executable, no such
/// directory. what() names it and says why.
class CannotExecute : public PlatformError {
 public:
  CannotExecute(const std::string& what, int error)
      : PlatformError(what), error_(error) {}
  [[nodiscard]] int error() const { return error_; }  ///< an errno value

 private:
  int error_;
};

/// A program and all that it starts, daemons included: when this object is
/// gone, or rung is, even by SIGKILL, they are gone too (see Launcher).
/// Output is read whether or not anyone waits: a flood neither blocks the
/// program nor fills memory. One thread uses a Process at a time; different
/// threads may have different ones.
class Process {
 public:
  /// Returns once the program has been executed, after about a millisecond.
  /// Throws CannotExecute, or PlatformError if this machine refuses.
  /// Begins once more if somebody kills who was to start it.
  static Process start(const ProcessSpec& spec);
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  /// stop(0).
  ~Process();

  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] std::chrono::steady_clock::time_point started() const;
  /// Set once the program itself has ended (its daemons may live); log() then
  /// holds all it wrote. `code` 126 and 127 come from a shell.
  [[nodiscard]] std::optional<Exit> exited();
  /// Waits; returns early, true, when the program ends or there is output that
  /// came since the last wait(). Throws Interrupted when the user wants to
  /// stop. Output wakes at most once a millisecond, an exit always at once.
  bool wait(std::chrono::microseconds at_most);
  /// Waits for the end, whatever is written. nullopt: `at_most` is over.
  std::optional<Exit> wait_exit(std::chrono::microseconds at_most);

  /// stdout and stderr in order of arrival: all of it, or the last MiB from
  /// the beginning of a line. Bytes, not always UTF-8.
  [[nodiscard]] std::string log() const;
  /// How many bytes both streams have had so far: equal = nothing new.
  [[nodiscard]] std::uint64_t written() const;
  /// stdout alone, cut like log(); REQUIRES: spec.apart.
  [[nodiscard]] std::string output() const;

  /// The program and all that descends from it, as of now.
  [[nodiscard]] std::vector<pid_t> tree() const;

  /// Ends the tree: stop_signal to each, SIGKILL to what is left after
  /// `grace`. Returns as soon as nothing is left. Idempotent. Not interrupted.
  /// Throws PlatformError if something cannot be killed within 10 s (it
  /// belongs to another user, or hangs in the kernel).
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{0});

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  static std::optional<Process> try_start(const ProcessSpec& spec);
  std::unique_ptr<State> state_;
};

/// How a command that was waited for went.
struct Ran {
  std::optional<Exit> exit;  ///< nullopt: stopped at the deadline
  std::string log;           ///< both streams, as Process::log()
  std::string output;        ///< stdout alone if spec.apart, else ""
  std::chrono::microseconds took{0};
  [[nodiscard]] bool succeeded() const {
    return exit && exit->code == 0 && exit->signal == 0;
  }
};

/// Runs a build or a check to its end and stops whatever it left running.
/// Throws CannotExecute, PlatformError, Interrupted.
Ran run(const ProcessSpec& spec, std::chrono::milliseconds deadline);

}  // namespace rung
