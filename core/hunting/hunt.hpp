#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/hunting/question.hpp"
#include "core/hunting/trials.hpp"
#include "core/model/clock.hpp"
#include "core/model/probe_history.hpp"
#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung {

struct HuntLimits {
  unsigned probes = 0;           ///< deployed ones; 0 = none
  std::chrono::seconds time{0};  ///< 0 = none
};

/// Told of everything that happens, on the thread that called hunt().
struct HuntObserver {
  std::function<void(const std::string& label, Purpose, std::size_t worker)>
      started = [](auto&&...) {};
  std::function<void(std::size_t worker, Stage)> stage = [](auto&&...) {};
  std::function<void(const std::string& label, Purpose, const Observation&,
                     bool remembered)>
      verdict = [](auto&&...) {};
  /// An answer made this probe useless: it was called off.
  std::function<void(const std::string& label)> cancelled = [](auto&&...) {};
  std::function<void(const Forecast&)> left = [](auto&&...) {};
  std::function<void(const std::string& label, const ProbeEvidence&)> evidence =
      [](auto&&...) {};
  /// One line of news.
  std::function<void(const std::string& line)> said = [](auto&&...) {};
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
  /// The gate was taken for one that may lie; `answer.confidence` counts.
  bool flaky = false;
  /// Made when both ends had been judged; unset: it never came to that.
  std::optional<Forecast> estimate;
  Forecast left;  ///< at the end
  /// The failure of the release the user calls bad, when it was seen.
  std::optional<Failure> failure;
  /// Facts that decided nothing ("also binds 8081"), of both ends; maybe
  /// said twice.
  std::vector<std::string> notes;
};

struct HuntSettings {
  /// With `search.noise` set the gate is taken for flaky from the start. Else
  /// that is found out: by verdicts of one release that differ, in this run or
  /// on record.
  SearchOptions search;
  double confidence = 0.95;  ///< asked of an answer once the gate is flaky
  unsigned repeat = 1;       ///< how often each end is probed at first
  HuntLimits limits;
  /// Remembered verdicts of earlier runs are not used.
  bool fresh = false;
  /// Every probe waits for the whole deadline of a gate. Else one that only
  /// searches ends when its failure has not changed for eight times as long
  /// as healthy releases took, three seconds at least; what an answer rests on
  /// is waited for all the same.
  bool patient = false;
  /// Release ids probed a moment ago: their verdicts count for controls too.
  std::set<std::string> just_probed;
  /// Release ids known to be good: their earlier verdicts tell how often the
  /// gate fails what is sound.
  std::set<std::string> sound;
};

/// What a hunt works with.
struct HuntTools {
  Trials& trials;
  ProbeHistory& history;
  const Clock& clock;
};

/// Runs the search: asks for trials of what it proposes, writes every verdict
/// to the journal before it is used. Verdicts of `run`
/// itself (it was killed and goes on) are taken over whole; those of earlier
/// runs except the controls, because the world may have changed.
///
/// A control that surprises is probed again, and so is what an accusation rests
/// on, as often as core/search/retrials.hpp says. When a release is
/// judged differently the second time, the gate is flaky: the search goes on
/// with all it has seen, by probability.
/// Throws Interrupted, JournalError, AbortError.
HuntResult hunt(const Question& question, const HuntSettings& settings,
                const HuntTools& tools, const std::string& run,
                const HuntObserver& observer);

}  // namespace rung
