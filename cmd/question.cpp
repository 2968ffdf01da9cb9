#include "cmd/question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "adapters/git_history.hpp"
#include "core/error.hpp"

namespace rung {
namespace {

// Before anything is deployed: no probe of what cannot be checked out.
void require_deployable(const GitHistory& history, const CommitId& commit,
                        const std::string& path) {
  if (const auto refusal = history.refusal(commit, path)) {
    throw AbortError(fmt::format("commit {} cannot be deployed: {}",
                                 commit.hex.substr(0, 10), *refusal));
  }
}

void add_commits(Question& question, const Subject& subject, bool first_parent,
                 std::vector<std::string>& notes) {
  const auto history = std::make_shared<GitHistory>(subject.repo);
  require_deployable(*history, question.good.commit, subject.path);
  require_deployable(*history, question.bad.commit, subject.path);
  const BetweenOptions options{.first_parent = first_parent};
  question.commits =
      history->between(question.good.commit, question.bad.commit, options);
  if (!history->is_ancestor(question.good.commit, question.bad.commit)) {
    const auto base =
        history->merge_base(question.good.commit, question.bad.commit);
    if (!base) {
      throw HistoryError(fmt::format(
          "{} and {} share no history; there is nothing to search between them",
          question.good.commit.hex.substr(0, 10),
          question.bad.commit.hex.substr(0, 10)));
    }
    if (*base == question.bad.commit) {
      throw UsageError(fmt::format(
          "the bad commit {} is an ancestor of the good one {}; did you swap "
          "them? (looking for the commit that repaired it: --find-fix is not "
          "there yet)",
          question.bad.commit.hex.substr(0, 10),
          question.good.commit.hex.substr(0, 10)));
    }
    notes.push_back(fmt::format(
        "the good commit {} is not in the history of the bad one; the search "
        "starts from their merge base {}",
        question.good.commit.hex.substr(0, 10), base->hex.substr(0, 10)));
    question.good.commit = *base;
    question.commits = history->between(*base, question.bad.commit, options);
  }
  if (!subject.path.empty()) {
    question.commits =
        without(question.commits,
                history->unchanged(question.commits, subject.path, options));
  }
  // A predicate may look at more than the files (git rev-parse HEAD): for it
  // every commit is another release.
  if (subject.predicate.empty()) {
    question.content = [history, path = subject.path](const Release& release) {
      Release content = release;
      content.commit.hex =
          history->tree_id(release.commit, path).value_or(release.commit.hex);
      return content;
    };
  }
}

}  // namespace

Question question_between(const Subject& subject, Release good, Release bad,
                          bool first_parent, std::vector<std::string>& notes) {
  Question question;
  question.gate_id = gate_id(subject);
  question.good = std::move(good);
  question.bad = std::move(bad);
  question.deltas = diff(question.good, question.bad);
  if (question.deltas.empty()) {
    throw UsageError(
        "the good and the bad release are the same; there is nothing between "
        "them to search");
  }
  if (std::holds_alternative<CommitDelta>(question.deltas.back())) {
    question.deltas.pop_back();
    add_commits(question, subject, first_parent, notes);
  }
  return question;
}

}  // namespace rung
