#include "cmd/hunting/question_between.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "adapters/checkout/left_out.hpp"
#include "adapters/git/history.hpp"
#include "core/base/error.hpp"
#include "core/hunting/suspicion.hpp"
#include "core/text/short_id.hpp"
#include "plans/requirements/npm_lock.hpp"

namespace rung {
namespace {

void add_commits(Question& question, const Subject& subject,
                 const std::shared_ptr<GitHistory>& history, bool first_parent,
                 std::vector<std::string>& notes) {
  const char* low = question.find_fix ? "bad" : "good";
  const char* high = question.find_fix ? "good" : "bad";
  // Before anything is deployed. The good one is checked out first of all and
  // refused then.
  if (const auto refusal = history->refusal(
          question.bad.commit, subject.path)) {
    throw AbortError(fmt::format("commit {} cannot be deployed: {}",
                                 short_id(question.bad.commit.hex), *refusal));
  }
  for (const std::string& input : subject.inputs) {
    if (!history->matches(question.good.commit, subject.path, input) &&
        !history->matches(question.bad.commit, subject.path, input)) {
      throw AbortError(fmt::format(
          "input {} matches no file of either end, so no commit could be "
          "guilty of it; inputs are relative to {}",
          input, subject.path.empty() ? "the repository's root"
                                      : "the folder " + subject.path));
    }
  }
  const BetweenOptions options{.first_parent = first_parent};
  question.commits =
      history->between(question.good.commit, question.bad.commit, options);
  if (!history->is_ancestor(question.good.commit, question.bad.commit)) {
    const auto base =
        history->merge_base(question.good.commit, question.bad.commit);
    if (!base) {
      throw HistoryError(fmt::format(
          "{} and {} share no history; there is nothing to search between them",
          short_id(question.good.commit.hex),
          short_id(question.bad.commit.hex)));
    }
    if (*base == question.bad.commit) {
      throw UsageError(fmt::format(
          "the {} commit {} is an ancestor of the {} one {}; did you swap "
          "them? "
          "({})",
          high, short_id(question.bad.commit.hex), low,
          short_id(question.good.commit.hex),
          question.find_fix ? "without --find-fix rung looks for what broke it"
                            : "looking for what repaired it: --find-fix"));
    }
    notes.push_back(fmt::format(
        "the {} commit {} is not in the history of the {} one; the search "
        "starts from their merge base {}",
        low, short_id(question.good.commit.hex), high, short_id(base->hex)));
    question.good.commit = *base;
    question.commits = history->between(*base, question.bad.commit, options);
  }
  if (!subject.path.empty() || !subject.inputs.empty()) {
    question.commits = without(
        question.commits, history->unchanged(question.commits, subject.path,
                                             subject.inputs, options));
  }
  // A predicate may look at more than the files (git rev-parse HEAD): for it
  // every commit is another release.
  if (subject.predicate.empty()) {
    question.content = [history, path = subject.path, inputs = subject.inputs,
                        as_far = question.content](const Release& release) {
      Release content = as_far(release);
      content.commit.hex =
          inputs.empty()
              ? history->tree_id(release.commit, path).value_or(
                    release.commit.hex)
              : history->inputs_id(release.commit, path, inputs);
      return content;
    };
  }
}

FilesOfHistory files_of(const Question& question,
                        const std::shared_ptr<GitHistory>& history,
                        const std::string& path) {
  if (!history) return {};
  FilesOfHistory files;
  files.deployed = [history, bad = question.bad.commit, path] {
    return history->list_files(bad, path);
  };
  files.unchanged = [history,
                     commits = question.commits](const std::string& file) {
    return history->unchanged(commits, file);
  };
  return files;
}

}  // namespace

Question question_between(const Subject& subject, Release good, Release bad,
                          const BetweenReleases& options,
                          std::vector<std::string>& notes) {
  Question question;
  question.gate_id = gate_id(subject);
  question.find_fix = options.find_fix;
  if (options.find_fix) std::swap(good, bad);
  question.good = std::move(good);
  question.bad = std::move(bad);
  share_locked(question.good, question.bad);
  question.deltas = diff(question.good, question.bad);
  if (question.deltas.empty()) {
    throw UsageError(
        "the good and the bad release are the same; there is nothing between "
        "them to search");
  }
  std::shared_ptr<GitHistory> history;
  if (std::holds_alternative<CommitDelta>(question.deltas.back())) {
    question.deltas.pop_back();
    history = std::make_shared<GitHistory>(subject.repo);
    // A verdict without a file is none about the release with it.
    const auto left_outs =
        std::make_shared<LeftOuts>(*history, subject.path);
    question.content = [history, left_outs](const Release& release) {
      Release content = release;
      const std::string lacks = digest_of(left_outs->of(release.commit));
      if (!lacks.empty()) content.config["left out"] = lacks;
      return content;
    };
    add_commits(question, subject, history, options.first_parent, notes);
  }
  question.named =
      names_in_failures(question, files_of(question, history, subject.path));
  return question;
}

void leave_out(Question& question, const Subject& subject,
               const std::vector<bool>& commits) {
  question.commits = without(question.commits, commits);
  question.named = names_in_failures(
      question, files_of(question, std::make_shared<GitHistory>(subject.repo),
                         subject.path));
}

}  // namespace rung
