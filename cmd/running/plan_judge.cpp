#include "cmd/running/plan_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/git/history.hpp"
#include "cmd/hunting/compare_with_healthy.hpp"
#include "cmd/hunting/workers.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/serving/served_target.hpp"
#include "core/base/error.hpp"
#include "core/text/hex.hpp"
#include "core/text/sha256.hpp"
#include "core/text/short_id.hpp"
#include "plans/generate/release_of.hpp"

namespace rung {
namespace {

/// The folder of logs below `.rung/evidence`.
constexpr const char* kLogs = "nightly";

Planned planned_for_a_night(const PlanJudgeOptions& options) {
  Planned planned(options.plan);
  planned.set_settle(options.settle);
  return planned;
}

void put(SuiteRun& run, const std::string& name, TestVerdict verdict,
         std::string message = "") {
  TestResult result;
  result.name = name;
  result.verdict = verdict;
  result.message = std::move(message);
  add_result(run.tests, std::move(result));
}

}  // namespace

PlanJudge::PlanJudge(PlanJudgeOptions options, Progress& progress)
    : options_(std::move(options)),
      progress_(progress),
      planned_(planned_for_a_night(options_)),
      target_(planned_.target(options_.target)),
      workshop_(planned_.subject(0, target_), planned_.folder()) {
  const Plan& plan = planned_.plan();
  notes_ = plan.warnings;
  std::vector<std::size_t> wanted;
  for (const std::string& name : options_.phases) {
    wanted.push_back(planned_.phase(name));
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (wanted.empty()) {
    for (std::size_t i = 0; i < plan.phases.size(); ++i) wanted.push_back(i);
  }
  if (!workshop_.subject().has_history) {
    throw UsageError(fmt::format(
        "{}: {} is not in a git repository, so there are no commits to judge",
        plan.file.string(), plan.repo.string()));
  }
  // One line of commits: what stands at another one is a night of its own.
  revision_ = revision_of(plan, wanted.back());
  const GitHistory history(plan.repo);
  const CommitId head = history.resolve(revision_);
  for (const std::size_t index : wanted) {
    const std::string& name = plan.phases[index].name;
    if (history.resolve(revision_of(plan, index)) != head) {
      notes_.push_back(fmt::format(
          "phase {} deploys {} and not {}, so it is not judged; --phase {} "
          "judges it",
          name, revision_of(plan, index), revision_, name));
      continue;
    }
    phases_.push_back({index, name, "phase " + name});
  }
  ServedTarget place(planned_, target_, workshop_);
  Served served = place.served();
  if (place.trials_need_its_place(served.wanted()) && served.live()) {
    throw UsageError(fmt::format(
        "target {}: the live release holds the port that trials need, and "
        "rung nightly does not stop it; give it `port: auto`, or another "
        "--target",
        target_.name));
  }
}

std::filesystem::path PlanJudge::repo() const {
  return workshop_.subject().repo;
}

std::string PlanJudge::subject_of_state() const {
  return fmt::format(
      "the plan {} on target {}{}", planned_.plan().name, target_.name,
      options_.phases.empty()
          ? ""
          : fmt::format(", phase {}", fmt::join(options_.phases, ", ")));
}

std::string PlanJudge::file_of_state() const {
  std::string name =
      fmt::format("nightly-{}@{}", planned_.plan().name, target_.name);
  for (const std::string& phase : options_.phases) name += "+" + phase;
  // Of many phases: a name of a file has 255 bytes at most.
  if (name.size() > 200) name = "nightly-" + hex(sha256(name)).substr(0, 32);
  return name + ".json";
}

std::vector<std::string> PlanJudge::notes() const {
  std::vector<std::string> notes = notes_;
  notes.insert(notes.end(), workshop_.cleaned().begin(),
               workshop_.cleaned().end());
  return notes;
}

std::string PlanJudge::setting(const JudgedPhase& phase,
                               const std::string& commit) const {
  Release release = planned_.release(phase.index, commit);
  Subject subject = planned_.subject(phase.index, target_);
  subject.repo.clear();  // a CI job may stand in another folder each night
  release.commit = {};
  // A secret may be new each night, and its hash would give it away.
  for (const auto* names : {&subject.secret_names, &subject.private_names}) {
    for (const std::string& name : *names) {
      if (release.env.count(name) > 0) release.env[name].clear();
    }
  }
  return hex(sha256(release_id(release) + gate_id(subject))).substr(0, 32);
}

std::vector<std::string> PlanJudge::prepare(
    NightState& state, const std::vector<std::string>& line) {
  oldest_ = line.front();
  head_ = line.back();
  if (state.night.done || state.night.head != head_) {
    std::error_code unknown;
    std::filesystem::remove_all(workshop_.folder("evidence") / kLogs, unknown);
  }
  std::vector<std::string> changed;
  for (const JudgedPhase& phase : phases_) {
    if (judge_with(state, phase.id, setting(phase, head_))) {
      changed.push_back(fmt::format(
          "{}: its gates, environment, requirements or commands are not those "
          "of the last night; what was broken then is searched again",
          phase.id));
    }
    TestMemory& test = state.tests[phase.id];
    if (!test.goods.empty()) continue;
    const Journal& journal = workshop_.journal();
    for (const KnownGood& good :
         journal.known_goods(planned_.plan().name, phase.name, target_.name)) {
      const auto kept = journal.kept_release(good.release_id);
      if (!kept || kept->release.commit.hex.empty()) continue;
      add_good(test, {kept->release.commit.hex, good.at_ms / 1000});
    }
  }
  return changed;
}

SuiteRun PlanJudge::judge(const std::string& commit,
                          const std::vector<std::string>& tests) {
  SuiteRun run;
  run.whole = tests.empty();
  run.built = std::exchange(stands_, commit) != commit;
  // HEAD is judged as it is. Elsewhere a file that a checkout lacks, and that
  // changes on the way, may be what breaks: then nothing can be said.
  workshop_.set_ends(commit == head_
                         ? std::nullopt
                         : std::optional(Subject::Ends{{oldest_}, {head_}}));
  for (JudgedPhase& phase : phases_) {
    const bool asked = run.whole || std::find(tests.begin(), tests.end(),
                                              phase.id) != tests.end();
    if (asked && !trial(phase, commit, run)) return run;
  }
  put(run, kBuildTest, TestVerdict::passed);
  if (!run.whole) return run;
  std::string unjudged;
  for (const auto& [id, result] : run.tests) {
    if (result.verdict == TestVerdict::skipped && unjudged.empty()) {
      unjudged = fmt::format("{} cannot be judged: {}", id, result.message);
    }
  }
  put(run, kSuiteTest,
      unjudged.empty() ? TestVerdict::passed : TestVerdict::skipped, unjudged);
  return run;
}

bool PlanJudge::trial(JudgedPhase& phase, const std::string& commit,
                      SuiteRun& run) {
  using Steady = std::chrono::steady_clock;
  const auto begun = Steady::now();
  std::optional<Steady::time_point> until;
  if (options_.left) until = begun + options_.left();
  const auto out_of_time = [&] {
    run.infra = "the budget is used up";
    run.out_of_time = true;
    return false;
  };
  if (until && *until <= begun) return out_of_time();

  Subject subject = planned_.subject(phase.index, target_);
  workshop_.set_gates(std::move(subject.gates), std::move(subject.services));
  Trial trial;
  trial.release = planned_.release(phase.index, commit);
  const Release release = trial.release;
  const Point point = trial.proposal.point;
  const std::string label = fmt::format("{}, {}", short_id(commit), phase.id);
  progress_.tell(live::ProbeStarted{0, label, std::nullopt});
  // A thread of its own, so that the end of the budget can call it off.
  Workers worker(workshop_.probers(1), 1);
  worker.give(0, std::move(trial));
  std::optional<Steady::time_point> built;
  TrialEvent event;
  for (bool called_off = false;;) {
    auto news = worker.next(called_off ? std::nullopt : until);
    if (!news) {
      worker.cancel({point});
      called_off = true;
    } else if (news->stage) {
      if (!built && *news->stage > Stage::build) built = Steady::now();
      progress_.tell(live::StageReached{0, *news->stage});
    } else {
      event = *std::move(news);
      break;
    }
  }
  const auto ended = Steady::now();
  const auto seconds = [](auto span) {
    return std::chrono::duration<double>(span).count();
  };
  run.build_seconds += seconds(built.value_or(ended) - begun);
  run.suite_seconds += seconds(ended - built.value_or(ended));
  if (event.cancelled) {
    progress_.tell(live::ProbeCancelled{label});
    return out_of_time();
  }
  if (event.error) std::rethrow_exception(event.error);

  ProbeEvidence& evidence = event.evidence;
  compare_with_healthy(workshop_.journal(), workshop_.subject(), release,
                       evidence);
  const Observation& seen = evidence.observation;
  progress_.tell(live::ProbeEnded{label, std::nullopt, seen, false});
  for (const std::string& note : seen.notes) run.notes.push_back(note);
  const std::string message =
      seen.failure ? found_and_likely(*seen.failure) : "";
  switch (seen.verdict) {
    case Verdict::good:
      put(run, phase.id, TestVerdict::passed);
      return true;
    case Verdict::skip:
      put(run, phase.id, TestVerdict::skipped, message);
      return true;
    case Verdict::infra:
      run.infra = fmt::format("{}: {}", phase.id, message);
      return false;
    case Verdict::bad:
      break;
  }
  put(run, phase.id, TestVerdict::failed, message);
  if (commit == head_ && !evidence.log.empty() &&
      !std::exchange(phase.log_kept, true)) {
    keep_evidence(workshop_, kLogs, label, evidence);
    run.notes.push_back(fmt::format("{}: the log of a trial is in {}", phase.id,
                                    logs_of(workshop_, kLogs)));
  }
  return true;
}

}  // namespace rung
