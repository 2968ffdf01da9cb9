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

#include "adapters/checkout/surroundings.hpp"
#include "core/model/build_variables.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Where releases come from and where they are made ready.
struct BuildSettings {
  std::filesystem::path source;  ///< a folder inside the repository
  std::string path;              ///< the deployed folder below its root
  bool has_history = true;       ///< false: `source` is copied as it is
  std::filesystem::path work;    ///< private to one worker; made if absent
  /// What the build reads, below `path`; empty = the whole folder.
  std::vector<std::string> build_inputs;
  BuildEnv build_env;
  std::set<std::string> secret_names;  ///< of variables no build gets
  /// In a search: what builds get of variables that they seem not to read, so
  /// that releases which differ in those alone have one build, whoever makes
  /// it first. Unset: the release's own.
  std::optional<std::map<std::string, std::string>> build_base;
  std::string hash_key;  ///< for names that come from values; "" = none
  std::chrono::milliseconds deadline{std::chrono::minutes(30)};
  /// What programs get of this machine; see Surroundings.
  std::filesystem::path project;
  std::vector<std::string> inherit;
};

/// Where a release stands, ready to be started.
struct Stand {
  std::filesystem::path folder;  ///< what is deployed
  std::filesystem::path home;    ///< as its build left it
};

/// Makes folders in which releases can be started, each with a git repository
/// of its own (TrialGit) and a home of its own. A release without a build
/// command stands in a checkout that moves from commit to commit by changed
/// files; one with a build stands in a folder of its own per
///   inputs at the commit + requirements + build command + runtime
///   + the variables that the build may read (BuildEnv, BuildWords),
/// so that a probe that changes nothing of it never builds again.
/// Throws HistoryError, PlatformError, AbortError, Interrupted.
class LocalBuilds {
 public:
  explicit LocalBuilds(BuildSettings settings);
  ~LocalBuilds();
  LocalBuilds(const LocalBuilds&) = delete;
  LocalBuilds& operator=(const LocalBuilds&) = delete;

  /// The folder, ready; or what the build said.
  std::variant<Stand, Refused> prepare(const Bundle& bundle);
  /// What a program in `stand` gets of this machine.
  [[nodiscard]] Surroundings surroundings(
      const Stand& stand, const std::filesystem::path& temporary) const;
  /// Takes away what a trial left there: no trial sees what another wrote.
  void clean(const std::filesystem::path& folder);
  /// Whether prepare() would not have to build.
  [[nodiscard]] bool ready(const Release& release);
  /// Whether a release's build may read this variable of its environment.
  [[nodiscard]] bool build_reads(const Release& release,
                                 const std::string& name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
