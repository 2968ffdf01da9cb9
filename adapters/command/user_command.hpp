#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "core/model/platform.hpp"

namespace rung {

/// One of the user's commands for a platform of theirs.
struct UserCommand {
  std::string line;  ///< for /bin/sh -c; holds no secret
  std::filesystem::path cwd;
  std::string input;  ///< its stdin; kept in memory, so it may hold secrets
  std::chrono::milliseconds timeout{std::chrono::minutes(10)};
};

struct CommandAnswer {
  std::optional<Exit> exit;  ///< nullopt: it took too long and was killed
  std::string output;        ///< stdout, at most the last 1 MiB
  std::string errors;        ///< stderr, likewise
};

/// Runs it with rung's own environment and waits for its end. Unlike run(),
/// what it leaves running stays: a deploy may well be a daemon. On a timeout,
/// or when the user wants to stop, its process group is killed. Throws
/// PlatformError when it cannot be started, Interrupted.
CommandAnswer answer_of(const UserCommand& command);

}  // namespace rung
