#include "tests/fakes/search_oracle.hpp"

#include <algorithm>
#include <optional>

namespace rung::fakes {
namespace {

constexpr auto kGoodEnd = Point::kGoodCommit;
using Outcome = Answer::Outcome;

class Oracle {
 public:
  Oracle(const SearchInput& input, const SearchOptions& options,
         const Told& told, const Answer& answer)
      : options_(options),
        told_(told),
        answer_(answer),
        graph_(input.commits),
        commits_(graph_ ? static_cast<std::uint32_t>(graph_->size()) : 0),
        deltas_(input.deltas) {}

  std::string fault() const {
    const auto* low = seen({});
    const auto* high = seen(bad_without({}));
    switch (answer_.outcome) {
      case Outcome::drift:
        return is(low, Verdict::bad) ? "" : "drift, but good passes";
      case Outcome::not_reproducible:
        if (!is(high, Verdict::good)) return "bad fails: reproducible";
        return "";
      case Outcome::no_verdict:
        return cannot_judge(low) || cannot_judge(high) ? ""
                                                       : "both ends are judged";
      case Outcome::suspects:
      case Outcome::culprit:
        break;
    }
    if (!is(low, Verdict::good)) return "good was not seen to pass";
    if (!is(high, Verdict::bad)) return "bad was not seen to fail";
    if (!answer_.hunted) return "the hunted failure is not told";
    if (high->failure && *answer_.hunted != *high->failure) {
      return "another failure is hunted";
    }
    if (auto why = fault_of_names(); !why.empty()) return why;
    for (std::size_t i = 0; i < answer_.findings.size(); ++i) {
      if (auto why = fault_of(answer_.findings[i]); !why.empty()) return why;
    }
    for (const auto& side : answer_.repaired) {
      if (auto why = fault_of(side); !why.empty()) return why;
    }
    if (answer_.outcome == Outcome::suspects) {
      return answer_.suspects.empty() ? "no suspects" : "";
    }
    return fault_of_all();
  }

 private:
  [[nodiscard]] const Observation* seen(const Point& point) const {
    const auto it = told_.find(point);
    return it == told_.end() ? nullptr : &it->second;
  }
  static bool is(const Observation* seen, Verdict verdict) {
    return seen != nullptr && seen->verdict == verdict;
  }
  static bool cannot_judge(const Observation* seen) {
    return is(seen, Verdict::skip) || is(seen, Verdict::infra);
  }
  [[nodiscard]] std::vector<std::uint32_t> parents(std::uint32_t v) const {
    const auto all = graph_->parents_of(v);
    std::vector<std::uint32_t> some(all.begin(), all.end());
    if (options_.first_parent && some.size() > 1) some.erase(some.begin() + 1, some.end());
    return some;
  }
  [[nodiscard]] std::uint32_t below(std::uint32_t v) const {
    const auto all = parents(v);
    return all.empty() ? kGoodEnd : all.front();
  }
  /// Whether `top` is v or descends from it.
  [[nodiscard]] bool has(std::uint32_t top, std::uint32_t v) const {
    std::vector<std::uint32_t> open{top};
    std::set<std::uint32_t> met{top};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      if (at == v) return true;
      for (const auto parent : parents(at)) {
        if (parent >= v && met.insert(parent).second) open.push_back(parent);
      }
    }
    return false;
  }

  [[nodiscard]] Point bad_without(
      const std::vector<const Finding*>& findings) const {
    Point point;
    std::set<std::uint32_t> on;
    for (std::uint32_t i = 0; i < deltas_; ++i) on.insert(i);
    if (commits_ > 0) point.commit = commits_ - 1;
    for (const auto* finding : findings) {
      for (const auto& member : finding->culprit) {
        if (member.is_commit) {
          point.commit = below(member.index);
        } else {
          on.erase(member.index);
        }
      }
    }
    point.on.assign(on.begin(), on.end());
    return point;
  }

  [[nodiscard]] std::string fault_of_names() const {
    auto wrong = [&](const DeltaRef& ref) {
      return ref.index >= (ref.is_commit ? commits_ : deltas_);
    };
    auto fine = [&](const std::vector<DeltaRef>& refs) {
      return std::adjacent_find(refs.begin(), refs.end(),
                                std::greater_equal<>()) == refs.end() &&
             std::none_of(refs.begin(), refs.end(), wrong);
    };
    if (!fine(answer_.suspects)) return "suspects out of order or unknown";
    if (!answer_.probabilities.empty() &&
        answer_.probabilities.size() != answer_.suspects.size()) {
      return "probabilities without suspects";
    }
    for (const auto& finding : answer_.findings) {
      if (finding.culprit.empty()) return "an empty culprit";
      if (!fine(finding.culprit)) return "a culprit out of order or unknown";
    }
    return "";
  }

  /// Good with it fails, and without any one member passes.
  [[nodiscard]] std::string fault_of(const Finding& finding) const {
    Point alone;
    for (const auto& member : finding.culprit) {
      if (member.is_commit) {
        if (alone.commit != kGoodEnd) return "two commits in one culprit";
        alone.commit = member.index;
      } else {
        alone.on.push_back(member.index);
      }
    }
    if (alone != finding.fails) return "`fails` is not good plus the culprit";
    const auto* failing = seen(alone);
    if (!is(failing, Verdict::bad)) return "the culprit was not seen to fail";
    if (failing->failure && *failing->failure != finding.failure) {
      return "the culprit's failure is another";
    }
    for (const auto& member : finding.culprit) {
      auto rest = alone;
      if (member.is_commit) {
        rest.commit = below(member.index);
      } else {
        std::erase(rest.on, member.index);
      }
      if (!is(seen(rest), Verdict::good)) return "a member is not needed";
      if (!member.is_commit) continue;
      if (auto why = fault_of_merge(member.index); !why.empty()) return why;
    }
    if (seen(finding.passes) == nullptr) return "`passes` was not asked";
    if (finding.changed_at &&
        !failed_as_hunted_somewhere(*finding.changed_at)) {
      return "the failure did not change there";
    }
    return "";
  }

  /// A merge is named only if each parent passed, or cannot be tested and
  /// something built on it passed; on one line, whichever that was.
  [[nodiscard]] std::string fault_of_merge(std::uint32_t merge) const {
    const auto all = parents(merge);
    if (all.size() < 2) return "";
    std::set<std::vector<std::uint32_t>> lines;
    for (const auto& [point, unused] : told_) {
      if (point.commit == merge) lines.insert(point.on);
    }
    for (const auto& on : lines) {
      if (std::all_of(all.begin(), all.end(), [&](std::uint32_t parent) {
            const auto* here = seen({parent, on});
            if (is(here, Verdict::good)) return true;
            if (here == nullptr || !may_be_masked(*here)) return false;
            return std::any_of(told_.begin(), told_.end(), [&](auto& fact) {
              const auto& [point, observation] = fact;
              return point.on == on && point.commit != kGoodEnd &&
                     observation.verdict == Verdict::good &&
                     has(point.commit, parent);
            });
          })) {
        return "";
      }
    }
    return "a merge is accused for what a parent brought";
  }

  /// A verdict that says nothing of any failure that may have been hunted.
  [[nodiscard]] bool may_be_masked(const Observation& seen_there) const {
    if (cannot_judge(&seen_there)) return true;
    if (seen_there.verdict != Verdict::bad || !seen_there.failure) return false;
    return std::any_of(told_.begin(), told_.end(), [&](const auto& fact) {
      const auto& failure = fact.second.failure;
      if (fact.second.verdict != Verdict::bad || !failure) return false;
      return failure->stage > seen_there.failure->stage ||
             (options_.only_this_failure &&
              failure->signature != seen_there.failure->signature);
    });
  }

  /// Where this delta stands on the line, one of the failures hunted was seen:
  /// that of bad, or of what was left of it.
  [[nodiscard]] bool failed_as_hunted_somewhere(const DeltaRef& ref) const {
    std::set<std::string> hunted;
    auto hunt = [&](const Point& point) {
      const auto* top = seen(point);
      if (top && top->failure) hunted.insert(top->failure->signature);
    };
    hunt(bad_without({}));
    for (const auto& finding : answer_.findings) hunt(finding.passes);
    return std::any_of(told_.begin(), told_.end(), [&](const auto& fact) {
      const auto& [point, observation] = fact;
      if (observation.verdict != Verdict::bad || !observation.failure) {
        return false;
      }
      return hunted.contains(observation.failure->signature) &&
             (ref.is_commit ? point.commit == ref.index
                            : std::binary_search(point.on.begin(),
                                                 point.on.end(), ref.index));
    });
  }

  /// It was seen to fail with the one on and to pass with the other.
  [[nodiscard]] std::string fault_of(const SideFinding& side) const {
    auto on_the_line = [&](const DeltaRef& ref) {
      Point point;
      if (ref.is_commit) point.commit = ref.index;
      const auto on = ref.is_commit ? deltas_ : ref.index + 1;
      for (std::uint32_t i = 0; i < on; ++i) point.on.push_back(i);
      return seen(point);
    };
    const auto* broken = on_the_line(side.broken_by);
    if (!is(broken, Verdict::bad)) return "never seen broken";
    if (broken->failure && *broken->failure != side.failure) {
      return "what was repaired failed otherwise";
    }
    if (!is(on_the_line(side.repaired_by), Verdict::good)) {
      return "never seen repaired";
    }
    if (side.broken_by.is_commit && side.repaired_by.is_commit &&
        !has(side.repaired_by.index, side.broken_by.index)) {
      return "repaired by what does not have it";
    }
    return "";
  }

  /// Bad without all of them passes, and without all but one does not.
  [[nodiscard]] std::string fault_of_all() const {
    if (answer_.findings.empty()) return "a culprit without a name";
    std::vector<const Finding*> all;
    for (const auto& finding : answer_.findings) all.push_back(&finding);
    if (!answer_.hidden && !is(seen(bad_without(all)), Verdict::good)) {
      return "bad without the findings was not seen to pass";
    }
    for (std::size_t i = 0; all.size() > 1 && i < all.size(); ++i) {
      auto others = all;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      const auto* rest = seen(bad_without(others));
      if (rest == nullptr) return "a finding was not asked for by itself";
      if (is(rest, Verdict::good)) return "a finding is not needed";
    }
    return "";
  }

  const SearchOptions& options_;
  const Told& told_;
  const Answer& answer_;
  const CommitGraph* graph_;
  std::uint32_t commits_, deltas_;
};

}  // namespace

std::string fault(const SearchInput& input, const SearchOptions& options,
                  const Told& told, const Answer& answer) {
  return Oracle(input, options, told, answer).fault();
}

}  // namespace rung::fakes
