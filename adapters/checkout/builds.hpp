#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "adapters/checkout/folder_copies.hpp"
#include "adapters/checkout/surroundings.hpp"
#include "core/model/build_variables.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// The values that all builds of a search get for the variables they seem not
/// to read, so that releases which differ only in those share one build,
/// whichever makes it first.
struct BuildBase {
  std::map<std::string, std::string> env;     ///< a release's
  std::map<std::string, std::string> filled;  ///< with addresses of services
};

/// Where releases come from and where rung prepares them.
struct BuildSettings {
  std::filesystem::path source;  ///< a folder inside the repository
  std::string path;              ///< the deployed folder below its root
  bool has_history = true;       ///< false: a plain folder
  /// Files in a plain folder that are no part of a release.
  std::vector<std::filesystem::path> apart;
  std::filesystem::path work;    ///< private to one worker; created if absent
  /// The paths below `path` that the build reads; empty = the whole folder.
  std::vector<std::string> build_inputs;
  /// What serves: what it writes is its own and stays from one to the next.
  bool stays = false;
  BuildEnv build_env;
  std::set<std::string> secret_names;  ///< of variables no build gets
  /// Unset: a build gets its release's own values, and so depends on all.
  std::optional<BuildBase> build_base;
  std::string hash_key;  ///< for names that come from values; "" = none
  std::chrono::milliseconds deadline{std::chrono::minutes(30)};
  /// What programs get from this machine; see Surroundings.
  std::filesystem::path project;
  std::vector<std::string> inherit;
};

/// The folder that is deployed. REQUIRES: no history.
PlainFolder plain_folder(const BuildSettings& settings);

/// A folder with a release that is ready to start.
struct Stand {
  std::filesystem::path folder;  ///< the deployed folder
  std::filesystem::path home;    ///< as its build left it
};

/// Makes folders in which releases can start, each with its own git repository
/// (TrialGit) and home. A release without a build command uses a checkout that
/// moves from commit to commit by changed files. A release with a build uses
/// its own folder per
///   inputs at the commit + requirements + build command + runtime
///   + the variables that the build gets (BuildEnv; in a search BuildBase),
/// so that a trial that changes none of these never builds again. Throws
/// HistoryError, PlatformError, AbortError, Interrupted.
class LocalBuilds {
 public:
  explicit LocalBuilds(BuildSettings settings);
  ~LocalBuilds();
  LocalBuilds(const LocalBuilds&) = delete;
  LocalBuilds& operator=(const LocalBuilds&) = delete;

  /// Returns the prepared folder, or the output of the failed build.
  std::variant<Stand, Refused> prepare(const Bundle& bundle);
  /// What a program in `stand` gets from this machine.
  [[nodiscard]] Surroundings surroundings(
      const Stand& stand, const std::filesystem::path& temporary) const;
  /// Removes the files that a trial left there, so that no trial sees what
  /// another wrote.
  void clean(const std::filesystem::path& folder);
  /// Whether prepare() would need no build.
  [[nodiscard]] bool ready(const Release& release);
  /// Whether a release's build can read this variable of its environment.
  [[nodiscard]] bool build_reads(const Release& release,
                                 const std::string& name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
