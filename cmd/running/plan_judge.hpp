#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/input/planned.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/nightly/night_state.hpp"
#include "core/nightly/suite_run.hpp"

namespace rung {

struct PlanJudgeOptions {
  std::string plan, target;
  std::vector<std::string> phases;                  ///< to judge; none = all
  std::optional<std::chrono::milliseconds> settle;  ///< instead of the plan's
  /// The time that the budget leaves; unset = no limit.
  std::function<std::chrono::milliseconds()> left;
};

/// The phases of a plan as the tests of a suite. Each is deployed as a trial
/// with the commit's code and with the plan, its env files and requirements as
/// they are now, and held against its gates. What serves is left alone. Holds
/// the plan's journal while it lives.
class PlanJudge final : public SuiteJudge {
 public:
  /// Throws PlanError, HistoryError, JournalError; UsageError for a phase or a
  /// target that is not there, a source without a history, and a target where
  /// a trial needs the place of what serves.
  PlanJudge(PlanJudgeOptions options, Progress& progress);

  [[nodiscard]] std::filesystem::path repo() const;
  /// The commit that the plan deploys, as it names it.
  [[nodiscard]] const std::string& revision() const { return revision_; }
  /// Where the journal lies.
  [[nodiscard]] std::filesystem::path folder() const {
    return planned_.folder();
  }
  /// What a memory of this judge belongs to, and the name of its file.
  [[nodiscard]] std::string subject_of_state() const;
  [[nodiscard]] std::string file_of_state() const;
  /// What there is to say before the first trial.
  [[nodiscard]] std::vector<std::string> notes() const;

  /// Tells the memory what the phases are judged with, and what climbs have
  /// found to be good if it knows no good of its own. Then the line of commits
  /// is known; the last is HEAD. Returns a line for each phase that is judged
  /// in another way than before.
  std::vector<std::string> prepare(NightState& state,
                                   const std::vector<std::string>& line);

  SuiteRun judge(const std::string& commit,
                 const std::vector<std::string>& tests) override;
  /// Each trial is made from nothing.
  [[nodiscard]] bool alone_differs() const override { return false; }

 private:
  struct JudgedPhase {
    std::size_t index = 0;  ///< in the plan
    std::string name, id;
    bool log_kept = false;
  };
  /// Of one phase. False: nothing more is to be run.
  bool trial(JudgedPhase& phase, const std::string& commit, SuiteRun& run);
  [[nodiscard]] std::string setting(const JudgedPhase& phase,
                                    const std::string& commit) const;

  PlanJudgeOptions options_;
  Progress& progress_;
  Planned planned_;
  const Target& target_;
  std::vector<JudgedPhase> phases_;
  std::string revision_;
  std::vector<std::string> notes_;
  Workshop workshop_;
  std::string oldest_, head_, stands_;
};

}  // namespace rung
