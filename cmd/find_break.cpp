#include "cmd/find_break.hpp"

#include <fmt/format.h>

#include <fstream>

#include "adapters/git_history.hpp"
#include "cmd/output.hpp"
#include "cmd/question.hpp"
#include "cmd/run_record.hpp"
#include "core/variable_use.hpp"

namespace rung {
namespace {

// Where the guilty variables are read, in the bad release's own sources.
void add_uses(Report& report, const Subject& subject, const Release& bad) {
  if (!subject.has_history) return;
  std::optional<GitHistory> history;
  for (ReportFinding& finding : report.findings) {
    for (const ReportDelta& delta : finding.culprit) {
      if (delta.kind != "env") continue;
      if (!history) history.emplace(subject.repo);
      for (const std::string& file :
           history->list_files(bad.commit, subject.path)) {
        const auto text = history->read_file(bad.commit, file);
        // Sources are small; what is larger is data.
        constexpr std::size_t kLargest = 1 << 20;
        if (!text || text->size() > kLargest) continue;
        for (const VariableUse& use : uses_of(delta.name, file, *text)) {
          finding.uses.push_back(
              {use.name, use.file, static_cast<std::uint32_t>(use.line)});
        }
      }
    }
  }
}

}  // namespace

std::string logs_of(const Workshop& workshop, const std::string& run) {
  const auto folder = workshop.folder("evidence") / run;
  return std::filesystem::exists(folder) ? folder.string() : "";
}

void keep_evidence(Workshop& workshop, const std::string& run,
                   const std::string& label, const ProbeEvidence& evidence) {
  if (evidence.log.empty() || evidence.observation.verdict == Verdict::good) {
    return;
  }
  const auto folder = workshop.folder("evidence") / run;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::size_t number = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(folder, error)) {
    ++number;
  }
  std::ofstream out(folder / fmt::format("{:03}.log", number + 1));
  out << "# " << label << "\n" << evidence.log;
}

Report find_break(Workshop& workshop, const Release& good, const Release& bad,
                  const FindBreakOptions& options, const Context& context,
                  Progress& progress) {
  Report report;
  report.command = "bisect";
  report.target = workshop.subject().target.name;
  const Question question =
      question_between(workshop.subject(), good, bad,
                       {.first_parent = options.hunt.search.first_parent,
                        .find_fix = options.find_fix},
                       report.notes);
  report.terms = options.terms;

  workshop.set_ends(
      question.commits.size() == 0
          ? std::nullopt
          : std::optional(Subject::Ends{question.good.commit,
                                        question.bad.commit}));
  const auto& probers = workshop.probers(options.workers);
  report.notes.insert(report.notes.end(), workshop.cleaned().begin(),
                      workshop.cleaned().end());

  // Who searches up to HEAD may take the work tree for what is deployed.
  if (options.note_uncommitted) {
    note_uncommitted(report, workshop.subject());
  }

  Journal& journal = workshop.journal();
  const Run run = Run::begin_or_go_on(
      journal, context, "bisect",
      {journal.id_of(question.good), journal.id_of(question.bad),
       question.gate_id, options.hunt.search.first_only ? "first" : "all",
       options.hunt.search.only_this_failure ? "only" : "any",
       options.hunt.search.first_parent ? "first-parent" : "whole",
       options.find_fix ? "fix" : "break",
       fmt::format("{}", fmt::join(workshop.subject().inputs, "\n"))},
      options.hunt.fresh, options.part_of);
  report.run = run.id();
  report.command_line = context.arguments;

  HuntObserver observer = progress.observer(question, options.terms);
  observer.evidence = [&](const std::string& label,
                          const ProbeEvidence& evidence) {
    keep_evidence(workshop, run.id(), label, evidence);
  };
  HuntSettings settings = options.hunt;
  for (const KnownGood& known : journal.known_goods("", "", "")) {
    settings.sound.insert(known.release_id);
  }
  const HuntResult result =
      hunt(question, settings, probers, options.workers, journal,
           run.id(), observer);
  complete(report, question, result, workshop.subject());
  add_uses(report, workshop.subject(), bad);
  report.logs = logs_of(workshop, run.id());
  report.seconds = run.seconds();
  return report;
}

}  // namespace rung
