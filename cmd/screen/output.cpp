#include "cmd/screen/output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

#include "adapters/git/history.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/uncommitted.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/terminal.hpp"
#include "core/report/foreign_text.hpp"
#include "core/report/report_json.hpp"
#include "core/report/report_text.hpp"
#include "core/text/counted.hpp"

namespace rung {
namespace {

std::size_t width_of(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
    return size.ws_col;
  }
  return 80;
}

}  // namespace

void complete(Report& report, const Question& question,
              const HuntResult& result, const Subject& subject) {
  std::shared_ptr<GitHistory> history;
  ReportContext context;
  context.commits = question.commits.size() == 0 ? nullptr : &question.commits;
  context.first = question.good.commit.hex;
  context.deltas = question.deltas;
  context.commit_info = [&](const std::string& hex) -> CommitInfo {
    if (!history) history = std::make_shared<GitHistory>(subject.repo);
    return history->info(CommitId{hex});
  };
  report.find_fix = question.find_fix;
  if (question.find_fix) report.failure = result.failure;
  fill(report, result.answer, context);
  report.estimate = result.estimate;
  if (result.out_of_budget && !result.answer.findings.empty()) {
    report.outcome = Report::Outcome::culprit;
  } else if (result.out_of_budget) {
    report.outcome = Report::Outcome::budget;
    report.left = result.left;
  }
  if (result.platform_down) report.outcome = Report::Outcome::no_verdict;
  report.probes = {result.counts.controls, result.counts.search,
                   result.counts.proof, result.counts.cached};
  std::set<std::string> seen(report.notes.begin(), report.notes.end());
  for (const std::string& note : result.notes) {
    if (seen.insert(note).second) report.notes.push_back(note);
  }
  report.exit = exit_code(report);
  report.next = next_step(report);
}

void note_uncommitted(Report& report, const Subject& subject) {
  const auto changed = uncommitted(subject);
  if (changed.empty()) return;
  report.notes.push_back(fmt::format(
      "{} ({}{}) in {}: not part of any release; commit what should be "
      "deployed",
      counted(changed.size(), "uncommitted file"), changed.front(),
      changed.size() > 1 ? ", ..." : "", subject.repo.string()));
}

int exit_code(const Report& report) {
  if (!report.restored) return kNotRestored;
  switch (report.outcome) {
    case Report::Outcome::healthy:
      return kHealthy;
    case Report::Outcome::culprit:
    case Report::Outcome::suspects:
      // What was repaired is healthy: its newest release is the good one.
      return report.find_fix ? kHealthy : kBroken;
    case Report::Outcome::broken:
      return kBroken;
    case Report::Outcome::budget:
      return kBudget;
    case Report::Outcome::not_reproducible:
      // What a climb was to bring up does not serve.
      return report.command == "climb" ? kNoVerdict : kHealthy;
    case Report::Outcome::drift:
    case Report::Outcome::no_verdict:
      return kNoVerdict;
  }
  return kNoVerdict;
}

int print(const Report& report, const Context& context) {
  const bool github = context.posts->on_github();
  if (context.json) {
    const std::string json = to_json(report);
    fmt::print("{}\n", github ? json_without_commands(json) : json);
  } else {
    TextStyle style;
    style.width = isatty(STDOUT_FILENO) == 1 ? width_of(STDOUT_FILENO) : 80;
    style.colour = takes_colour(STDOUT_FILENO, context.no_colour);
    style.utf8 = utf8_locale();
    const std::string text = to_text(report, style);
    fmt::print("{}", github ? without_commands(text) : text);
  }
  Posting posting = posting_of(report);
  posting.logs = logs_in(report.logs);
  context.posts->post(posting);
  return report.exit;
}

}  // namespace rung
