#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rung::e2e {

struct Result {
  int exit = -1;    ///< 128 + n when it was killed by signal n
  std::string out;  ///< stdout
  std::string log;  ///< stdout and stderr
  /// stdout as JSON, checked against the shipped schema when it is a report.
  /// Fails the test if it is not.
  [[nodiscard]] nlohmann::json json() const;
};

/// Runs the built binary to its end.
Result rung(const std::vector<std::string>& arguments,
            const std::filesystem::path& cwd,
            const std::map<std::string, std::string>& more_env = {});
/// The same for any other program, found in PATH.
Result ran(const std::vector<std::string>& argv,
           const std::filesystem::path& cwd,
           const std::map<std::string, std::string>& more_env = {});

}  // namespace rung::e2e
