#include "cmd/running/branch_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <optional>
#include <set>

#include "adapters/git/branches.hpp"
#include "cmd/hunting/question_between.hpp"
#include "core/base/error.hpp"
#include "core/text/counted.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

/// The branches of a question that began before its good release. Few searches
/// end at one, so the history is walked for it only when asked.
class Branches {
 public:
  Branches(const Subject& subject, const Question& question)
      : history_(subject.repo), question_(question) {}

  /// Whether a commit begins such a branch in the question.
  [[nodiscard]] bool begins(std::uint32_t commit) {
    if (!question_.commits.parents_of(commit).empty()) return false;
    const auto parents = history_.parents({question_.commits.hex(commit)});
    return std::find(parents.begin(), parents.end(), question_.good.commit) ==
               parents.end() &&
           is_beside(commit);
  }
  /// The commit before it; nullopt = it is the first of its history.
  [[nodiscard]] std::optional<CommitId> before(std::uint32_t commit) const {
    const auto parents = history_.parents({question_.commits.hex(commit)});
    return parents.empty() ? std::nullopt : std::optional(parents.front());
  }
  [[nodiscard]] bool has(const CommitId& commit) const {
    return history_.has(commit);
  }
  /// The commits of the branch that begins there, as flags.
  [[nodiscard]] std::vector<bool> branch(std::uint32_t first) {
    std::vector<bool> flags(question_.commits.size(), false);
    flags[first] = true;
    for (auto i = first + 1; i < flags.size(); ++i) {
      const auto parents = question_.commits.parents_of(i);
      flags[i] = is_beside(i) &&
                 std::any_of(parents.begin(), parents.end(),
                             [&](const std::uint32_t p) { return flags[p]; });
    }
    return flags;
  }

 private:
  [[nodiscard]] bool is_beside(std::size_t commit) {
    if (!beside_) {
      beside_.emplace();
      // All parents, also where the search follows first ones: good comes in
      // by any of them.
      const CommitGraph all =
          history_.between(question_.good.commit, question_.bad.commit);
      const auto flags = beside(history_, all, question_.good.commit);
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (flags[i]) beside_->insert(all.oids[i]);
      }
    }
    return beside_->contains(question_.commits.oids[commit]);
  }

  GitHistory history_;
  const Question& question_;
  std::optional<std::set<CommitGraph::Oid>> beside_;
};

/// The commit that a finding accuses and its last point has not; nullopt =
/// none.
std::optional<std::uint32_t> accused(const Finding& finding) {
  for (const DeltaRef& delta : finding.culprit) {
    if (delta.is_commit) return delta.index;
  }
  return std::nullopt;
}

/// Judges what should pass until it does, or failed often enough to be
/// believed.
class Start {
 public:
  Start(Workshop& workshop, const Question& question, const std::string& run,
        const HuntObserver& observer)
      : trier_(workshop, question, run, observer), observer_(observer) {}

  enum class Is { as_the_first_end, as_the_last_end, unknown };
  /// `left`: how many trials the budget allows.
  Is judge(const Claim& claim, unsigned enough, unsigned left) {
    auto record = trier_.known(claim, true);
    for (unsigned otherwise = 0; otherwise < enough; ++otherwise) {
      const bool known = record.has_value();
      if (!known && made_ == left) {
        out_of_budget_ = true;
        return Is::unknown;
      }
      observer_.started(claim.label, claim.purpose, 0);
      if (!known) {
        try {
          record = trier_.probed(claim);
        } catch (const HistoryError&) {
          return Is::unknown;  // a partial clone has not all of it
        }
        ++made_;
      }
      const Observation seen = record->observation;
      record.reset();
      observer_.verdict(claim.label, claim.purpose, seen, known);
      if (!judged(seen)) return Is::unknown;
      if (seen.verdict == claim.verdict) return Is::as_the_first_end;
    }
    return Is::as_the_last_end;
  }
  [[nodiscard]] unsigned made() const { return made_; }
  [[nodiscard]] bool out_of_budget() const { return out_of_budget_; }

 private:
  Trier trier_;
  const HuntObserver& observer_;
  unsigned made_ = 0;
  bool out_of_budget_ = false;
};

unsigned left_of(const HuntLimits& limits, const HuntResult& result) {
  if (limits.probes == 0) return UINT_MAX;
  return limits.probes - std::min(limits.probes, result.counts.total());
}

/// Why a branch is out of the question. Without `before` it is the first
/// commit of a history of its own.
std::string told(const std::optional<CommitId>& before, const CommitId& first,
                 std::uint64_t commits, bool find_fix, const Terms& terms) {
  const std::string where =
      before
          ? fmt::format(
                "commit {} is older than the {} release and {} "
                "already",
                short_id(before->hex), find_fix ? terms.bad : terms.good,
                find_fix ? "healthy" : "broken")
          : fmt::format("commit {} has no commit before it and is {}",
                        short_id(first.hex), find_fix ? "healthy" : "broken");
  return fmt::format(
      "{}: {} of the branch that begins there {} judged as the merge that "
      "brings {}",
      where, counted(commits, "commit"), commits == 1 ? "is" : "are",
      commits == 1 ? "it" : "them");
}

}  // namespace

BranchStart judge_branch_start(Workshop& workshop, Question& question,
                               HuntResult& result, const HuntSettings& settings,
                               const Terms& terms, const std::string& run,
                               const HuntObserver& observer) {
  BranchStart start;
  Answer& answer = result.answer;
  const auto may_begin = [&](const DeltaRef& delta) {
    return delta.is_commit && question.commits.parents_of(delta.index).empty();
  };
  if (std::none_of(answer.findings.begin(), answer.findings.end(),
                   [&](const Finding& finding) {
                     return std::any_of(finding.culprit.begin(),
                                        finding.culprit.end(), may_begin);
                   }) &&
      std::none_of(
          answer.repaired.begin(), answer.repaired.end(),
          [&](const SideFinding& side) { return may_begin(side.broken_by); })) {
    return start;
  }
  Branches branches(workshop.subject(), question);
  std::erase_if(answer.repaired, [&](const SideFinding& side) {
    return side.broken_by.is_commit && branches.begins(side.broken_by.index);
  });
  const unsigned left = result.out_of_budget || result.platform_down
                            ? 0
                            : left_of(settings.limits, result);
  Start first(workshop, question, run, observer);
  for (std::size_t i = 0; i < answer.findings.size(); ++i) {
    const auto commit = accused(answer.findings[i]);
    if (!commit || !branches.begins(*commit)) continue;
    const auto before = branches.before(*commit);
    auto is = Start::Is::as_the_last_end;
    if (before) {
      Claim claim{release_at(question, answer.findings[i].fails),
                  "commit " + short_id(before->hex), Purpose::without,
                  question.find_fix ? Verdict::bad : Verdict::good};
      claim.release.commit = *before;
      // A gate that lies must not take a branch out of the question.
      is = branches.has(*before)
               ? first.judge(claim, result.flaky ? 4 : 2, left)
               : Start::Is::unknown;
    }
    if (is == Start::Is::unknown) start.unproved.push_back(i);
    if (is != Start::Is::as_the_last_end) continue;
    const auto branch = branches.branch(*commit);
    if (branch.back()) continue;  // what brings it is the bad release itself
    const auto commits = static_cast<std::uint64_t>(
        std::count(branch.begin(), branch.end(), true));
    start.search_again = true;
    start.why = told(before, {question.commits.hex(*commit)}, commits,
                     question.find_fix, terms);
    leave_out(question, workshop.subject(), branch);
    // The search to come finds these verdicts in the journal and counts them.
    return start;
  }
  result.counts.proof += first.made();
  result.out_of_budget = result.out_of_budget || first.out_of_budget();
  return start;
}

}  // namespace rung
