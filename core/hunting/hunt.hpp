#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/hunting/hunt_settings.hpp"
#include "core/hunting/memory.hpp"
#include "core/hunting/question.hpp"
#include "core/hunting/trials.hpp"
#include "core/model/clock.hpp"
#include "core/model/probe_history.hpp"
#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung {

/// Told of everything that happens, on the thread that called hunt().
struct HuntObserver {
  std::function<void(const std::string& label, Purpose, std::size_t worker)>
      started = [](auto&&...) {};
  std::function<void(std::size_t worker, Stage)> stage = [](auto&&...) {};
  std::function<void(const std::string& label, Purpose, const Observation&,
                     bool remembered)>
      verdict = [](auto&&...) {};
  /// The search takes this verdict into account, one on record included.
  std::function<void(const Proposal&, const ProbeRecord&)> told =
      [](auto&&...) {};
  /// An answer made this probe useless: it was called off.
  std::function<void(const std::string& label)> cancelled = [](auto&&...) {};
  std::function<void(const Forecast&)> left = [](auto&&...) {};
  std::function<void(const std::string& label, const ProbeEvidence&)> evidence =
      [](auto&&...) {};
  /// One line of news.
  std::function<void(const std::string& line)> said = [](auto&&...) {};
};

struct HuntResult {
  Answer answer;
  HuntCounts counts;
  bool out_of_budget = false;
  /// The platform failed several times in a row: nothing more was learned.
  bool platform_down = false;
  /// The gate was taken for one that may lie; `answer.confidence` counts.
  bool flaky = false;
  /// Why the hunt ended early: a release was judged both ways, and
  /// HuntSettings::until_contradicted is set. "" = it did not.
  std::string contradicted;
  /// Made when both ends had been judged; unset: it never came to that.
  std::optional<Forecast> estimate;
  Forecast left;  ///< at the end
  /// The failure of the release the user calls bad, when it was seen.
  std::optional<Failure> failure;
  /// Facts that decided nothing ("also binds 8081"), of both ends; maybe
  /// said twice.
  std::vector<std::string> notes;
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
