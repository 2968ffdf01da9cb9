#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hunting/hunt_settings.hpp"
#include "core/hunting/question.hpp"
#include "core/model/probe_history.hpp"
#include "core/search/gate_record.hpp"
#include "core/search/retrials.hpp"

namespace rung {

/// Whether a probe told good from bad.
[[nodiscard]] bool judged(const Observation& seen);
/// What kept a release from being judged is no part of it: a slip in a script
/// outside, a tool that this machine had not. Not believed in a later run.
[[nodiscard]] bool may_be_repaired(const Observation& seen);

/// Probes by what they were for, as reports count them.
struct HuntCounts {
  unsigned controls = 0, search = 0, proof = 0, cached = 0;
  [[nodiscard]] unsigned total() const { return controls + search + proof; }
  void add(ProbePurpose purpose);
  HuntCounts& operator+=(const HuntCounts& more);
};

/// What was seen of each release, on record and in this run. A run that was
/// killed goes on because it takes over its own verdicts from here.
class Memory {
 public:
  /// Reads what the journal holds of the question's gate. All outlive this.
  /// `side_by_side`: several trials run at a time.
  Memory(const Question& question, const HuntSettings& settings,
         ProbeHistory& history, const std::string& run, bool side_by_side);

  /// The id under which verdicts on a release are kept.
  [[nodiscard]] std::string key(const Release& release) const;
  /// What earlier runs show about the reliability of the gate.
  [[nodiscard]] const GateRecord& gate() const { return gate_; }
  /// This run's verdicts from before it was killed.
  [[nodiscard]] const HuntCounts& taken_over() const { return taken_over_; }

  /// A verdict that need not be asked for. With `noisy` verdicts count besides
  /// each other: they are used up one by one. `again`: another verdict than the
  /// last one is wanted.
  std::optional<ProbeRecord> recall(const std::string& id, Purpose purpose,
                                    bool again, bool noisy);
  /// Whether a verdict on the release is on record and may be used.
  [[nodiscard]] bool on_record(const Release& release) const;
  /// Writes a new verdict to the journal: on disk before anybody sees it.
  /// `beside`: other trials ran at the same time.
  void keep(ProbeRecord& record, bool hurried, bool beside);

  /// The search is about to be told of this verdict.
  void told(const ProbeRecord& probe);
  /// Whether the search was told good or bad of it.
  [[nodiscard]] bool was_judged(const std::string& id) const;
  /// Whether the search was told good and bad of it.
  [[nodiscard]] bool contradicted(const std::string& id) const;
  /// It failed for sure: the failure was waited for to the end.
  [[nodiscard]] bool failed_for_sure(const std::string& id) const;
  /// It failed, but was not waited for to the end.
  [[nodiscard]] bool hurried(const std::string& id) const;
  [[nodiscard]] bool any_hurried() const;
  void forget_hurried();
  /// It was judged while other trials ran, or nobody knows: what a run that was
  /// killed had seen.
  [[nodiscard]] bool beside(const std::string& id) const;
  [[nodiscard]] bool any_beside() const;
  /// Takes these verdicts back, in the journal too: no later run uses them.
  void forget_beside();
  /// It failed in a trial that ran by itself.
  [[nodiscard]] bool failed_alone(const std::string& id) const;

  /// How often the release was judged in this run.
  [[nodiscard]] Retrials::Seen seen_now(const std::string& id) const;
  /// How often it was judged, on record or now. What cannot be had counts as
  /// seen, so that nobody asks for it again and again.
  [[nodiscard]] Retrials::Seen seen(const std::string& id) const;

 private:
  struct Known {
    std::deque<ProbeRecord> unused;  ///< on record, in the order made
    std::optional<ProbeRecord> last;  ///< what the search was told last
    unsigned passes = 0, fails = 0;  ///< told so far
    bool hurried = false;  ///< it failed, but was not waited for to the end
    /// Of those, each verdict of this run once; `in_vain`: asked for again, and
    /// not to be had.
    Retrials::Seen seen;
    unsigned in_vain = 0;
    std::vector<std::int64_t> beside;  ///< verdicts made while others ran
    bool failed_alone = false;
  };

  void take_over(const std::vector<ProbeRecord>& all);
  /// The last verdict on record that may be used.
  [[nodiscard]] std::optional<ProbeRecord> remembered(
      const std::string& id) const;
  void count(const ProbeRecord& probe, bool beside);
  [[nodiscard]] const Known& of(const std::string& id) const;
  /// Under which a verdict is kept that was not waited for to the end.
  [[nodiscard]] std::string hurried_gate() const {
    return question_.gate_id + " hurried";
  }

  const Question& question_;
  const HuntSettings& settings_;
  ProbeHistory& history_;
  const std::string& run_;
  bool side_by_side_;
  GateRecord gate_;
  HuntCounts taken_over_;
  std::map<std::string, Known> known_;  ///< by release id: this run's
  std::map<std::string, std::deque<ProbeRecord>> earlier_;  ///< by release id
};

}  // namespace rung
