#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/hunting/hunt.hpp"
#include "tests/fakes/fake_trials.hpp"
#include "tests/fakes/memory_journal.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::fakes {

/// A line of commits, and variables that go from "0" to "1".
inline Question hunt_question(std::uint32_t commits, std::uint32_t deltas = 0) {
  Question question;
  question.commits = linear(commits);
  question.good.commit.hex = std::string(40, 'f');
  question.bad.commit.hex = commits == 0 ? question.good.commit.hex
                                         : question.commits.hex(commits - 1);
  for (std::uint32_t i = 0; i < deltas; ++i) {
    const std::string name = "V" + std::to_string(i);
    question.good.env[name] = "0";
    question.bad.env[name] = "1";
    question.deltas.emplace_back(EnvDelta{name, "0", "1"});
  }
  question.gate_id = "gate";
  return question;
}

/// A journal that fails once it has taken so many writes of something new: rung
/// is killed there.
class StoppingHistory final : public ProbeHistory {
 public:
  struct Stopped {};

  StoppingHistory(MemoryJournal& journal, std::optional<unsigned> writes)
      : journal_(journal), left_(writes) {}

  std::string id_of(const Release& release) const override {
    return journal_.id_of(release);
  }
  std::int64_t add_probe(const ProbeRecord& probe) override {
    const std::int64_t id = journal_.add_probe(probe);
    written();
    return id;
  }
  void correct(std::int64_t probe, const Observation& seen) override {
    journal_.correct(probe, seen);
    written();
  }
  std::optional<ProbeRecord> remembered(
      std::string_view release_id, std::string_view gate_id) const override {
    return journal_.remembered(release_id, gate_id);
  }
  std::vector<ProbeRecord> probes_under(
      std::string_view gate_id) const override {
    return journal_.probes_under(gate_id);
  }
  void set(const JournalFact& fact, std::string_view value) override {
    const bool news = journal_.get(fact) != value;
    journal_.set(fact, value);
    if (news) written();
  }
  std::optional<std::string> get(const JournalFact& fact) const override {
    return journal_.get(fact);
  }

 private:
  void written() {
    if (left_ && --*left_ == 0) throw Stopped();
  }

  MemoryJournal& journal_;
  std::optional<unsigned> left_;  ///< writes until it stops
};

/// One question in a simulated world, with the journal of its runs.
class HuntWorld {
 public:
  /// What the gate says at a point, `before` times after it was asked there.
  using Gate = std::function<Observation(const Point&, unsigned before)>;

  HuntWorld(Question asked, World world, std::size_t workers = 1)
      : HuntWorld(
            std::move(asked),
            [world = std::move(world)](const Point& point, unsigned) {
              return world(point);
            },
            workers) {}
  HuntWorld(Question asked, Gate gate, std::size_t workers = 1)
      : question(std::move(asked)), gate_(std::move(gate)), workers_(workers) {}

  Question question;
  HuntSettings settings;
  HuntObserver observer;
  MemoryJournal journal;
  ManualClock clock;
  /// How long the nth trial of all takes.
  std::function<std::chrono::milliseconds(std::size_t)> takes =
      [](std::size_t) { return std::chrono::seconds(1); };
  std::function<bool(const Release&)> is_ready = [](const Release&) {
    return true;
  };
  std::size_t trials = 0;         ///< begun, in all runs
  std::vector<Point> called_off;  ///< in all runs

  /// The hunt of this name from its begin, or on from where it stopped.
  /// Throws StoppingHistory::Stopped after so many writes.
  HuntResult run(std::optional<unsigned> writes = {},
                 const std::string& name = "run") {
    StoppingHistory history(journal, writes);
    FakeTrials making(clock, [this](const Trial& trial) { return made(trial); },
                      workers_);
    making.is_ready = is_ready;
    making_ = &making;
    struct Keep {
      FakeTrials& from;
      std::vector<Point>& to;
      ~Keep() {
        to.insert(to.end(), from.called_off.begin(), from.called_off.end());
      }
    } const keep{making, called_off};
    return hunt(question, settings, {making, history, clock}, name, observer);
  }

  /// For a gate: other trials run while this one does.
  [[nodiscard]] bool beside() const { return making_->beside; }

  /// Who was asked what, and said what, in the order of the journal.
  [[nodiscard]] std::vector<std::string> story() const {
    std::vector<std::string> lines;
    for (const ProbeRecord& probe : journal.all_probes) {
      lines.push_back(std::string(to_string(probe.purpose)) + " " +
                      probe.label + ": " +
                      std::string(to_string(probe.observation.verdict)));
    }
    return lines;
  }

 private:
  ProbeEvidence made(const Trial& trial) {
    ProbeEvidence evidence;
    const Point& point = trial.proposal.point;
    evidence.observation = gate_(point, asked_[point]++);
    evidence.observation.duration = takes(trials++);
    return evidence;
  }

  Gate gate_;
  std::size_t workers_;
  const FakeTrials* making_ = nullptr;
  std::map<Point, unsigned> asked_;
};

/// All deltas that an answer names or suspects.
inline std::vector<DeltaRef> blamed(const Answer& answer) {
  std::vector<DeltaRef> all = answer.suspects;
  for (const Finding& finding : answer.findings) {
    all.insert(all.end(), finding.culprit.begin(), finding.culprit.end());
  }
  return all;
}

inline Observation infra() {
  Failure failure;
  failure.cause = "platform";
  return {Verdict::infra, failure, {}, {}};
}

}  // namespace rung::fakes
