#include "core/report/posting.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/report/report_words.hpp"
#include "core/text/counted.hpp"
#include "core/text/hex.hpp"
#include "core/text/printable.hpp"
#include "core/text/redact.hpp"
#include "core/text/sha256.hpp"

namespace rung {
namespace {

using Level = PostedItem::Level;

void append(std::vector<ReportFact>& facts, std::vector<ReportFact> more) {
  std::move(more.begin(), more.end(), std::back_inserter(facts));
}

void name(PostedItem& item, const ReportDelta& delta) {
  item.names.push_back(delta.name);
  if (delta.kind != DeltaKind::commit) return;
  item.commits.push_back({CommitId{delta.name}, delta.author, delta.date,
                          delta.subject, delta.merge});
  for (const std::string& file : delta.files) item.places.push_back({file, 0});
}

std::string identity_of(const PostedItem& item) {
  return fmt::format("{}", fmt::join(item.names, "\n"));
}

PostedItem item_of(const Report& report, const ReportFinding& finding) {
  const Wording wording;
  PostedItem item;
  if (report.can_go) {
    item.level = Level::note;
    item.kind = "needed";
    item.title = "Needed: " + needed_names(wording, finding);
    for (const ReportDelta& delta : finding.culprit) name(item, delta);
    append(item.facts, failure_facts(wording, "without it", finding.failure));
    item.identity = identity_of(item);
    return item;
  }
  item.level = report.find_fix ? Level::note : Level::error;
  item.kind = report.find_fix ? "repair" : "culprit";
  // The headline of a report with this finding alone.
  Report alone;
  alone.outcome = Report::Outcome::culprit;
  alone.find_fix = report.find_fix;
  alone.findings = {finding};
  item.title = headline(wording, alone);
  for (const ReportUse& use : finding.uses) {
    item.places.push_back({use.file, use.line});
  }
  for (const ReportDelta& delta : finding.culprit) name(item, delta);
  append(item.facts, member_facts(wording, finding));
  append(item.facts, finding_facts(wording, report, finding));
  item.identity = identity_of(item);
  return item;
}

/// What is told if no change was found to be guilty.
PostedItem unexplained(const Report& report) {
  using Outcome = Report::Outcome;
  const Wording wording;
  PostedItem item;
  const bool unsure = report.outcome == Outcome::not_reproducible ||
                      report.outcome == Outcome::no_verdict || report.find_fix;
  item.level = unsure ? Level::warning : Level::error;
  item.kind = to_string(report.outcome);
  item.title = headline(wording, report);
  for (const ReportDelta& suspect : report.suspects) name(item, suspect);
  item.places.clear();  // of everybody: no help to anybody
  if (report.outcome == Outcome::suspects ||
      report.outcome == Outcome::budget) {
    append(item.facts, suspect_facts(wording, report));
  }
  if (report.failure) {
    append(item.facts, failure_facts(wording, "fails at", *report.failure));
  }
  item.identity =
      item.kind + "\n" + (report.failure ? report.failure->signature : "");
  return item;
}

/// Whether it may be that one change is guilty and each verdict right.
bool one_guilty(const Report& report) {
  using Outcome = Report::Outcome;
  const bool several = report.findings.size() > 1 || report.hidden ||
                       !report.repaired.empty() ||
                       (report.findings.size() == 1 &&
                        report.findings.front().culprit.size() > 1);
  return !several && !report.gate_rates &&
         report.outcome != Outcome::not_reproducible &&
         report.outcome != Outcome::drift;
}

void add_trials(Posting& out, const Report& report) {
  out.phases = report.phases;
  out.trials = report.trials;
  const bool one = one_guilty(report);
  for (ReportProbe& trial : out.trials) {
    trial.label = in_terms(std::move(trial.label), report.terms);
    if (trial.place && !one) trial.place->first = trial.place->end = 0;
  }
  out.terms = report.terms;
  out.find_fix = report.find_fix;
  out.changes = report.changes;
  out.commits = report.between.commits;
  out.low = report.terms.good;
  out.high = report.terms.bad;
  if (report.find_fix) std::swap(out.low, out.high);
}

void add_origin(Posting& out, const Report& report) {
  out.about = report.plan + '\n' + report.target;
  out.origin.run = report.run;
  out.origin.plan = report.plan;
  out.origin.repository = report.repository;
  out.origin.target = report.target;
  out.command_line = without_secrets(report.command_line);
}

}  // namespace

std::string_view to_string(PostedItem::Level level) {
  constexpr std::string_view kWords[] = {"error", "warning", "note"};
  return kWords[static_cast<std::size_t>(level)];
}

std::string details_of(const PostedItem& item, std::size_t longest_line,
                       std::size_t most_lines) {
  std::string out;
  std::size_t lines = 0;
  const auto part = [&](const std::string& text) {
    return elided(printable(text), longest_line);
  };
  const auto add = [&](const std::string& line) {
    if (++lines <= most_lines) out += (out.empty() ? "" : "\n") + line;
  };
  for (const ReportFact& fact : item.facts) {
    add((fact.label.empty() ? "  " : part(fact.label) + ": ") +
        part(fact.text));
  }
  for (const PostedTest& test : item.tests) {
    add(part(test.id) +
        (test.message.empty() ? "" : ": " + part(test.message)));
  }
  if (lines > most_lines) {
    out += fmt::format("\nand {} lines more", lines - most_lines);
  }
  return out;
}

std::string culprit_of(const Posting& posting) {
  std::vector<std::string> names;
  for (const PostedItem& item : posting.items) {
    if (item.kind != "culprit" && item.kind != "repair" &&
        item.kind != "still-broken") {
      continue;
    }
    for (const std::string& one : item.names) {
      if (std::find(names.begin(), names.end(), one) == names.end()) {
        names.push_back(one);
      }
    }
  }
  return fmt::format("{}", fmt::join(names, " "));
}

std::string signature_of(const Posting& posting, const PostedItem& item) {
  return hex(sha256(posting.about + '\0' + item.identity)).substr(0, 16);
}

Posting posting_of(const Report& report) {
  const Wording wording;
  Posting out;
  out.command = report.command;
  out.outcome = to_string(report.outcome);
  out.title = headline(wording, report);
  add_origin(out, report);
  if (!report.restored) {
    PostedItem item;
    item.kind = "not-restored";
    item.title = not_restored(report);
    item.identity = item.kind;
    out.title = item.title + "; " + out.title;
    out.items.push_back(std::move(item));
  }
  for (const ReportFinding& finding : report.findings) {
    out.items.push_back(item_of(report, finding));
  }
  const bool healthy = report.outcome == Report::Outcome::healthy;
  if (report.findings.empty() && !healthy) {
    out.items.push_back(unexplained(report));
  }
  append(out.facts, broken_phase_facts(wording, report));
  append(out.facts, phase_facts(wording, report));
  append(out.facts, circumstances(wording, report));
  append(out.facts, remarks(wording, report));
  add_trials(out, report);
  out.serves = serves(wording, report);
  out.next = wording.clean(report.next, Wording::kLongestNote);
  out.seconds = report.seconds;
  out.exit = report.exit;
  return out;
}

Posting posting_without_answer(const Report& report, const std::string& outcome,
                               const std::string& title) {
  Posting out;
  out.command = report.command;
  out.outcome = outcome;
  out.title = title;
  add_origin(out, report);
  add_trials(out, report);
  return out;
}

Posting posting_of_error(const std::string& command, const std::string& error,
                         int exit) {
  Posting out;
  out.command = command;
  out.outcome = exit == 130 ? "interrupted" : "error";
  out.title = error;
  out.next = exit == 130 ? "give the same command again"
                         : "repair that, and give the same command again";
  out.exit = exit;
  PostedItem item;
  item.kind = "error";
  item.title = error;
  item.identity = item.kind + "\n" + error;
  out.items.push_back(std::move(item));
  return out;
}

Posting posting_of_interrupted(Posting unfinished, const std::string& error,
                               int exit) {
  Posting out = std::move(unfinished);
  Posting told = posting_of_error(out.command, error, exit);
  out.outcome = told.outcome;
  out.title =
      fmt::format("Interrupted after {}", counted(out.trials.size(), "trial"));
  told.items.front().title = out.title;
  out.items = std::move(told.items);
  out.next = "give the same command again: it goes on with this run";
  out.exit = exit;
  return out;
}

}  // namespace rung
