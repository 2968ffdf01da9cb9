#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// What serves on the local target, as its supervisor wrote it down.
struct Serving {
  int pid = 0;                    ///< the supervisor's
  std::uint64_t pid_started = 0;  ///< kernel ticks: tells a pid used again
  /// Below this process runs what serves, without its services; 0 = unknown.
  int keeper = 0;
  std::uint64_t keeper_started = 0;  ///< kernel ticks
  std::string release, phase, target;
  /// The plan's name and file; "" = on record from earlier.
  std::string plan, plan_file;
  std::uint16_t port = 0;
  std::string url;
  std::map<std::string, std::string> addresses;  ///< of its services
  std::int64_t since_ms = 0;
  /// How its process ended, if its supervisor lived to see it.
  std::optional<Exit> exit;
};

struct SupervisorSettings {
  std::filesystem::path folder;  ///< its lock, its state and its log
  Emulation emulate = Emulation::none;  ///< see Deployment::emulates()
  /// The program that supervises this release of this phase until it ends or
  /// SIGTERM comes. It calls become_supervisor() first.
  std::function<std::vector<std::string>(const std::string& phase,
                                         const std::string& release_id)>
      command;
  std::filesystem::path cwd;  ///< of that program
};

/// The release that serves on a local target: a process that outlives rung,
/// with backing services of its own, looked after by a supervisor process. One
/// per plan and target. Not thread-safe.
class Supervisor {
 public:
  explicit Supervisor(SupervisorSettings settings);

  /// nullopt: nothing serves (any more).
  [[nodiscard]] std::optional<Serving> serving() const;
  /// What served until it, or its supervisor, ended without being stopped.
  [[nodiscard]] std::optional<Serving> lost() const;
  /// True if the last one started did not end by itself: it, or its
  /// supervisor, was killed.
  [[nodiscard]] bool killed() const;
  /// Starts serving a kept release, in place of what serves now. Returns once
  /// its process runs: gates decide whether it is healthy. Throws AbortError
  /// with what the supervisor said, RemovedError if it was killed.
  void start(const std::string& phase, const std::string& release_id);
  /// Stops it and all its services, also one that is still being started.
  /// Nothing to stop is not an error.
  void stop();
  /// For the supervisor: makes this process the only one of its target until
  /// it ends. Throws AbortError if another one stays.
  void become_supervisor() const;
  /// The process that did so, if it lives. Not for itself to ask.
  [[nodiscard]] std::optional<int> running() const;
  /// What serves, for gates. REQUIRES: serving() or lost(). `env` is what its
  /// process got.
  [[nodiscard]] std::unique_ptr<Deployment> attach(
      std::map<std::string, std::string> env) const;

  [[nodiscard]] const std::filesystem::path& folder() const {
    return settings_.folder;
  }
  [[nodiscard]] std::filesystem::path log_file() const;
  [[nodiscard]] std::filesystem::path state_file() const;
  [[nodiscard]] std::filesystem::path lock_file() const;

 private:
  [[nodiscard]] std::optional<Serving> on_record() const;

  SupervisorSettings settings_;
};

}  // namespace rung
