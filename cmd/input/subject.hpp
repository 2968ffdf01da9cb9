#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/checkout/folder_copies.hpp"
#include "core/model/gate.hpp"
#include "core/model/plan.hpp"

namespace rung {

/// What is deployed and judged, whether it came from a plan or from the
/// command line: all that probes of one question have in common.
struct Subject {
  std::string name = "service";  ///< the plan's
  bool from_plan = false;        ///< else options of the command describe it
  std::filesystem::path repo;  ///< a folder inside the repository
  std::string path;            ///< the deployed folder below its root
  std::vector<std::string> inputs;  ///< all it depends on below `path`
  /// Files that rung reads as they lie on disk, committed or not: the plan, env
  /// and requirement files, templates.
  std::vector<std::filesystem::path> read_apart;
  void reads(const std::filesystem::path& file) {
    if (!file.empty()) read_apart.push_back(file);
  }
  /// What a search looks between; unset = there is no search over commits.
  struct Ends {
    CommitId good, bad;
  };
  std::optional<Ends> ends;
  bool has_history = true;  ///< false: a plain folder
  /// What in a plain folder is no part of a release: the plan, trials.
  std::vector<std::filesystem::path> apart;
  std::string folder_digest;  ///< without history and plan; see kFolderKey
  std::vector<std::string> build_inputs, build_outputs;
  BuildEnv build_env;
  std::vector<ServiceSpec> services;
  Target target;
  std::vector<Gate> gates;
  /// How long a release must stay up after its gates have passed.
  std::chrono::milliseconds settle{1000};
  std::string predicate;  ///< a command judges instead of gates; "" = gates
  /// A predicate that takes longer fails; nullopt: it ends the search, after
  /// build_deadline.
  std::optional<std::chrono::milliseconds> predicate_deadline;
  /// Trials use nothing that earlier ones left; see
  /// Workshop::start_from_nothing().
  bool from_nothing = false;
  std::set<std::string> secret_names;   ///< declared: never stored
  std::set<std::string> private_names;  ///< kept out of platform files too
  std::filesystem::path state;  ///< the folder that holds `.rung`
  /// Where trials stand; "" = the user's cache folder.
  std::filesystem::path trials;
  /// What trials get of this machine; see Surroundings.
  std::vector<std::string> inherit;
  std::chrono::milliseconds build_deadline{std::chrono::minutes(30)};
};

/// FolderCopies::take() at the trials' place; the rest as in trial_place().
std::string take_folder(PlainFolder source, const std::filesystem::path& chosen,
                        const std::filesystem::path& state,
                        const std::filesystem::path& repo);

/// The folder that is deployed. REQUIRES: no history.
PlainFolder plain_folder(const Subject& subject);

/// Whether the folder or one above it holds a git repository of any kind: what
/// tells "no history" from "a history that cannot be read".
bool is_inside_a_repository(const std::filesystem::path& folder);

/// Hash of gates, target and services: verdicts with equal ids compare.
std::string gate_id(const Subject& subject);

}  // namespace rung
