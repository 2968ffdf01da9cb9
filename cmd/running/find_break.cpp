#include "cmd/running/find_break.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "adapters/git/deepen.hpp"
#include "adapters/git/history.hpp"
#include "cmd/hunting/compare_with_healthy.hpp"
#include "cmd/hunting/question_between.hpp"
#include "cmd/hunting/workers.hpp"
#include "cmd/running/branch_start.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/running/second_look.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/workshop/source_check.hpp"
#include "core/report/search_trail.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/short_id.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {
namespace {

// Where the guilty variables are read, in the bad release's own sources.
void add_uses(Report& report, const Subject& subject, const Release& bad) {
  if (!subject.has_history) return;
  std::optional<GitHistory> history;
  for (ReportFinding& finding : report.findings) {
    for (const ReportDelta& delta : finding.culprit) {
      if (delta.kind != DeltaKind::env) continue;
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

// What the guilty commits changed, or the folder: where a reader looks first. A
// clone that has not all of it (a partial one) costs these lines, never the
// answer.
void add_files(Report& report, const Workshop& workshop, const Release& good,
               const Release& bad) {
  const Subject& subject = workshop.subject();
  constexpr std::size_t kMost = 20;
  std::optional<GitHistory> history;
  for (ReportFinding& finding : report.findings) {
    for (ReportDelta& delta : finding.culprit) {
      try {
        if (delta.kind == DeltaKind::commit) {
          if (!history) history.emplace(subject.repo);
          delta.files = history->changed_paths(CommitId{delta.name});
        } else if (delta.kind == DeltaKind::config &&
                   delta.name == kFolderKey) {
          delta.files = workshop.changed_files(good, bad);
        }
      } catch (const HistoryError& error) {
        report.notes.push_back(
            fmt::format("cannot list the files of commit {}: {}",
                        short_id(delta.name), error.what()));
      }
      if (delta.files.size() > kMost) delta.files.resize(kMost);
    }
  }
}

// Values can be guessed from a hash that has no key.
std::vector<ReportChange> changes_of(const Question& question,
                                     const Journal& journal) {
  std::vector<ReportChange> out;
  for (const Delta& delta : question.deltas) {
    const ReportDelta told = described(delta);
    ReportChange& change = out.emplace_back();
    change.kind = told.kind;
    change.name = told.name;
    change.change = told.change;
    const auto hashed = [&](const std::optional<std::string>& value) {
      constexpr std::size_t kShown = 8;
      return value ? std::optional(journal.keyed_hash(*value).substr(0, kShown))
                   : std::nullopt;
    };
    if (const auto* env = std::get_if<EnvDelta>(&delta)) {
      change.before = hashed(env->before);
      change.after = hashed(env->after);
    } else if (const auto* config = std::get_if<ConfigDelta>(&delta)) {
      change.before = hashed(config->before);
      change.after = hashed(config->after);
    } else {
      change.before = told.before;
      change.after = told.after;
    }
  }
  return out;
}

// A trial fetches nothing; so it is known before the first one what is there.
void require_fetched(const Subject& subject, const Question& question) {
  if (!subject.has_history || !needs_checkout(subject)) return;
  auto missing = missing_objects(GitHistory(subject.repo), question.commits,
                                 question.good.commit, subject.path);
  if (missing.empty()) return;
  const std::size_t count = missing.size();
  throw NotFetched(
      fmt::format("{} that the search needs {} not in this partial clone; {}",
                  counted(count, "object"), count == 1 ? "is" : "are",
                  kRefetch),
      std::move(missing));
}

// Verdicts on the ends that contradict what was told may be about what an
// earlier probe left in the checkout.
void note_leftovers(Report& report, const Question& question,
                    Workshop& workshop, std::size_t workers) {
  if (report.outcome != Report::Outcome::not_reproducible &&
      report.outcome != Report::Outcome::drift && !report.gate_rates) {
    return;
  }
  if (workshop.subject().from_nothing) return;  // it does not
  std::vector<std::string> names;
  for (const auto& prober : workshop.probers(workers)) {
    names = prober->left_differently(question.good, question.bad);
    if (!names.empty()) break;
  }
  if (names.empty()) return;
  constexpr std::size_t kShown = 5;
  const std::size_t count = names.size();
  if (count > kShown) names.resize(kShown);
  for (std::string& name : names) name = printable(name, true);
  report.notes.push_back(fmt::format(
      "the command leaves files that the next probe sees ({}{}); if it reads "
      "them, delete them at its start",
      fmt::join(names, ", "),
      count > kShown ? fmt::format(" and {} more", count - kShown) : ""));
}

/// A search between two branches begins where they part; what fails there is
/// not the release that the user calls good.
void tell_of_merge_base(Report& report, const Question& question,
                        const Release& good, bool find_fix) {
  if (report.outcome != Report::Outcome::drift || find_fix ||
      question.good.commit == good.commit) {
    return;
  }
  const std::string base = short_id(question.good.commit.hex);
  const std::string given = short_id(good.commit.hex);
  report.refusal = fmt::format(
      "The merge base {} fails already: what is missing there was repaired on "
      "the way to {}, not broken on the way to the {} commit",
      base, given, report.terms.bad);
  report.reasons.clear();
  report.next = fmt::format(
      "look for what repaired it: the same command with --find-fix --bad {} "
      "--good {}",
      base, given);
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
  out << "# " << label << "\n";
  if (const auto& failure = evidence.observation.failure) {
    const auto line = [&](std::string_view begins, const std::string& text) {
      if (!text.empty()) out << begins << printable(text) << "\n";
    };
    line(kMessage, failure->message);
    line(kEvidence, failure->evidence);
    line(kLikely, failure->likely);
  }
  out << evidence.log;
}

Report find_break(Workshop& workshop, const Release& good, const Release& bad,
                  const FindBreakOptions& options, const Context& context,
                  Progress& progress) {
  Report report;
  report.command = "bisect";
  report.target = workshop.subject().target.name;
  const Subject& subject = workshop.subject();
  Question question = deepened(
      options.deepen, subject.repo,
      [&](const std::string& text) { progress.say(text); }, [&] {
        std::vector<std::string> notes;
        Question asked =
            question_between(subject, good, bad,
                             {.first_parent = options.hunt.search.first_parent,
                              .find_fix = options.find_fix},
                             notes);
        require_fetched(subject, asked);
        report.notes.insert(report.notes.end(), notes.begin(), notes.end());
        return asked;
      });
  report.terms = options.terms;

  workshop.set_ends(question.commits.size() == 0
                        ? std::nullopt
                        : std::optional(Subject::Ends{question.good.commit,
                                                      question.bad.commit}));
  const Release& sound = options.find_fix ? question.bad : question.good;
  const Release& broken = options.find_fix ? question.good : question.bad;
  workshop.begin_search(sound, broken);
  workshop.probers(options.workers);
  report.notes.insert(report.notes.end(), workshop.cleaned().begin(),
                      workshop.cleaned().end());

  // A user who searches up to HEAD may believe that uncommitted changes are
  // part of it.
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
  report.repository = subject.repo.string();
  // The logs of a climb and of its search are read together.
  const std::string logs = options.part_of.empty() ? run.id() : options.part_of;

  HuntObserver observer = progress.observer(question, options.terms);
  std::optional<SearchTrail> trail;
  const auto begin_trail = [&] {
    trail.emplace(question.commits, question.deltas.size(), question.find_fix);
  };
  begin_trail();
  observer.told = [&](const Proposal& proposal, const ProbeRecord& probe) {
    trail->told(proposal, probe, probe.run != run.id());
  };
  bool healthy_kept = false;
  observer.evidence = [&](const std::string& label,
                          const ProbeEvidence& evidence) {
    keep_evidence(workshop, logs, label, evidence);
    if (healthy_kept || evidence.observation.verdict != Verdict::good) return;
    healthy_kept = true;
    ProbeEvidence healthy = evidence;
    compare_with_healthy(journal, workshop.subject(), good, healthy);
  };
  HuntSettings settings = options.hunt;
  settings.share_a_machine = workshop.trials_share_a_machine();
  for (const KnownGood& known : journal.known_goods("", "", "")) {
    settings.sound.insert(known.release_id);
  }
  const auto say = [&](const std::string& why) {
    observer.said(why);
    report.notes.push_back(why);
  };
  std::vector<std::size_t> unproved;
  const auto search = [&] {
    const double begun = run.seconds();
    HuntSettings left = settings;
    for (;;) {
      HuntResult result = [&] {
        // Joined at the end of each search: a second look replaces the probers.
        Workers workers(workshop.probers(options.workers), options.workers);
        return hunt(question, left, {workers, journal, workshop.clock()},
                    run.id(), observer);
      }();
      BranchStart start = judge_branch_start(workshop, question, result, left,
                                             options.terms, run.id(), observer);
      unproved = std::move(start.unproved);
      if (!start.search_again) return result;
      say(start.why);
      begin_trail();
      left = settings;
      left.limits.take_time(run.seconds() - begun);
    }
  };
  // Files that earlier trials left are looked at before the gate is doubted.
  settings.until_contradicted = !settings.search.noise;
  HuntResult result = search();
  settings.until_contradicted = false;
  const SecondLook look =
      look_again(workshop, question, result, settings, run.id(), run.seconds(),
                 options.workers, observer);
  if (look.search_again) {
    if (!look.why.empty()) say(look.why);
    settings.fresh = settings.fresh || look.forget_earlier;
    // Under other gates the search does not find its own verdicts.
    const std::string gates = gate_id(workshop.subject());
    const bool same_gates = gates == question.gate_id;
    const HuntCounts before = same_gates ? HuntCounts() : result.counts;
    question.gate_id = gates;
    if (same_gates) begin_trail();  // what is asked again is told again
    result = search();
    result.counts += before;
  }
  if (look.out_of_budget) {
    report.notes.emplace_back(
        "the budget ran out before rung could repeat this from a clean state");
  }
  complete(report, question, result, workshop.subject());
  for (const std::size_t i : unproved) {
    report.findings[i].proof.back().label = fmt::format(
        "{}the {} release", question.deltas.empty() ? "" : "the commit of ",
        question.find_fix ? options.terms.bad : options.terms.good);
  }
  add_uses(report, workshop.subject(), bad);
  add_files(report, workshop, good, bad);
  note_leftovers(report, question, workshop, options.workers);
  if (std::string why = workshop.one_at_a_time(); !why.empty()) {
    report.notes.push_back(std::move(why));
  }
  workshop.end_search();
  report.changes = changes_of(question, journal);
  report.trials = with_records(trail->trials(), journal.probes(run.id()));
  report.probes.cached = static_cast<unsigned>(
      std::count_if(report.trials.begin(), report.trials.end(),
                    [](const auto& trial) { return trial.remembered; }));
  report.logs = logs_of(workshop, logs);
  add_reasons(report, question, workshop.subject(), options.env_notes);
  if (look.swapped) {
    report.reasons.insert(
        report.reasons.begin(),
        fmt::format("the two are swapped: the {} release fails and the {} one "
                    "is healthy",
                    options.terms.good, options.terms.bad));
  }
  tell_of_merge_base(report, question, good, options.find_fix);
  report.notes.insert(report.notes.begin(), options.env_notes.begin(),
                      options.env_notes.end());
  report.seconds = run.seconds();
  return report;
}

}  // namespace rung
