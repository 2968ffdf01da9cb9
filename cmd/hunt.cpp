#include "cmd/hunt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "adapters/interruption.hpp"
#include "core/error.hpp"

namespace rung {
namespace {

std::string_view word(Purpose purpose) {
  switch (purpose) {
    case Purpose::control_good:
    case Purpose::control_bad:
      return "control";
    case Purpose::search:
      return "search";
    case Purpose::alone:
    case Purpose::without:
      return "proof";
  }
  return "search";
}

void count(HuntCounts& counts, std::string_view purpose) {
  if (purpose == "control") {
    ++counts.controls;
  } else if (purpose == "proof") {
    ++counts.proof;
  } else {
    ++counts.search;
  }
}

// A thread per prober. Jobs go in and results come out on the caller's
// thread; stages are passed on as they are reached.
class Workers {
 public:
  struct Job {
    Proposal proposal;
    Release release;
  };
  struct Event {
    std::size_t worker = 0;
    std::optional<Stage> stage;  ///< set: a stage was reached; else finished
    Job job;
    ProbeEvidence evidence;
    std::exception_ptr error;
  };

  Workers(const std::vector<std::unique_ptr<Prober>>& probers,
          std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) slots_.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, i, &probers] { work(i, *probers[i]); });
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  /// nullopt when every worker is busy.
  [[nodiscard]] std::optional<std::size_t> idle() const {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].busy) return i;
    }
    return std::nullopt;
  }
  /// Nothing runs and nothing is left to be told.
  [[nodiscard]] bool quiet() const {
    const std::lock_guard lock(mutex_);
    return events_.empty() &&
           std::none_of(slots_.begin(), slots_.end(),
                        [](const Slot& slot) { return slot.busy; });
  }
  [[nodiscard]] std::size_t busy() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.end(),
                      [](const Slot& slot) { return slot.busy; }));
  }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }

  void give(std::size_t worker, Job job) {
    {
      const std::lock_guard lock(mutex_);
      slots_[worker].job = std::move(job);
      slots_[worker].busy = true;
    }
    wake_.notify_all();
  }

  /// Blocks until something happened.
  Event next() {
    std::unique_lock lock(mutex_);
    happened_.wait(lock, [this] { return !events_.empty(); });
    Event event = std::move(events_.front());
    events_.pop_front();
    // Not before: a worker whose verdict is not known yet would be given a
    // probe that the verdict makes superfluous.
    if (!event.stage) slots_[event.worker].busy = false;
    return event;
  }

 private:
  struct Slot {
    std::optional<Job> job;
    bool busy = false;
  };

  void tell(Event event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    happened_.notify_one();
  }

  void work(std::size_t worker, Prober& prober) {
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || slots_[worker].job; });
        if (!slots_[worker].job) return;
        job = std::move(*slots_[worker].job);
        slots_[worker].job.reset();
      }
      Event event;
      event.worker = worker;
      try {
        event.evidence = prober.probe(job.release, [&](Stage stage) {
          Event reached;
          reached.worker = worker;
          reached.stage = stage;
          tell(std::move(reached));
        });
      } catch (...) {
        event.error = std::current_exception();
      }
      event.job = std::move(job);
      tell(std::move(event));
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_, happened_;
  std::deque<Slot> slots_;
  std::deque<Event> events_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

Release release_at(const Question& question, const Point& point) {
  std::vector<Delta> on;
  on.reserve(point.on.size());
  for (const std::uint32_t i : point.on) on.push_back(question.deltas.at(i));
  Release release = applied(question.good, on);
  if (point.commit != Point::kGoodCommit) {
    release.commit.hex = question.commits.hex(point.commit);
  }
  return release;
}

std::string label(const Question& question, const DeltaRef& delta) {
  if (delta.is_commit) {
    return "commit " + question.commits.hex(delta.index).substr(0, 10);
  }
  const Delta& d = question.deltas.at(delta.index);
  return fmt::format("{} {} {}", kind(d), name(d), change(d));
}

std::string label(const Question& question, const Point& point) {
  const std::size_t all = question.deltas.size();
  const std::size_t tip = question.commits.size();
  const bool good_commit = point.commit == Point::kGoodCommit;
  const bool bad_commit = tip == 0 || (!good_commit && point.commit + 1 == tip);
  if (good_commit && point.on.empty()) return "the good release";
  if (bad_commit && point.on.size() == all) return "the bad release";
  std::string text;
  if (tip != 0) {
    text = good_commit ? "good commit"
           : bad_commit ? "bad commit"
                        : "commit " + question.commits.hex(point.commit)
                                          .substr(0, 10);
  }
  if (all == 0) return text;
  if (!text.empty()) text += ", ";
  if (point.on.empty()) return text + "rest as good";
  if (point.on.size() == all) return text + "rest as bad";
  if (point.on.size() + 1 == all) {
    for (std::uint32_t i = 0; i < all; ++i) {
      if (!std::binary_search(point.on.begin(), point.on.end(), i)) {
        return text + "all but " + label(question, DeltaRef{false, i});
      }
    }
  }
  text += label(question, DeltaRef{false, point.on.back()});
  if (point.on.size() > 1) text += fmt::format(" + {} more", point.on.size() - 1);
  return text;
}

HuntResult hunt(const Question& question, const HuntSettings& settings,
                const std::vector<std::unique_ptr<Prober>>& probers,
                std::size_t workers_wanted, Journal& journal,
                const std::string& run, const HuntObserver& observer) {
  const HuntLimits& limits = settings.limits;
  constexpr unsigned kInfraInARow = 3;
  const auto begun = std::chrono::steady_clock::now();

  HuntResult result;
  SearchInput input;
  input.commits = question.commits.size() == 0 ? nullptr : &question.commits;
  input.deltas = static_cast<std::uint32_t>(question.deltas.size());
  if (!question.deltas.empty()) {
    input.seconds = [&](const Point& point) {
      return probers.front()->seconds(release_at(question, point));
    };
  }
  Search search(input, settings.search);

  const auto key = [&](const Release& release) {
    return journal.id_of(question.content ? question.content(release)
                                          : release);
  };
  std::map<std::string, ProbeRecord> own;  // verdicts of this very run
  for (ProbeRecord& probe : journal.probes(run)) {
    if (probe.gate_id != question.gate_id ||
        probe.observation.verdict == Verdict::infra) {
      continue;
    }
    count(result.counts, probe.purpose);
    own[probe.release_id] = std::move(probe);
  }

  Workers workers(probers, workers_wanted);
  unsigned infra_in_a_row = 0;
  const auto spent = [&] {
    return (limits.probes != 0 && result.counts.total() >= limits.probes) ||
           (limits.time.count() != 0 &&
            std::chrono::steady_clock::now() - begun >= limits.time);
  };

  // Two points may be one release (equal trees): asked once.
  const auto known = [&](const Proposal& proposal, const std::string& id)
      -> std::optional<ProbeRecord> {
    if (const auto it = own.find(id); it != own.end()) return it->second;
    const bool control = word(proposal.purpose) == "control";
    if (control ? settings.just_probed.count(id) == 0 : settings.fresh) {
      return std::nullopt;
    }
    return journal.remembered(id, question.gate_id);
  };

  const auto take_notes = [&](Purpose purpose, const Observation& seen) {
    if (word(purpose) != "control") return;
    result.notes.insert(result.notes.end(), seen.notes.begin(),
                        seen.notes.end());
  };

  while (!search.finished()) {
    Interruption::check();
    bool progressed = false;
    while (const auto worker = workers.idle()) {
      const auto proposals = search.next(workers.size() - workers.busy());
      if (proposals.empty()) break;
      bool given = false;
      for (const Proposal& proposal : proposals) {
        Release release = release_at(question, proposal.point);
        const std::string id = key(release);
        const std::string text = label(question, proposal.point);
        if (const auto probe = known(proposal, id)) {
          take_notes(proposal.purpose, probe->observation);
          const bool of_this_run = probe->run == run;
          if (!of_this_run) ++result.counts.cached;
          search.record(proposal.point, probe->observation);
          observer.verdict(text, proposal.purpose, probe->observation, true);
          progressed = true;
          break;  // what is best to ask next may have changed
        }
        if (spent()) {
          result.out_of_budget = true;
          break;
        }
        const auto free = workers.idle();
        if (!free) break;
        observer.started(text, proposal.purpose, *free);
        workers.give(*free, {proposal, std::move(release)});
        given = true;
      }
      if (!given) break;
    }
    if (progressed) continue;
    if (workers.quiet()) break;  // nothing left to ask, or no budget

    Workers::Event event = workers.next();
    if (event.stage) {
      observer.stage(event.worker, *event.stage);
      continue;
    }
    if (event.error) std::rethrow_exception(event.error);
    const Proposal& proposal = event.job.proposal;
    const Observation& observation = event.evidence.observation;
    const std::string text = label(question, proposal.point);
    if (proposal.purpose == Purpose::control_good &&
        !event.evidence.not_run.empty()) {
      throw AbortError("at the good release " + event.evidence.not_run +
                       "; check its name, its path and its mode");
    }

    ProbeRecord record;
    record.run = run;
    record.release_id = key(event.job.release);
    record.gate_id = question.gate_id;
    record.purpose = word(proposal.purpose);
    record.label = text;
    record.observation = observation;
    record.at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
    journal.add_probe(record);  // on disk before anybody sees it
    count(result.counts, record.purpose);
    own[record.release_id] = record;
    observer.evidence(text, event.evidence);
    observer.verdict(text, proposal.purpose, observation, false);

    take_notes(proposal.purpose, observation);
    infra_in_a_row =
        observation.verdict == Verdict::infra ? infra_in_a_row + 1 : 0;
    if (infra_in_a_row >= kInfraInARow) {
      result.platform_down = true;
      break;
    }
    search.record(proposal.point, observation);
    observer.left(search.left());
  }
  result.answer = search.answer();
  result.left = search.left();
  if (search.finished()) result.out_of_budget = false;
  return result;
}

}  // namespace rung
