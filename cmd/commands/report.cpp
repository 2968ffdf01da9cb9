#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/report_file.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/report/as_html.hpp"
#include "core/report/report_from_json.hpp"
#include "core/text/printable.hpp"
#include "core/text/rfc3339.hpp"
#include "core/text/url_user.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// The folder and the words of a run; empty = they are not on record.
std::vector<std::string> words_of(const RunRecord& run) {
  const auto json = nlohmann::json::parse(run.arguments, nullptr, false);
  std::vector<std::string> words;
  if (!json.is_array()) return words;
  for (const auto& word : json) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

bool names(const RunRecord& run, const fs::path& plan) {
  const auto words = words_of(run);
  return std::any_of(words.begin(), words.end(), [&](const auto& word) {
    std::error_code error;
    return fs::equivalent(fs::path(words.front()) / word, plan, error);
  });
}

/// Whether `part` is a search within `whole`, a climb or a repair.
bool is_part_of(const RunRecord& part, const RunRecord& whole) {
  const auto words = words_of(part);
  return part.arguments == whole.arguments && words.size() > 2 &&
         part.command != words[2] && whole.command == words[2] &&
         whole.started_ms <= part.started_ms &&
         (whole.ended_ms == 0 || whole.ended_ms >= part.started_ms);
}

/// The newest run that `text` names, a plan or the beginning of an id; "" = of
/// all runs.
RunRecord wanted_run(const Journal& journal, const JournalPlace& place,
                     const std::string& id) {
  const std::vector<RunRecord> runs = journal.runs();
  for (const RunRecord& run : runs) {
    if (!run.run.starts_with(id)) continue;
    if (place.is_plan() && !names(run, place.text)) continue;
    // Refused or replaced before it learned anything.
    if (run.report.empty() && journal.probes(run.run).empty() &&
        run.ended_ms != 0) {
      continue;
    }
    if (!id.empty()) return run;
    for (const RunRecord& whole : runs) {
      if (is_part_of(run, whole)) return whole;
    }
    return run;
  }
  throw UsageError(
      id.empty()
          ? "report: no run is on record there yet; rung climb or rung bisect "
            "makes one"
          : fmt::format("report: there is no plan, folder or run {}; rung log "
                        "lists the runs",
                        printable(id)));
}

Posting posting_from(const Journal& journal, const RunRecord& run) {
  auto report =
      run.ended_ms == 0
          ? std::nullopt
          : report_from_json(
                run.report,
                journal.get(JournalFact::trials(run.run)).value_or(""));
  const bool ended = report.has_value();
  if (!ended) {
    report.emplace();
    report->command = run.command;
    report->command_line = words_of(run);
    if (!report->command_line.empty()) {
      report->command_line.erase(report->command_line.begin());  // the folder
    }
  }
  if (report->trials.empty()) {  // an earlier rung kept them here only
    for (const ProbeRecord& probe : journal.probes(run.run)) {
      report->trials.push_back(described(probe));
    }
  }
  for (std::string& word : report->command_line) word = without_password(word);
  Posting posting =
      ended ? posting_of(*report) : posting_of_unfinished(*report);
  posting.logs = logs_in(report->logs);
  posting.facts.push_back({"run", run.run});
  posting.facts.push_back({"begun", rfc3339(run.started_ms)});
  return posting;
}

int report(const std::string& about, const std::string& html) {
  if (html.empty()) throw UsageError("report: --html: name a file");
  const fs::path file = file_named(html);
  refuse_foreign(file, "html");
  check_writable(file);
  std::error_code error;
  const bool run = !about.empty() && !fs::exists(about, error);
  const JournalPlace place{run ? "" : about};
  const auto journal = open_journal(place.folder());
  const Posting posting =
      posting_from(*journal, wanted_run(*journal, place, run ? about : ""));
  write_report(file, as_html(posting));
  fmt::print(is_special(file) ? stderr : stdout, "{}: {}\n",
             printable(file == kStdout ? "stdout" : html),
             printable(posting.title));
  return kHealthy;
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "report", "write a page that shows what a run found, and how");
  auto about = std::make_shared<std::string>();
  auto html = std::make_shared<std::string>();
  command->add_option("about", *about,
                      "a run, by the beginning of its id; or a plan or a "
                      "folder: its last run (default: this folder's)");
  command
      ->add_option("--html", *html,
                   "the file to write (- = stdout): one page that needs no "
                   "network")
      ->required();
  command->callback(
      [=, &context] { context.run = [=] { return report(*about, *html); }; });
}

}  // namespace rung
