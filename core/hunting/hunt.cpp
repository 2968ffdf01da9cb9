#include "core/hunting/hunt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/hunting/asked_again.hpp"
#include "core/hunting/budget.hpp"
#include "core/hunting/good_end.hpp"
#include "core/hunting/healthy_log.hpp"
#include "core/hunting/held_verdicts.hpp"
#include "core/hunting/memory.hpp"
#include "core/hunting/patience.hpp"
#include "core/hunting/platform_watch.hpp"
#include "core/hunting/running_trials.hpp"
#include "core/hunting/told_search.hpp"
#include "core/hunting/trial_costs.hpp"
#include "core/hunting/verdict_order.hpp"
#include "core/search/retrials.hpp"

namespace rung {
namespace {

/// How to have a predicate that every commit can run.
constexpr std::string_view kKeepItOutside =
    "keep the script outside of the repository and give its full path";

bool is_control(Purpose purpose) {
  return counted_as(purpose) == ProbePurpose::control;
}

/// Hunting a fix, what the search takes for broken is what is repaired.
Observation as_searched(const Observation& seen, bool find_fix) {
  if (!find_fix || !judged(seen)) return seen;
  Observation turned;
  turned.duration = seen.duration;
  turned.notes = seen.notes;
  turned.verdict = Verdict::good;
  if (seen.verdict == Verdict::good) {
    Failure repaired;
    repaired.stage = Stage::health;
    repaired.cause = "repaired";
    repaired.signature = "repaired";
    turned.verdict = Verdict::bad;
    turned.failure = repaired;
  }
  return turned;
}

Retrials retrials_of(const Question& question, const HuntSettings& settings,
                     const GateRecord& gate) {
  Retrials retrials;
  retrials.repeat = settings.repeat;
  retrials.has_deltas = !question.deltas.empty();
  retrials.find_fix = question.find_fix;
  retrials.healthy_passes = gate.healthy_passes;
  return retrials;
}

class Hunter {
 public:
  Hunter(const Question& question, const HuntSettings& settings,
         const HuntTools& tools, const std::string& run,
         const HuntObserver& observer)
      : question_(question),
        settings_(settings),
        trials_(tools.trials),
        clock_(tools.clock),
        run_(run),
        observer_(observer),
        budget_(settings.limits, tools.clock),
        memory_(question, settings, tools.history, run,
                tools.trials.workers() > 1),
        costs_(question, tools.trials, tools.history),
        log_(tools.history, run),
        search_(question, settings.search, costs_),
        retrials_(retrials_of(question, settings, memory_.gate())),
        patience_(settings.patient),
        running_(tools.trials.workers()) {
    result_.counts = memory_.taken_over();
    if (settings.search.noise) {
      become_noisy("");
    } else if (const auto& label = memory_.gate().contradicted) {
      become_noisy(*label + " was judged both ways before");
    }
  }

  HuntResult run() {
    for (;;) {
      trials_.check();
      if (!result_.contradicted.empty()) break;
      if (!again_.empty() || !search_.now().finished()) {
        if (ask()) continue;
      } else if (running_.none()) {
        if (!doubt()) break;
        continue;
      }
      if (running_.none()) break;  // no budget is left
      call_off();
      if (!hear(*trials_.next()) || !hear_the_others()) break;
    }
    return concluded();
  }

 private:
  /// Hands out what there is to probe. True: a verdict was remembered, so what
  /// is best to ask next may have changed.
  bool ask() {
    while (running_.idle() > 0) {
      const bool again = !again_.empty();
      const auto proposals = again ? std::vector<Proposal>{again_.take()}
                                   : search_.next(running_.idle());
      if (proposals.empty()) return false;
      for (auto it = proposals.begin(); it != proposals.end(); ++it) {
        const Proposal& proposal = *it;
        Release release = release_at(question_, proposal.point);
        const std::string id = memory_.key(release);
        const bool alone = again && wants_to_be_alone(proposal, id);
        if (alone && !running_.none()) {
          again_.wait(proposal);
          return false;
        }
        if (const auto probe = recall(proposal, id)) {
          // Nobody probes the others: the search may propose them again.
          std::for_each(it + 1, proposals.end(), [this](const auto& other) {
            search_.cancel(other.point);
          });
          use(proposal, *probe);
          return true;
        }
        const ProbeKind kind = costs_.kind_of(release);
        if (spent(kind)) {
          if (again) again_.put_back(proposal);
          return false;
        }
        begin({proposal, std::move(release), kind, enough(proposal, id)},
              alone);
      }
    }
    return false;
  }

  /// Trials beside each other can disturb each other, each time alike. What
  /// accuses fails at least once with nothing beside it.
  [[nodiscard]] bool wants_to_be_alone(const Proposal& proposal,
                                       const std::string& id) const {
    return trials_.workers() > 1 && settings_.share_a_machine && !noisy_ &&
           proposal.purpose == Purpose::alone && !question_.find_fix &&
           !memory_.failed_alone(id);
  }

  std::optional<ProbeRecord> recall(const Proposal& proposal,
                                    const std::string& id) {
    return memory_.recall(id, proposal.purpose, again_.due(proposal.point),
                          noisy_);
  }

  /// A verdict on record stands for a trial.
  void use(const Proposal& proposal, const ProbeRecord& probe) {
    if (probe.run != run_) ++result_.counts.cached;
    observer_.verdict(label(question_, proposal.point), proposal.purpose,
                      probe.observation, true);
    tell(proposal, probe);
  }

  [[nodiscard]] bool spent(ProbeKind kind) {
    if (!budget_.spent(result_.counts.total() + running_.count(),
                       costs_.seconds(kind))) {
      return false;
    }
    if (search_.now().finished() && !noisy_ && !result_.out_of_budget) {
      result_.notes.push_back(
          "the budget ended before rung could repeat the probes behind the "
          "answer: an unreliable gate could have misled it");
    }
    result_.out_of_budget = true;
    return true;
  }

  void begin(Trial trial, bool alone) {
    const Proposal& proposal = trial.proposal;
    const std::size_t worker = *running_.first_idle();
    observer_.started(label(question_, proposal.point), proposal.purpose,
                      worker);
    running_.begin(worker, proposal.point, alone);
    held_.started(worker, proposal.purpose);
    trials_.give(worker, std::move(trial));
  }

  /// How long an unchanging failure is waited for; nullopt = to the end.
  [[nodiscard]] std::optional<std::chrono::milliseconds> enough(
      const Proposal& proposal, const std::string& id) const {
    // What was waited for to the end once need not be when it is seen again.
    const bool may_hurry = proposal.purpose == Purpose::search ||
                           memory_.failed_for_sure(id);
    return may_hurry && !noisy_ ? patience_.enough() : std::nullopt;
  }

  /// Probes that would tell nothing any more.
  void call_off() {
    if (trials_.workers() < 2 && !search_.now().finished()) return;
    const auto points = search_.now().obsolete();
    if (!points.empty()) trials_.cancel(points);
  }

  /// Trials begun together end nearly together. What is asked next is cut for
  /// all the workers that are idle soon: cut for the first of them alone, a
  /// round of k would halve what is left, where k + 1 parts were promised.
  bool hear_the_others() {
    const auto until = clock_.now() + just_took_ / 10;
    while (!running_.none()) {
      call_off();
      auto event = trials_.next(until);
      if (!event) return true;
      if (!hear(std::move(*event))) return false;
    }
    return true;
  }

  /// False: the hunt is over.
  bool hear(TrialEvent event) {
    if (event.stage) {
      just_took_ = {};
      observer_.stage(event.worker, *event.stage);
      return true;
    }
    event.beside = running_.end(event.worker);
    for (TrialEvent& one : held_.admit(std::move(event), log_.known())) {
      if (!finish(one)) return false;
    }
    return true;
  }

  bool finish(TrialEvent& event) {
    just_took_ = {};
    const Proposal& proposal = event.trial.proposal;
    const std::string text = label(question_, proposal.point);
    // What ran beside others when it came out that they disturb each other.
    const bool disturbed = event.beside && running_.one_at_a_time();
    if (event.cancelled || (disturbed && !event.error)) {
      search_.cancel(proposal.point);
      observer_.cancelled(text);
      return true;
    }
    if (event.error) std::rethrow_exception(event.error);
    ProbeEvidence& evidence = event.evidence;
    log_.compare(proposal.purpose, evidence);
    require_run(proposal.purpose, evidence);

    const Observation& seen = evidence.observation;
    just_took_ = seen.duration;
    if (evidence.healthy_after) {
      patience_.saw_healthy_after(*evidence.healthy_after);
    }
    const ProbeRecord record = keep(event.trial, evidence, text, event.beside);
    observer_.evidence(text, evidence);
    observer_.verdict(text, proposal.purpose, seen, false);
    result_.platform_down = platform_.down_after(seen.verdict);
    if (result_.platform_down) return false;
    tell(proposal, record);
    if (!search_.now().finished()) observer_.left(forecast_now());
    return true;
  }

  /// A predicate that cannot run at an end judges nothing. One that ran where
  /// it should pass, and lacks a program where it should fail, found what
  /// broke.
  void require_run(Purpose purpose, const ProbeEvidence& evidence) const {
    if (!is_control(purpose) || evidence.not_run.empty()) return;
    const bool should_pass =
        (purpose == Purpose::control_good) != question_.find_fix;
    if (judged(evidence.observation) && !should_pass) return;
    throw AbortError(fmt::format(
        "at the {} release {}; check its name, its path and its mode, or {}",
        should_pass ? "good" : "bad", evidence.not_run, kKeepItOutside));
  }

  /// On disk before anybody sees it.
  ProbeRecord keep(const Trial& trial, const ProbeEvidence& evidence,
                   const std::string& text, bool beside) {
    ProbeRecord record;
    record.release_id = memory_.key(trial.release);
    record.purpose = counted_as(trial.proposal.purpose);
    record.label = text;
    record.observation = evidence.observation;
    record.at_ms = clock_.unix_ms();
    memory_.keep(record, evidence.hurried, beside);
    result_.counts.add(record.purpose);
    if (judged(record.observation)) {
      costs_.add(trial.kind, record.observation.duration);
    }
    return record;
  }

  /// Gives a verdict to the search, and draws what follows beyond it.
  void tell(const Proposal& proposal, const ProbeRecord& probe) {
    const Observation& seen = probe.observation;
    const std::string& id = probe.release_id;
    const Observation turned = as_searched(seen, question_.find_fix);
    observer_.told(proposal, probe);
    if (is_control(proposal.purpose)) note_end(proposal.purpose, seen);
    if (id == good_id_) good_end_.saw(seen);
    if (memory_.hurried(id) && seen.verdict == Verdict::good && !noisy_) {
      become_patient(label(question_, proposal.point) + " came up late");
    }
    // That it could not be judged this time takes back no verdict.
    search_.tell(proposal.point, turned,
                 noisy_ || judged(seen) || !memory_.was_judged(id));
    memory_.told(probe);
    if (proposal.purpose == Purpose::control_bad && turned.failure &&
        !question_.find_fix && !noisy_ && search_.heed(*turned.failure)) {
      SearchOptions options = settings_.search;
      options.spare = 2;
      search_.begin_again(options, running_.points());
    }
    if (!noisy_ && memory_.contradicted(id)) {
      const std::string why =
          label(question_, proposal.point) + " was judged good and bad";
      if (memory_.any_beside()) {
        become_single(why);
      } else if (settings_.until_contradicted) {
        result_.contradicted = why;
      } else {
        become_noisy(why);
      }
    } else if (is_control(proposal.purpose)) {
      repeat(proposal, seen, turned, memory_.seen_now(id));
    }
    if (judged(turned)) order_.told(id, turned.verdict == Verdict::bad);
    if (!result_.estimate && !search_.now().finished() &&
        search_.told() >= 2 * settings_.repeat) {
      result_.estimate = forecast_now();
    }
  }

  /// What a report says of an end.
  void note_end(Purpose purpose, const Observation& seen) {
    result_.notes.insert(result_.notes.end(), seen.notes.begin(),
                         seen.notes.end());
    const bool low = purpose == Purpose::control_good;
    if (low == question_.find_fix && seen.failure) {
      result_.failure = seen.failure;
    }
  }

  /// A control as often as asked; one that surprises until it is believed.
  void repeat(const Proposal& control, const Observation& seen,
              const Observation& turned, Retrials::Seen so_far) {
    if (!judged(seen)) return;
    // Remembered from a moment ago, before this run.
    if (so_far.passes + so_far.fails == 0) ++so_far.passes;
    if (noisy_) {
      // How often else is for the search to say.
      if (so_far.passes + so_far.fails < settings_.repeat) again_.add(control);
      return;
    }
    const auto expected = control.purpose == Purpose::control_good
                              ? Verdict::good
                              : Verdict::bad;
    if (retrials_.again(seen.verdict == Verdict::bad,
                        turned.verdict != expected, so_far)) {
      again_.add(control);
    }
  }

  /// The search has its answer. True: what the answer rests on has to be asked
  /// once more.
  bool doubt() {
    if (result_.out_of_budget) return false;
    const Answer answer = search_.now().answer();
    if (noisy_) return doubt_weighed(answer);
    // What accuses is proved; the rest may rest on what was said in a hurry.
    if (!patience_.was_corrected() && memory_.any_hurried() &&
        (answer.outcome == Answer::Outcome::suspects ||
         !answer.repaired.empty())) {
      become_patient("not everything could be proved");
      return true;
    }
    for (const Proposal& one :
         retrials_.open(answer, [this](const Point& point) {
           return memory_.seen(memory_.key(release_at(question_, point)));
         })) {
      again_.add(one);
    }
    return !again_.empty();
  }

  /// True: a weighed answer lacks verdicts in the order that shows it.
  bool doubt_weighed(const Answer& answer) {
    if (answer.outcome != Answer::Outcome::culprit || answer.hidden ||
        answer.findings.empty()) {
      return false;
    }
    const auto key = [this](const Point& point) {
      return memory_.key(release_at(question_, point));
    };
    const Finding& last = answer.findings.back();
    switch (order_.wanted(key(last.fails), key(last.passes))) {
      case VerdictOrder::Wanted::pass:
        again_.add({last.passes, Purpose::without});
        return true;
      case VerdictOrder::Wanted::failure:
        again_.add({last.fails, Purpose::alone});
        return true;
      case VerdictOrder::Wanted::nothing:
        return false;
    }
    return false;
  }

  /// Something came up later than it was waited for: what was said in a hurry
  /// is forgotten and asked again.
  void become_patient(const std::string& why) {
    patience_.wait_from_now_on();
    result_.notes.push_back(
        why +
        "; from then on rung waited for every release until the deadline");
    observer_.said(why + ": waiting for the whole deadline from now on");
    search_.forget([this](const Point& point) {
      return memory_.hurried(memory_.key(release_at(question_, point)));
    });
    memory_.forget_hurried();
    search_.begin_again(settings_.search, running_.points());
  }

  /// A release was judged both ways while trials ran beside each other: that
  /// may be why. What was seen so is forgotten, and asked again one at a time.
  void become_single(const std::string& why) {
    running_.one_at_a_time(true);
    result_.notes.push_back(
        why +
        " while trials ran side by side; from then on rung ran one at a "
        "time");
    observer_.said(why + ": one trial at a time from now on");
    trials_.cancel(running_.points());
    again_.drop();
    search_.forget([this](const Point& point) {
      return memory_.beside(memory_.key(release_at(question_, point)));
    });
    memory_.forget_beside();
    search_.begin_again(settings_.search, running_.points());
  }

  /// A release was judged both ways: from now on the search weighs verdicts.
  void become_noisy(const std::string& why) {
    SearchOptions options = settings_.search;
    if (!options.noise) {
      options.noise.emplace();
      options.noise->confidence = settings_.confidence;
    }
    options.noise = memory_.gate().known_to(*options.noise);
    search_.begin_again(options, running_.points());
    noisy_ = true;
    running_.one_at_a_time(false);  // that is not why
    again_.drop();
    if (why.empty()) return;
    flaky_note_ =
        "the gate is flaky: " + why +
        "; from then on rung probed releases again until the answer was sure";
    observer_.said("the gate is flaky: " + why);
  }

  [[nodiscard]] Forecast forecast_now() const {
    std::optional<unsigned> again;
    if (!noisy_ && !search_.now().finished()) {
      // What the answer will rest on is seen again: its build exists by then.
      again = retrials_.expected();
    }
    return costs_.rest_of(search_.now(), again, [this](const Release& release) {
      return !noisy_ && memory_.on_record(release);
    });
  }

  HuntResult concluded() {
    // Once, not with every verdict: each is a wait for the disk.
    if (result_.counts.total() > 0) costs_.save();
    result_.answer = search_.now().answer();
    result_.left = forecast_now();
    result_.flaky = noisy_;
    if (noisy_ && !question_.find_fix &&
        result_.answer.outcome == Answer::Outcome::drift &&
        good_end_.broke_for_good()) {
      result_.flaky = false;
      result_.answer.rates.reset();
      result_.answer.hunted = good_end_.failure();
      flaky_note_ =
          "the good release passed at first and failed each time later: a "
          "trial changed something that outlives it (a database, a file "
          "outside its folder), or something outside changed meanwhile";
    }
    if (!flaky_note_.empty()) result_.notes.push_back(flaky_note_);
    if (search_.now().finished() && again_.empty()) {
      result_.out_of_budget = false;
    }
    return std::move(result_);
  }

  const Question& question_;
  const HuntSettings& settings_;
  Trials& trials_;
  const Clock& clock_;
  const std::string& run_;
  const HuntObserver& observer_;

  Budget budget_;
  Memory memory_;
  TrialCosts costs_;
  HealthyLog log_;
  ToldSearch search_;
  AskedAgain again_;
  Retrials retrials_;
  HuntPatience patience_;
  PlatformWatch platform_;
  HeldVerdicts held_;
  RunningTrials running_;
  const std::string good_id_ = memory_.key(question_.good);
  GoodEnd good_end_;
  VerdictOrder order_;
  bool noisy_ = false;  ///< the gate may lie
  std::string flaky_note_;
  std::chrono::milliseconds just_took_{};  ///< the trial heard of last
  HuntResult result_;
};

}  // namespace

HuntResult hunt(const Question& question, const HuntSettings& settings,
                const HuntTools& tools, const std::string& run,
                const HuntObserver& observer) {
  return Hunter(question, settings, tools, run, observer).run();
}

}  // namespace rung
