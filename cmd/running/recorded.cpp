#include "cmd/running/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/running/resume.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/version.hpp"
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "core/report/report_from_json.hpp"
#include "core/report/search_trail.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr const char* kGoesOn =
    "give the same command again: it goes on with this run";

/// What no report says of it.
Posting without_answer(const Journal& journal, const RunRecord& run,
                       const Report& known, const JournalNow& now) {
  const std::string trials = counted(known.trials.size(), "trial");
  // A search goes on by the words of the climb around it.
  const auto newest =
      run.ended_ms == 0 ? newest_unfinished(journal) : std::nullopt;
  const bool is_newest = newest && newest->arguments == run.arguments;
  Posting out;
  if (run.ended_ms == 0 && is_newest && now.at_work) {
    out = posting_without_answer(known, "going-on",
                                 fmt::format("Going on: {} so far", trials));
    out.next = "make this page again when it has ended";
  } else if (run.ended_ms == 0) {
    out = posting_without_answer(
        known, "unfinished", fmt::format("Not finished: {} so far", trials));
    const bool whole = run.arguments.find(kRedacted) == std::string::npos;
    out.next = is_newest && whole
                   ? fmt::format(
                         "rung resume{} continues it",
                         now.place.empty() ? "" : " " + shell_quoted(now.place))
                   : kGoesOn;
  } else if (run.outcome == "replaced") {
    out = posting_without_answer(
        known, run.outcome,
        fmt::format("Replaced after {}: the same command began anew", trials));
    out.next = "run the command again; rung log lists the runs";
  } else if (run.outcome == "refused") {
    out = posting_without_answer(known, run.outcome,
                                 "Refused before the first trial");
    out.next = "run the command again: it says why";
  } else {
    out = posting_without_answer(
        known, run.outcome,
        fmt::format("Ended ({}), with an answer on record that this rung "
                    "cannot read",
                    run.outcome));
    out.next = "run the command again, or use the rung that made the run";
  }
  return out;
}

}  // namespace

Posting recorded(const Journal& journal, const std::string& id,
                 const JournalNow& now) {
  const std::vector<RunRecord> runs = journal.runs();
  const auto found = std::find_if(runs.begin(), runs.end(),
                                  [&](auto& one) { return one.run == id; });
  if (found == runs.end()) throw JournalError("there is no run " + id);
  const RunRecord& run = *found;
  auto report = run.ended_ms == 0 ? std::nullopt : report_from_json(run.report);
  const bool answered = report.has_value();
  const auto words = words_of(run);
  if (!answered) {
    report.emplace();
    report->command = run.command;
    report->run = run.run;
    if (!words.empty()) {
      report->command_line.assign(words.begin() + 1, words.end());
    }
  }
  const auto kept = journal.get(JournalFact::trials(run.run));
  const bool damaged = kept && !read_trials(*kept, *report);
  report->trials =
      with_records(std::move(report->trials), journal.probes(run.run));
  for (const RunRecord& part : runs) {
    if (part.run == run.run || !is_part_of(journal, part, run)) continue;
    report->trials =
        with_records(std::move(report->trials), journal.probes(part.run));
  }
  Posting out = answered ? posting_of(*report)
                         : without_answer(journal, run, *report, now);
  if (damaged) {
    out.facts.push_back({"noted",
                         "what the search was among is on record, but cannot "
                         "be read"});
  }
  out.logs = logs_in(report->logs);
  if (!words.empty()) out.origin.folder = words.front();
  out.origin.version = kVersion;
  out.origin.at_ms = run.started_ms;
  return out;
}

}  // namespace rung
