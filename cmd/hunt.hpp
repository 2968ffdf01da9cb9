#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cmd/prober.hpp"
#include "core/delta.hpp"
#include "core/journal.hpp"
#include "core/search.hpp"

namespace rung {

/// The two ends of a hunt and what lies between them.
struct Question {
  Release good, bad;
  CommitGraph commits;        ///< empty when both have the same commit
  std::vector<Delta> deltas;  ///< those that are not commits
  std::string gate_id;        ///< equal gates on an equal target
  /// A release as verdicts are remembered: commits that deploy equal files
  /// are equal. Unset = the release itself.
  std::function<Release(const Release&)> content;
};

/// The release in which just the deltas of `point` are switched on.
Release release_at(const Question& question, const Point& point);
/// "good", "bad", "commit 3f2a9c1", "without PORT", "PORT + 3 more", ...
std::string label(const Question& question, const Point& point);
/// "env PORT removed", "commit 3f2a9c1".
std::string label(const Question& question, const DeltaRef& delta);

struct HuntLimits {
  unsigned probes = 0;              ///< 0 = none
  std::chrono::seconds time{0};     ///< 0 = none
};

/// Told of everything that happens, on the thread that called hunt().
struct HuntObserver {
  std::function<void(const std::string& label, Purpose, std::size_t worker)>
      started = [](auto&&...) {};
  std::function<void(std::size_t worker, Stage)> stage = [](auto&&...) {};
  std::function<void(const std::string& label, Purpose, const Observation&,
                     bool remembered)>
      verdict = [](auto&&...) {};
  std::function<void(const Search::Left&)> left = [](auto&&...) {};
  std::function<void(const std::string& label, const ProbeEvidence&)> evidence =
      [](auto&&...) {};
};

struct HuntCounts {
  unsigned controls = 0, search = 0, proof = 0, cached = 0;
  [[nodiscard]] unsigned total() const { return controls + search + proof; }
};

struct HuntResult {
  Answer answer;
  HuntCounts counts;
  bool out_of_budget = false;
  /// The platform failed several times in a row: nothing more was learned.
  bool platform_down = false;
  Search::Left left;
  /// Facts that decided nothing ("also binds 8081"), of both ends; maybe
  /// said twice.
  std::vector<std::string> notes;
};

struct HuntSettings {
  SearchOptions search;
  HuntLimits limits;
  /// Remembered verdicts of earlier runs are not used.
  bool fresh = false;
  /// Release ids probed a moment ago: their verdicts count for controls too.
  std::set<std::string> just_probed;
};

/// Runs the search: hands its proposals to the probers (one thread each),
/// writes every verdict to the journal before it is used. Verdicts of `run`
/// itself (it was killed and goes on) are taken over whole; those of earlier
/// runs except the controls, because the world may have changed.
/// Throws Interrupted, JournalError, AbortError.
HuntResult hunt(const Question& question, const HuntSettings& settings,
                const std::vector<std::unique_ptr<Prober>>& probers,
                std::size_t workers, Journal& journal, const std::string& run,
                const HuntObserver& observer);

}  // namespace rung
