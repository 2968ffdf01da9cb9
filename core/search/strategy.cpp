#include "core/search/strategy.hpp"

#include "core/search/hunt.hpp"

namespace rung {
namespace hunt {

Side Hunt::judge(const Observation& observation) const {
  if (observation.verdict == Verdict::good) return Side::low;
  if (observation.verdict != Verdict::bad) return Side::untold;
  const auto failure = failure_of(observation, hunted_.stage);
  if (failure.signature == hunted_.signature) return Side::high;
  if (options_.only_this_failure) return Side::untold;
  // It broke before it came to where the hunted failure shows.
  return failure.stage < hunted_.stage ? Side::untold : Side::high;
}

bool Hunt::controls() {
  auto& answer = decision_.answer;
  const auto* good = ask({kGood, {}}, Purpose::control_good);
  const auto* bad = ask(upper().place(), Purpose::control_bad);
  if (good && good->verdict == Verdict::bad) {
    answer.outcome = Answer::Outcome::drift;
    answer.hunted = good->failure;  // what has to be repaired now
    return false;
  }
  if (good && good->verdict != Verdict::good) {
    answer.outcome = Answer::Outcome::no_verdict;
    answer.hunted = good->failure;
    return false;
  }
  if (bad && bad->verdict == Verdict::good) {
    answer.outcome = Answer::Outcome::not_reproducible;
    return false;
  }
  if (bad && bad->verdict != Verdict::bad) {
    answer.outcome = Answer::Outcome::no_verdict;
    answer.hunted = bad->failure;
    return false;
  }
  return good && bad;
}

bool Hunt::run() {
  auto& answer = decision_.answer;
  answer.outcome = Answer::Outcome::suspects;
  if (!controls()) {
    decision_.suspects = everything(input_, history_);
    return answer.outcome != Answer::Outcome::suspects;
  }

  decision_.controls_hold = true;
  auto top = upper();
  const auto first_line = top.line(history_);
  const auto* failing = known(top.place());
  answer.hunted = failure_of(*failing, Stage::health);
  for (;;) {
    decision_.suspects.clear();
    hunted_ = failure_of(*failing, Stage::health);
    const auto line = top.line(history_);
    if (line.chain.empty() && !line.commits) break;  // bad is good: both seen
    const auto found = boundary(line, top.end(line));
    if (!found) break;
    const auto step = Culprit::of(line, found->vertex);
    decision_.suspects = step.refs();
    const auto culprit =
        minimal(line, found->vertex, top.without(step, history_).place());
    if (!culprit) break;

    decision_.suspects = culprit->refs();
    top = top.without(*culprit, history_);
    const auto* passes = ask(top.place(), Purpose::without);
    if (!passes) return false;
    Finding finding;
    finding.culprit = culprit->refs();
    finding.failure = failure_of(*known(culprit->place()), hunted_.stage);
    finding.fails = culprit->place().point();
    finding.passes = top.place().point();
    if (finding.failure.signature != hunted_.signature) {
      finding.changed_at = found->changed_at;
    }
    answer.findings.push_back(std::move(finding));
    culprits_.push_back(*culprit);
    if (passes->verdict == Verdict::good) break;
    const auto left = failure_of(*passes, hunted_.stage);
    // Broken earlier than the failure hunted: it cannot have hidden behind it,
    // taking the culprit out made it. Nothing can be said of what lies behind.
    const bool judged =
        passes->verdict == Verdict::bad && left.stage >= hunted_.stage;
    if (!judged || options_.first_only) {
      answer.hidden = left;
      break;
    }
    failing = passes;
  }
  if (decision_.narrowing || !decision_.wanted.empty()) return false;
  if (unresolved_) return true;
  if (!drop_redundant()) return false;
  if (!options_.first_only) {
    hunted_ = *answer.hunted;
    if (!repaired(first_line)) return false;
    drop_contradicted();
  }
  answer.outcome = Answer::Outcome::culprit;
  return true;
}

}  // namespace hunt

Decision decide(const SearchInput& input, const SearchOptions& options,
                const Facts& facts) {
  return hunt::Hunt(input, options, facts).decide();
}

}  // namespace rung
