#include "cmd/hunting/question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "adapters/checkout/left_out.hpp"
#include "adapters/git/history.hpp"
#include "cmd/hunting/suspicion.hpp"
#include "core/base/error.hpp"
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
                                 question.bad.commit.hex.substr(0, 10),
                                 *refusal));
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
          question.good.commit.hex.substr(0, 10),
          question.bad.commit.hex.substr(0, 10)));
    }
    if (*base == question.bad.commit) {
      throw UsageError(fmt::format(
          "the {} commit {} is an ancestor of the {} one {}; did you swap them? "
          "({})",
          high, question.bad.commit.hex.substr(0, 10), low,
          question.good.commit.hex.substr(0, 10),
          question.find_fix
              ? "without --find-fix rung looks for what broke it"
              : "looking for what repaired it: --find-fix"));
    }
    notes.push_back(fmt::format(
        "the {} commit {} is not in the history of the {} one; the search "
        "starts from their merge base {}",
        low, question.good.commit.hex.substr(0, 10), high,
        base->hex.substr(0, 10)));
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
  const char* low = question.find_fix ? "bad" : "good";
  const char* high = question.find_fix ? "good" : "bad";
  if (good_commit && point.on.empty()) return fmt::format("the {} release", low);
  if (bad_commit && point.on.size() == all) {
    return fmt::format("the {} release", high);
  }
  std::string text;
  if (tip != 0) {
    text = good_commit  ? fmt::format("{} commit", low)
           : bad_commit ? fmt::format("{} commit", high)
                        : "commit " + question.commits.hex(point.commit)
                                          .substr(0, 10);
  }
  if (all == 0) return text;
  if (!text.empty()) text += ", ";
  if (point.on.empty()) return text + "rest as " + low;
  if (point.on.size() == all) return text + "rest as " + high;
  if (point.on.size() > 1 && point.on.size() + 1 == all) {
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
  question.named = names_in_failures(question, history, subject.path);
  return question;
}

}  // namespace rung
