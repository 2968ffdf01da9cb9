#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/running/recorded.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/screen/report_file.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/report/as_html.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

bool names(const RunRecord& run, const fs::path& plan) {
  const auto words = words_of(run);
  if (words.empty()) return false;
  std::error_code error;
  // A folder that was moved has its plan still by that name.
  const bool moved = !fs::exists(words.front(), error);
  return std::any_of(words.begin() + 1, words.end(), [&](const auto& word) {
    return moved ? fs::path(word).filename() == plan.filename()
                 : fs::equivalent(fs::path(words.front()) / word, plan, error);
  });
}

/// Whether there is something to tell: it was not refused or replaced before
/// it learned anything.
bool tells(const Journal& journal, const RunRecord& run) {
  return run.ended_ms == 0 || !run.report.empty() ||
         !journal.probes(run.run).empty();
}

/// The newest run that has something to tell; a search within a climb is told
/// with the climb.
std::string newest_run(const Journal& journal, const JournalPlace& place) {
  const std::vector<RunRecord> runs = journal.runs();
  for (const RunRecord& run : runs) {
    if (place.is_plan() && !names(run, place.text)) continue;
    if (!tells(journal, run)) continue;
    for (const RunRecord& whole : runs) {
      if (is_part_of(journal, run, whole)) return whole.run;
    }
    return run.run;
  }
  if (place.is_plan()) {
    throw UsageError(
        fmt::format("report: no run of {} is on record; rung log lists the "
                    "runs",
                    printable(place.text)));
  }
  throw UsageError(
      "report: no run is on record there yet; rung climb or rung bisect makes "
      "one");
}

/// The run whose id begins so.
std::string run_with(const Journal& journal, const std::string& id) {
  std::vector<std::string> fits;
  for (const RunRecord& run : journal.runs()) {
    if (run.run == id) return id;
    if (run.run.starts_with(id)) fits.push_back(run.run);
  }
  if (fits.size() == 1) return fits.front();
  if (fits.empty()) {
    throw UsageError(
        fmt::format("report: there is no plan, folder or run {}; rung log "
                    "lists the runs",
                    printable(id)));
  }
  constexpr std::size_t kShown = 10;
  const std::size_t more = fits.size() - std::min(fits.size(), kShown);
  fits.resize(fits.size() - more);
  throw UsageError(
      fmt::format("report: {} fits several runs: {}{}", printable(id),
                  fmt::join(fits, ", "),
                  more > 0 ? fmt::format(" and {} more", more) : ""));
}

struct Asked {
  std::string about, run, html;
};

int report(Asked asked) {
  if (asked.html.empty()) throw UsageError("report: --html: name a file");
  const fs::path file = file_named(asked.html);
  refuse_foreign(file, "html");
  check_writable(file);
  std::error_code error;
  if (asked.run.empty() && !asked.about.empty() &&
      !fs::exists(asked.about, error)) {
    asked.run.swap(asked.about);
  }
  const JournalPlace place{asked.about};
  const auto journal = open_journal(place.folder());
  const std::string run = asked.run.empty() ? newest_run(*journal, place)
                                            : run_with(*journal, asked.run);
  const Posting posting =
      recorded(*journal, run, {asked.about, is_at_work(place.folder())});
  write_report(file, as_html(posting));
  fmt::print(is_special(file) ? stderr : stdout, "{}: {}\n",
             printable(file == kStdout ? "stdout" : asked.html),
             printable(posting.title));
  return kHealthy;
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "report", "write a page that shows what a run found, and how");
  auto asked = std::make_shared<Asked>();
  command->add_option("about", asked->about,
                      "a run, by the beginning of its id; or a plan or a "
                      "folder: its last run (default: this folder's)");
  command->add_option("--run", asked->run,
                      "another run of that plan or folder, by the beginning of "
                      "its id");
  command
      ->add_option("--html", asked->html,
                   "the file to write (- = stdout): one page that needs no "
                   "network")
      ->required();
  command->callback(
      [=, &context] { context.run = [=] { return report(*asked); }; });
}

}  // namespace rung
