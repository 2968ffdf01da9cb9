#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::e2e {

/// The test service in a repository, with files beside it, in a folder that
/// is removed with this object.
class BrokenService {
 public:
  BrokenService();

  /// Commits `behaviour` with these rules after `port PORT`; the full id.
  std::string commit(const std::string& rules,
                     const std::string& message = "change");
  /// `count` commits of a service that obeys `rules`.
  std::vector<std::string> commits(std::size_t count,
                                   const std::string& rules = "");
  /// Writes a file beside the repository; its path.
  std::string file(const std::string& name, const std::string& text);
  /// An env file: K0..K(count-1) with `value`, and `more`.
  std::string env_file(const std::string& name, std::size_t count,
                       const std::string& value,
                       const std::map<std::string, std::string>& more);

  /// `rung bisect --json` of the service, with a gate on /health and a free
  /// port; a `--start` among `more` replaces the usual one.
  Result bisect(const std::vector<std::string>& more);

  [[nodiscard]] const std::filesystem::path& folder() const {
    return folder_.path();
  }
  fakes::GitRepository& repository() { return *repository_; }
  [[nodiscard]] std::filesystem::path root() const {
    return folder_.path() / "app";
  }

 private:
  fakes::TemporaryFolder folder_;
  std::optional<fakes::GitRepository> repository_;
  std::size_t number_ = 0;
};

/// "commit <id>", "env NAME removed", "requirement paint 1.0 -> 2.0".
std::string named(const nlohmann::json& delta);
/// The deltas of a list, sorted.
std::vector<std::string> named_all(const nlohmann::json& deltas);
/// The culprits of a report: its minimal sets, each sorted.
std::vector<std::vector<std::string>> culprits(const nlohmann::json& report);

/// Checks the promise: for `culprits` = 1 ceil(log2 n) + 2 controls + 2 proof,
/// for more that interact culprits * (ceil(log2 n) + 2) + 4.
void check_probes(const nlohmann::json& report, unsigned deltas,
                  unsigned culprits = 1);

}  // namespace rung::e2e
