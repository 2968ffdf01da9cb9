#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "adapters/git/deepen.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/interruption.hpp"
#include "cmd/input/adhoc.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/correct.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/running/search_flags.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/serving/with_room.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/hex.hpp"
#include "core/text/printable.hpp"
#include "plans/requirements/requirements.hpp"

namespace rung {
namespace {

/// Who searches up to what is checked out may take uncommitted changes for a
/// part of it.
bool is_head(const Subject& subject, const CommitId& commit) {
  if (!subject.has_history) return false;
  try {
    return GitHistory(subject.repo).resolve("HEAD") == commit;
  } catch (const HistoryError&) {
    return false;  // nothing is checked out
  }
}

struct BisectOptions {
  AdHoc adhoc;
  std::string plan, target, phase;
  std::string good, bad, good_env, bad_env, good_requirements,
      bad_requirements;
  FindBreakOptions find;
  SearchFlags flags;
  bool all = false;
};

void read_apart(Subject& subject, const BisectOptions& options) {
  for (const auto& file :
       {options.good_env, options.bad_env, options.good_requirements,
        options.bad_requirements}) {
    subject.reads(file);
  }
}

struct End {
  Release release;
  std::vector<std::string> secrets;  ///< other values now than on record
};

/// One end of a search in a plan: what the words of --good and --bad name.
End end_of(const Planned& planned, const Journal& journal, std::size_t phase,
           const Target& target, const std::string& words,
           const std::string& env_file, const std::string& requirements_file,
           std::vector<std::string>& notes) {
  const auto& phases = planned.plan().phases;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].name == words) {
      return {planned.release(i, "", env_file, requirements_file, &notes), {}};
    }
  }
  std::string id = words;
  if (words == "known-good") {
    const auto goods = journal.known_goods(planned.plan().name,
                                           phases[phase].name, target.name);
    if (goods.empty()) {
      throw UsageError(fmt::format(
          "no known good of phase {} on {} yet; rung climb {} makes one",
          phases[phase].name, target.name, planned.plan().file.string()));
    }
    id = goods.front().release_id;
  }
  // Release ids are looked for first: they are the longer names.
  if (id.size() >= 6 && is_hex(id)) {
    if (auto kept = planned.kept(journal, id)) {
      return {*std::move(kept), planned.changed_secrets(journal, id)};
    }
  }
  try {
    return {planned.release(phase, words, env_file, requirements_file, &notes),
            {}};
  } catch (const HistoryError& error) {
    std::vector<std::string_view> names{"known-good"};
    for (const Phase& one : phases) names.push_back(one.name);
    const std::string meant = did_you_mean(words, names);
    if (words.empty() || meant.empty()) throw;
    throw HistoryError(error.what() + meant);
  }
}

/// The phase whose gates judge: --phase, or the lowest that --good and --bad
/// name (a higher one's gates are not for it), or the highest that has a known
/// good, or the last.
std::size_t judged_phase(const Planned& planned, const Journal& journal,
                         const Target& target, const BisectOptions& options) {
  if (!options.phase.empty()) return planned.phase(options.phase);
  const auto& phases = planned.plan().phases;
  const auto goods = journal.known_goods(planned.plan().name, "", target.name);
  const auto is_known_good = [&](const std::string& phase,
                                 const std::string& id) {
    return std::any_of(goods.begin(), goods.end(), [&](const KnownGood& good) {
      return good.phase == phase && good.release_id.starts_with(id);
    });
  };
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const std::string& end : {options.good, options.bad}) {
      if (end == phases[i].name) return i;
      if (end.size() >= 6 && is_known_good(phases[i].name, end)) return i;
    }
  }
  for (std::size_t i = phases.size(); i-- > 0;) {
    if (is_known_good(phases[i].name, "")) return i;
  }
  return phases.size() - 1;
}

/// Each once: both ends may be of one file.
std::vector<std::string> once(const std::vector<std::string>& notes) {
  std::vector<std::string> all;
  for (const std::string& note : notes) {
    if (std::find(all.begin(), all.end(), note) == all.end()) {
      all.push_back(note);
    }
  }
  return all;
}

void add_left_out(const BisectOptions& options,
                  std::vector<std::string>& notes) {
  if (options.good_requirements.empty() || options.bad_requirements.empty()) {
    return;
  }
  std::string note =
      left_out_of(options.good_requirements, options.bad_requirements);
  if (!note.empty()) notes.push_back(std::move(note));
}

int run_planned(BisectOptions& options, Context& context) {
  Planned planned(options.plan);
  planned.set_settle(options.adhoc.settle.given());
  const Target& target = planned.target(options.target);
  Subject subject = planned.subject(planned.phase(options.phase), target);
  read_apart(subject, options);
  Workshop workshop(std::move(subject), planned.folder());
  // Only the journal knows which phase is meant.
  const std::size_t phase =
      judged_phase(planned, workshop.journal(), target, options);
  Subject judged = planned.subject(phase, target);
  workshop.set_gates(std::move(judged.gates), std::move(judged.services));
  std::vector<std::string> notes = planned.plan().warnings;
  // Said nothing: from the known good to what the files say now.
  const bool good_given = !options.good.empty() || !options.good_env.empty() ||
                          !options.good_requirements.empty();
  const End good = end_of(planned, workshop.journal(), phase, target,
                          good_given ? options.good : "known-good",
                          options.good_env, options.good_requirements, notes);
  const Release bad =
      end_of(planned, workshop.journal(), phase, target, options.bad,
             options.bad_env, options.bad_requirements, notes)
          .release;
  add_left_out(options, notes);
  options.find.env_notes = once(notes);
  ServedTarget place(planned, target, workshop);
  Served served = place.served();
  Progress progress(context);
  Report report = with_room(served, [&] {
    Report found = find_break(workshop, good.release, bad, options.find,
                              context, progress);
    if (found.outcome == Report::Outcome::drift) {
      add_changed_secrets(found, good.secrets);
    }
    return found;
  });
  report.plan = planned.plan().name;
  report.exit = exit_code(report);
  progress.end();
  const int exit = print(report, context);
  end_run(workshop.journal(), report);
  return exit;
}

int run_bisect(BisectOptions& options, Context& context) {
  options.flags.apply(options.find);
  if (options.all && options.find.hunt.search.first_only) {
    throw UsageError("give --first or --all, not both");
  }
  for (const std::string* term :
       {&options.find.terms.good, &options.find.terms.bad}) {
    if (term->empty() || *term != printable(*term, true)) {
      throw UsageError("--term-good and --term-bad: give a printable word");
    }
  }
  if (options.find.terms.good == options.find.terms.bad) {
    throw UsageError("--term-good and --term-bad are the same word");
  }
  const AdHoc& adhoc = options.adhoc;
  if (!options.plan.empty()) {
    adhoc.refuse_beside_plan();
    return run_planned(options, context);
  }
  if (!adhoc.given()) {
    throw UsageError(
        "nothing to bisect: give --source DIR or a plan (rung bisect --help)");
  }
  Subject subject = subject_of(adhoc);
  read_apart(subject, options);
  if (!subject.predicate.empty() && options.good.empty()) {
    throw UsageError("--command: give --good COMMIT and --bad COMMIT");
  }
  std::vector<std::string> notes;
  Progress progress(context);
  const auto say = [&](const std::string& text) { progress.say(text); };
  const Release good =
      deepened(options.find.deepen, subject.repo, say, [&] {
        return release_of(adhoc, subject, options.good, options.good_env,
                          options.good_requirements, notes);
      });
  const Release bad = deepened(options.find.deepen, subject.repo, say, [&] {
    return release_of(adhoc, subject, options.bad, options.bad_env,
                      options.bad_requirements, notes);
  });
  options.find.note_uncommitted =
      options.bad.empty() || is_head(subject, bad.commit);
  Workshop workshop(std::move(subject), std::filesystem::current_path());
  add_left_out(options, notes);
  options.find.env_notes = once(notes);
  const Report report =
      find_break(workshop, good, bad, options.find, context, progress);
  progress.end();
  const int exit = print(report, context);
  end_run(workshop.journal(), report);
  return exit;
}

}  // namespace

void add_bisect(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "bisect", "find the first breaking change between two releases");
  auto options = std::make_shared<BisectOptions>();
  command->add_option("plan", options->plan, "plan file; or describe it below");
  command->add_option("--good", options->good,
                      "commit, phase, known-good or release id");
  command->add_option("--bad", options->bad, "the same");
  command->add_option("--good-env", options->good_env, "its env file");
  command->add_option("--bad-env", options->bad_env, "its env file");
  command->add_option("--good-requirements", options->good_requirements,
                      "requirements.txt, pip freeze output, package.json or "
                      "package-lock.json");
  command->add_option("--bad-requirements", options->bad_requirements,
                      "the same");
  command->add_option("--target", options->target, "target of the plan");
  command->add_option("--phase", options->phase,
                      "the phase whose gates decide (default: the lowest that "
                      "--good and --bad name)");
  options->adhoc.add_options(*command);
  command->add_flag("--first-parent", options->find.hunt.search.first_parent,
                    "stay on the main line of the history");
  command->add_flag("--first", options->find.hunt.search.first_only,
                    "stop after the first confirmed finding");
  command->add_flag(
      "--all", options->all,
      "continue until the bad release without all findings is good "
      "(the default)");
  command->add_flag("--only-this-failure",
                    options->find.hunt.search.only_this_failure,
                    "other failures count as skip");
  command->add_flag("--find-fix", options->find.find_fix,
                    "the bad release came first: find what repaired it");
  command->add_option("--term-good", options->find.terms.good,
                      "your word for good, in text");
  command->add_option("--term-bad", options->find.terms.bad,
                      "your word for bad, in text");
  options->flags.add_options(*command);
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  context.posts->add_options(*command);
  auto* back = command->add_subcommand(
      "back", "take the last verdict back and go on from there");
  auto place = std::make_shared<JournalPlace>();
  place->add_to(*back);
  back->callback([place, &context] {
    context.run = [place, &context] {
      return bisect_back(place->folder(), context.json);
    };
  });
  command->callback([options, back, &context] {
    if (back->parsed()) return;
    context.run = [options, &context] { return run_bisect(*options, context); };
  });
}

}  // namespace rung
