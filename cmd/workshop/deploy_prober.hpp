#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/git/history.hpp"
#include "adapters/journal/seal.hpp"
#include "adapters/local/local_platform.hpp"
#include "cmd/hunting/prober.hpp"
#include "cmd/input/subject.hpp"

namespace rung {

/// What all probers of one workshop share; outlives them.
struct Bench {
  Subject subject;
  std::filesystem::path plan_folder;
  std::filesystem::path work;  ///< see TrialPlace
  std::filesystem::path state;  ///< `.rung/targets`
  std::string run;              ///< see RemoteSettings
  const SealKey& key;
  std::map<std::string, std::string> addresses;  ///< of the services
  Clock& clock;
  MakeHealthCheck make_check;
  /// BuildBase::env.
  std::optional<std::map<std::string, std::string>> build_base = {};
  /// Release::requirements as the user gave them: what lies between is a mix
  /// of rung's.
  std::vector<std::map<std::string, std::string>> given_requirements = {};
  /// Variables that a search decides about: a release that lacks one does not
  /// get it from the caller.
  std::set<std::string> decided_names = {};
  /// See Services::revive().
  std::function<std::vector<std::string>()> revive_services = {};
};

/// Where the files of a release are read from.
struct ReleaseFiles {
  const GitHistory* history = nullptr;  ///< nullptr: `folder` holds them
  std::filesystem::path folder;
};
/// `work`: the folder of the trials, see TrialPlace. Throws AbortError when a
/// plain folder's files have changed since and are not kept; on platforms that
/// take them from the folder itself, the caller sees to that.
ReleaseFiles files_of(const Release& release, const Subject& subject,
                      const std::filesystem::path& work,
                      const GitHistory* history);

/// The local platform of a subject; `work` is private to it.
LocalSettings local_settings(const Subject& subject,
                             const std::filesystem::path& work);

/// What it takes to run `release` of `subject`; `id` is the journal's for it.
/// Throws PlanError for a service nobody runs, or what a file format cannot
/// express.
Bundle deployable(const Release& release, const std::string& id,
                  const Subject& subject,
                  const std::map<std::string, std::string>& addresses,
                  const ReleaseFiles& files);

/// Whether these are the packages of a file that the user gave.
bool as_given(const Release& release, const Bench& bench);

/// Judges a release by deploying it to the subject's target, whatever the
/// platform, and waiting for its gates. `worker` numbers its private folder.
std::unique_ptr<Prober> make_deploy_prober(const Bench& bench,
                                           std::size_t worker);

}  // namespace rung
