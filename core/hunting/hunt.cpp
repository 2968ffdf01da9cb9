#include "core/hunting/hunt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "core/base/error.hpp"
#include "core/hunting/usual_lines.hpp"
#include "core/search/gate_record.hpp"
#include "core/search/retrials.hpp"

namespace rung {
namespace {

/// How to have a predicate that every commit can run.
constexpr std::string_view kKeepItOutside =
    "keep the script outside of the repository and give its full path";

bool is_control(Purpose purpose) { return counted_as(purpose) == "control"; }

void count(HuntCounts& counts, std::string_view purpose) {
  if (purpose == "control") {
    ++counts.controls;
  } else if (purpose == "proof") {
    ++counts.proof;
  } else {
    ++counts.search;
  }
}

bool judged(const Observation& seen) {
  return seen.verdict == Verdict::good || seen.verdict == Verdict::bad;
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

class Hunter {
 public:
  Hunter(const Question& question, const HuntSettings& settings,
         const HuntTools& tools, const std::string& run,
         const HuntObserver& observer)
      : question_(question),
        settings_(settings),
        trials_(tools.trials),
        journal_(tools.history),
        clock_(tools.clock),
        run_(run),
        observer_(observer),
        search_(input(), settings.search) {
    retrials_.repeat = settings.repeat;
    retrials_.has_deltas = !question.deltas.empty();
    retrials_.find_fix = question.find_fix;
    recall();
    noisy_ = settings.search.noise.has_value();
    if (noisy_) {
      become_noisy("");
    } else if (record_.contradicted) {
      become_noisy(*record_.contradicted + " was judged both ways before");
    }
  }

  HuntResult run() {
    for (;;) {
      trials_.check();
      if (!extra_.empty() || !search_.finished()) {
        if (ask()) continue;
      } else if (running_.empty() && !result_.out_of_budget &&
                 rests_on_hurry()) {
        become_patient("not everything could be proved");
        continue;
      } else if (running_.empty() && !question_it_once_more()) {
        break;
      } else if (!extra_.empty()) {
        continue;
      }
      if (running_.empty()) break;  // nothing left to ask, or no budget
      call_off();
      if (!hear(*trials_.next())) break;
      if (!hear_the_others()) break;
    }
    // Once, not with every verdict: each is a wait for the disk.
    if (result_.counts.total() > 0) journal_.set(times_key(), times_.text());
    result_.answer = search_.answer();
    result_.left = forecast_now();
    result_.flaky = noisy_;
    if (search_.finished() && extra_.empty()) result_.out_of_budget = false;
    return std::move(result_);
  }

 private:
  /// What is known of one release.
  struct Known {
    std::deque<ProbeRecord> unused;  ///< on record, in the order made
    std::optional<ProbeRecord> last;  ///< what the search was told last
    unsigned passes = 0, fails = 0;  ///< told so far
    bool hurried = false;  ///< it failed, but was not waited for to the end
    /// Of those, each verdict of this run once; `in_vain`: asked for again, and
    /// not to be had.
    Retrials::Seen seen;
    unsigned in_vain = 0;
  };

  SearchInput input() const {
    SearchInput input;
    input.commits =
        question_.commits.size() == 0 ? nullptr : &question_.commits;
    input.deltas = static_cast<std::uint32_t>(question_.deltas.size());
    if (!named_.empty()) {
      input.risk = [this](const DeltaRef& delta) {
        const double all = static_cast<double>(question_.deltas.size() +
                                               question_.commits.size());
        const auto named = static_cast<double>(named_.size());
        constexpr double kShare = 0.6;  // how often a failure names its cause
        return named_.contains(delta) ? kShare / named
                                      : (1 - kShare) / (all - named);
      };
    }
    if (!question_.deltas.empty()) {
      input.seconds = [this](const Point& point) {
        const auto kind = kind_of(release_at(question_, point));
        // Only compared: before anything was timed any scale serves.
        return times_.mean(kind).value_or(kind == ProbeKind::cached ? 1 : 10);
      };
    }
    return input;
  }

  [[nodiscard]] std::string key(const Release& release) const {
    return journal_.id_of(question_.content ? question_.content(release)
                                            : release);
  }

  ProbeKind kind_of(const Release& release) const {
    if (trials_.ready(release)) return ProbeKind::cached;
    const bool as_an_end =
        release.requirements == question_.good.requirements ||
        release.requirements == question_.bad.requirements;
    return as_an_end ? ProbeKind::build : ProbeKind::requirements;
  }

  /// What the journal holds of this gate.
  void recall() {
    if (const auto text = journal_.get(times_key())) {
      times_ = ProbeTimes::from(*text);
    }
    usual_ = kept_usual_lines(journal_, usual_key());
    auto all = journal_.probes_under(question_.gate_id);
    // Of use to this run alone: another does not know how long is long enough.
    for (ProbeRecord& probe : journal_.probes_under(hurried_id())) {
      if (probe.run == run_) all.push_back(std::move(probe));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.id < b.id;
    });
    auto sound = settings_.sound;
    sound.insert(key(question_.find_fix ? question_.bad : question_.good));
    std::vector<ProbeRecord> earlier;
    for (const ProbeRecord& probe : all) {
      if (probe.observation.verdict == Verdict::infra) continue;
      if (probe.run == run_) {
        count(result_.counts, probe.purpose);
        known_[probe.release_id].unused.push_back(probe);
      } else if (!settings_.fresh) {
        earlier.push_back(probe);
      }
    }
    record_ = gate_record(earlier, sound);
    retrials_.healthy_passes = record_.healthy_passes;
    for (ProbeRecord& probe : earlier) {
      auto& unused = earlier_[probe.release_id];
      unused.push_back(std::move(probe));
    }
  }
  /// Under which a verdict is kept that was not waited for to the end.
  [[nodiscard]] std::string hurried_id() const {
    return question_.gate_id + " hurried";
  }
  [[nodiscard]] std::string times_key() const {
    return "times " + question_.gate_id;
  }

  /// The same search by other rules, with all that was seen.
  void search_again(const SearchOptions& options) {
    search_ = Search(input(), options);
    for (const auto& [point, seen] : told_) search_.record(point, seen);
    for (const auto& [worker, point] : running_) search_.expect(point);
  }

  /// A failure that names deltas has them tried early. At worst that costs two
  /// probes; so it is not done where there is little to gain.
  void heed(const Failure& failure) {
    constexpr std::size_t kFew = 8;
    const auto all = question_.deltas.size() + question_.commits.size();
    if (noisy_ || !question_.named || all < kFew) return;
    for (const DeltaRef& delta : question_.named(failure)) {
      named_.insert(delta);
    }
    if (4 * named_.size() > all) named_.clear();
    if (named_.empty()) return;
    SearchOptions options = settings_.search;
    options.spare = 2;
    search_again(options);
  }

  /// How long an unchanging failure is waited for; nullopt = to the end.
  [[nodiscard]] std::optional<std::chrono::milliseconds> enough(
      const Proposal& proposal, const Known& known) const {
    // What was waited for to the end once need not be when it is seen again.
    const bool waited_for = known.fails > 0 && !known.hurried;
    if (settings_.patient || patient_ || noisy_ || !slowest_ ||
        (proposal.purpose != Purpose::search && !waited_for)) {
      return std::nullopt;
    }
    constexpr std::chrono::milliseconds kLeast(3000);
    constexpr int kTimes = 8;
    return std::max(kLeast, kTimes * *slowest_);
  }

  /// Something came up later than it was waited for: what was said in a hurry
  /// is forgotten and asked again.
  void become_patient(const std::string& why) {
    patient_ = true;
    result_.notes.push_back(
        why + "; from then on every release was waited for to the deadline");
    observer_.said(why + ": waiting for the whole deadline from now on");
    std::erase_if(told_, [&](const auto& told) {
      return known_[key(release_at(question_, told.first))].hurried;
    });
    for (auto& [id, known] : known_) {
      if (!std::exchange(known.hurried, false)) continue;
      known.fails = 0;
      known.seen.fails = 0;
      if (known.passes == 0) known.last.reset();
    }
    search_again(settings_.search);
  }

  /// An answer that rests on what was said in a hurry.
  bool rests_on_hurry() {
    if (patient_ || noisy_) return false;
    const Answer& answer = search_.answer();
    const bool any = std::any_of(
        known_.begin(), known_.end(),
        [](const auto& known) { return known.second.hurried; });
    // What accuses is proved; the rest is not.
    return any && (answer.outcome == Answer::Outcome::suspects ||
                   !answer.repaired.empty());
  }

  void become_noisy(const std::string& why) {
    SearchOptions options = settings_.search;
    if (!options.noise) {
      options.noise.emplace();
      options.noise->confidence = settings_.confidence;
    }
    options.noise = record_.known_to(*options.noise);
    search_again(options);
    noisy_ = true;
    extra_.clear();
    if (why.empty()) return;
    result_.notes.push_back(
        "the gate is flaky: " + why +
        "; from then on releases were probed again until the answer was sure");
    observer_.said("the gate is flaky: " + why);
  }

  [[nodiscard]] bool spent(const Release& next) const {
    const HuntLimits& limits = settings_.limits;
    if (limits.probes != 0 &&
        result_.counts.total() + running_.size() >= limits.probes) {
      return true;
    }
    if (limits.time.count() == 0) return false;
    // What would end too late is not begun.
    const auto used = clock_.now() - begun_;
    const std::chrono::duration<double> takes(
        times_.mean(kind_of(next)).value_or(0));
    return used + takes >= limits.time;
  }

  /// Hands out what there is to probe. True: a verdict was remembered, so what
  /// is best to ask next may have changed.
  bool ask() {
    while (idle()) {
      const auto proposals = propose(trials_.workers() - running_.size());
      if (proposals.empty()) return false;
      bool given = false;
      for (const Proposal& proposal : proposals) {
        Release release = release_at(question_, proposal.point);
        const std::string id = key(release);
        if (const auto probe = remembered(proposal, id)) {
          if (probe->run != run_) ++result_.counts.cached;
          observer_.verdict(label(question_, proposal.point), proposal.purpose,
                            probe->observation, true);
          tell(proposal, id, *probe);
          return true;
        }
        if (spent(release)) {
          if (search_.finished() && !noisy_ && !result_.out_of_budget) {
            result_.notes.push_back(
                "the budget ended before what the answer rests on was seen "
                "again: a gate that lies now and then could have misled it");
          }
          result_.out_of_budget = true;
          return false;
        }
        const auto free = idle();
        if (!free) return false;
        observer_.started(label(question_, proposal.point), proposal.purpose,
                          *free);
        kinds_[*free] = kind_of(release);
        running_[*free] = proposal.point;
        if (proposal.purpose == Purpose::control_good) {
          good_controls_.insert(*free);
        }
        trials_.give(*free, {proposal, std::move(release),
                             enough(proposal, known_[id])});
        given = true;
      }
      if (!given) return false;
    }
    return false;
  }

  /// The first idle worker; nullopt when every one is busy.
  [[nodiscard]] std::optional<std::size_t> idle() const {
    for (std::size_t i = 0; i < trials_.workers(); ++i) {
      if (!running_.contains(i)) return i;
    }
    return std::nullopt;
  }

  std::vector<Proposal> propose(std::size_t count) {
    if (extra_.empty()) return search_.next(count);
    const std::vector<Proposal> one{extra_.front()};
    extra_.pop_front();
    return one;
  }

  /// A verdict that need not be asked for. Verdicts that count besides each
  /// other (a flaky gate) are used up one by one.
  std::optional<ProbeRecord> remembered(const Proposal& proposal,
                                        const std::string& id) {
    Known& known = known_[id];
    if (!known.unused.empty()) {
      ProbeRecord probe = known.unused.front();
      known.unused.pop_front();
      (void)due_again(proposal.point);
      count_seen(known, probe);
      return probe;
    }
    if (due_again(proposal.point)) return std::nullopt;
    // Two points may be one release (equal trees): asked once.
    if (!noisy_ && known.last) return known.last;
    const bool control = is_control(proposal.purpose);
    if (control ? settings_.just_probed.count(id) == 0 : settings_.fresh) {
      return std::nullopt;
    }
    if (!noisy_ || control) return journal_.remembered(id, question_.gate_id);
    const auto it = earlier_.find(id);
    if (it == earlier_.end() || it->second.empty()) return std::nullopt;
    ProbeRecord probe = it->second.front();
    it->second.pop_front();
    return probe;
  }

  /// Whether this is one of the probes of what was judged before.
  bool due_again(const Point& point) {
    const auto it = again_.find(point);
    if (it == again_.end()) return false;
    again_.erase(it);
    return true;
  }

  static void count_seen(Known& known, const ProbeRecord& probe) {
    const Observation& seen = probe.observation;
    if (!judged(seen)) {
      ++known.in_vain;
      return;
    }
    ++(seen.verdict == Verdict::good ? known.seen.passes : known.seen.fails);
    known.seen.proved = known.seen.proved || probe.purpose == "proof";
  }

  void tell(const Proposal& proposal, const std::string& id,
            const ProbeRecord& probe) {
    const Observation& seen = probe.observation;
    const bool control = is_control(proposal.purpose);
    if (control) {
      result_.notes.insert(result_.notes.end(), seen.notes.begin(),
                           seen.notes.end());
    }
    const bool low = proposal.purpose == Purpose::control_good;
    if (control && low == question_.find_fix && seen.failure) {
      result_.failure = seen.failure;
    }
    const Observation turned = as_searched(seen, question_.find_fix);
    Known& known = known_[id];
    if (known.hurried && seen.verdict == Verdict::good && !noisy_) {
      become_patient(label(question_, proposal.point) + " came up late");
    }
    told_.emplace_back(proposal.point, turned);
    // That it could not be judged this time takes back no verdict.
    if (noisy_ || judged(seen) || known.passes + known.fails == 0) {
      search_.record(proposal.point, turned);
    } else {
      search_.cancel(proposal.point);
    }
    known.last = probe;
    if (seen.verdict == Verdict::bad) {
      known.hurried = probe.gate_id == hurried_id() &&
                      (known.fails == 0 || known.hurried);
    }
    known.passes += seen.verdict == Verdict::good;
    known.fails += seen.verdict == Verdict::bad;
    if (control && !low && named_.empty() && turned.failure &&
        !question_.find_fix) {
      heed(*turned.failure);
    }
    if (!noisy_ && known.passes > 0 && known.fails > 0) {
      become_noisy(label(question_, proposal.point) +
                   " was judged good and bad");
    } else if (!noisy_ && control) {
      repeat(proposal, seen, turned, known.seen);
    }
    if (!result_.estimate && !search_.finished() &&
        told_.size() >= 2 * settings_.repeat) {
      result_.estimate = forecast_now();
    }
  }

  /// A control as often as asked; one that surprises until it is believed.
  void repeat(const Proposal& control, const Observation& seen,
              const Observation& turned, Retrials::Seen so_far) {
    if (!judged(seen)) return;
    // Remembered from a moment ago, before this run.
    if (so_far.passes + so_far.fails == 0) ++so_far.passes;
    const auto expected = control.purpose == Purpose::control_good
                              ? Verdict::good
                              : Verdict::bad;
    if (retrials_.again(seen.verdict == Verdict::bad,
                        turned.verdict != expected, so_far)) {
      probe_again(control);
    }
  }

  void probe_again(const Proposal& proposal) {
    extra_.push_back(proposal);
    again_.insert(proposal.point);
  }

  /// What an accusation rests on, as often as it has to be seen. False: nothing
  /// has to be asked again.
  bool question_it_once_more() {
    if (noisy_ || result_.out_of_budget) return false;
    for (const Proposal& one : retrials_.open(
             search_.answer(),
             [this](const Point& point) { return seen(point); })) {
      probe_again(one);
    }
    return !extra_.empty();
  }

  /// How often the release at this point was judged, on record or now.
  [[nodiscard]] Retrials::Seen seen(const Point& point) {
    const std::string id = key(release_at(question_, point));
    const Known& known = known_[id];
    Retrials::Seen all = known.seen;
    // What cannot be had is not asked for again and again.
    all.passes += known.in_vain;
    const auto it = earlier_.find(id);
    if (it == earlier_.end()) return all;
    for (const ProbeRecord& probe : it->second) {
      if (!judged(probe.observation)) continue;
      ++(probe.observation.verdict == Verdict::good ? all.passes : all.fails);
      all.proved = all.proved || probe.purpose == "proof";
    }
    return all;
  }

  /// Probes that would tell nothing any more.
  void call_off() {
    if (trials_.workers() < 2 && !search_.finished()) return;
    const auto points = search_.obsolete();
    if (!points.empty()) trials_.cancel(points);
  }

  /// Trials begun together end nearly together. What is asked next is cut for
  /// all the workers that are idle soon: cut for the first of them alone, a
  /// round of k would halve what is left, where k + 1 parts were promised.
  bool hear_the_others() {
    const auto until = clock_.now() + just_took_ / 10;
    while (!running_.empty()) {
      call_off();
      auto event = trials_.next(until);
      if (!event) return true;
      if (!hear(std::move(*event))) return false;
    }
    return true;
  }

  /// False: the hunt is over. What a bad release logs is understood by what
  /// the good one logs: a verdict waits while the good control runs.
  bool hear(TrialEvent event) {
    if (event.stage) return heard(std::move(event));
    running_.erase(event.worker);
    good_controls_.erase(event.worker);
    if (!good_controls_.empty() && !usual_ && event.evidence.found) {
      waiting_.push_back(std::move(event));
      return true;
    }
    if (!heard(std::move(event))) return false;
    if (!good_controls_.empty()) return true;
    for (TrialEvent& one : std::exchange(waiting_, {})) {
      if (!heard(std::move(one))) return false;
    }
    return true;
  }

  /// What a healthy release logs, too, is no reason of a failure. Kept for a
  /// run that is killed and goes on: one failure is to be read in one way.
  void compare_logs(Purpose purpose, ProbeEvidence& evidence) {
    Observation& seen = evidence.observation;
    if (is_control(purpose) && seen.verdict == Verdict::good && !usual_) {
      usual_ = keep_usual_lines(journal_, usual_key(), evidence.log);
    }
    if (seen.failure && evidence.found && usual_ && !usual_->empty()) {
      seen.failure = explained(*evidence.found, evidence.log, *usual_);
    }
  }
  [[nodiscard]] std::string usual_key() const { return "usual lines " + run_; }

  bool heard(TrialEvent event) {
    just_took_ = {};
    if (event.stage) {
      observer_.stage(event.worker, *event.stage);
      return true;
    }
    const Proposal& proposal = event.trial.proposal;
    const std::string text = label(question_, proposal.point);
    if (event.cancelled) {
      search_.cancel(proposal.point);
      observer_.cancelled(text);
      return true;
    }
    if (event.error) std::rethrow_exception(event.error);
    compare_logs(proposal.purpose, event.evidence);
    const Observation& observation = event.evidence.observation;
    just_took_ = observation.duration;
    if (is_control(proposal.purpose) && !event.evidence.not_run.empty()) {
      throw AbortError(
          fmt::format("at the {} release {}; check its name, its path and its "
                      "mode, or {}",
                      proposal.purpose == Purpose::control_good ? "good" : "bad",
                      event.evidence.not_run, kKeepItOutside));
    }

    ProbeRecord record;
    record.run = run_;
    record.release_id = key(event.trial.release);
    record.gate_id =
        event.evidence.hurried ? hurried_id() : question_.gate_id;
    if (const auto took = event.evidence.healthy_after) {
      slowest_ = std::max(slowest_.value_or(*took), *took);
    }
    record.purpose = counted_as(proposal.purpose);
    record.label = text;
    record.observation = observation;
    record.at_ms = clock_.unix_ms();
    journal_.add_probe(record);  // on disk before anybody sees it
    count(result_.counts, record.purpose);
    if (judged(observation)) {
      times_.add(kinds_[event.worker],
                 std::chrono::duration<double>(observation.duration).count());
    }
    observer_.evidence(text, event.evidence);
    observer_.verdict(text, proposal.purpose, observation, false);

    constexpr unsigned kInfraInARow = 3;
    infra_in_a_row_ =
        observation.verdict == Verdict::infra ? infra_in_a_row_ + 1 : 0;
    if (infra_in_a_row_ >= kInfraInARow) {
      result_.platform_down = true;
      return false;
    }
    count_seen(known_[record.release_id], record);
    tell(proposal, record.release_id, record);
    if (!search_.finished()) observer_.left(forecast_now());
    return true;
  }

  [[nodiscard]] Forecast forecast_now() const {
    // Each takes a look at the journal and at what is built.
    constexpr std::size_t kSample = 8;
    constexpr std::size_t kLong = 20'000;
    Mix mix;
    if (question_.deltas.size() <= kLong) {
      for (const Point& point : search_.ahead(kSample)) {
        const Release release = release_at(question_, point);
        if (!noisy_ && !settings_.fresh &&
            journal_.remembered(key(release), question_.gate_id)) {
          ++mix.remembered;
        } else {
          ++mix.kinds[static_cast<std::size_t>(kind_of(release))];
        }
      }
    }
    auto left = search_.left();
    if (!noisy_ && !search_.finished()) {
      // What the answer will rest on is seen again: its build exists by then.
      mix.again = retrials_.expected();
      left.expected += mix.again;
      left.low += mix.again;
      left.high += mix.again;
      left.probes_at_most = std::max(left.probes_at_most, left.high);
    }
    return forecast(left, mix, times_, trials_.workers());
  }

  const Question& question_;
  const HuntSettings& settings_;
  Trials& trials_;
  ProbeHistory& journal_;
  const Clock& clock_;
  const std::string& run_;
  const HuntObserver& observer_;
  const Clock::Time begun_ = clock_.now();

  HuntResult result_;
  ProbeTimes times_;
  GateRecord record_;
  Search search_;
  bool noisy_ = false;
  std::map<std::string, Known> known_;  ///< by release id: this run's
  std::map<std::string, std::deque<ProbeRecord>> earlier_;  ///< by release id
  std::vector<std::pair<Point, Observation>> told_;  ///< to the search
  std::deque<Proposal> extra_;  ///< asked before what the search proposes
  std::multiset<Point> again_;  ///< of those: a known verdict does not count
  Retrials retrials_;
  std::chrono::milliseconds just_took_{};   ///< the trial heard of last
  std::map<std::size_t, ProbeKind> kinds_;  ///< by worker
  std::map<std::size_t, Point> running_;    ///< by worker
  std::set<DeltaRef> named_;                ///< by the failure of bad
  unsigned infra_in_a_row_ = 0;
  /// The slowest healthy release of this run; unset: none was seen yet.
  std::optional<std::chrono::milliseconds> slowest_;
  bool patient_ = false;  ///< for a reason, see become_patient()
  /// telling_lines() of a healthy end; nullopt: none was seen.
  std::optional<std::vector<std::string>> usual_;
  std::set<std::size_t> good_controls_;  ///< the workers that probe one
  std::vector<TrialEvent> waiting_;  ///< for the good control's log
};

}  // namespace

HuntResult hunt(const Question& question, const HuntSettings& settings,
                const HuntTools& tools, const std::string& run,
                const HuntObserver& observer) {
  return Hunter(question, settings, tools, run, observer).run();
}

}  // namespace rung
