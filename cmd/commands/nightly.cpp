#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>

#include "adapters/checkout/trial_cache.hpp"
#include "adapters/git/deepen.hpp"
#include "adapters/git/history.hpp"
#include "adapters/journal/journal_folder.hpp"
#include "adapters/journal/night_file.hpp"
#include "cmd/input/adhoc.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/settle_flag.hpp"
#include "cmd/running/plan_judge.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/workshop/suite_prober.hpp"
#include "core/base/error.hpp"
#include "core/nightly/night.hpp"
#include "core/nightly/night_posting.hpp"
#include "core/nightly/night_report.hpp"
#include "core/report/foreign_text.hpp"
#include "core/text/duration.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct NightlyOptions {
  std::string plan, target;
  std::vector<std::string> phases;
  SettleFlag settle;
  std::string source, path, build, suite, results, one, name, state, budget,
      since, deadline;
  std::vector<std::string> junit, merge;
  std::size_t depth = 0;
  bool deepen = false;
};

/// "14d", and what other durations look like.
milliseconds time_span(const std::string& text) {
  std::uint64_t days = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), days);
  const bool is_days = error == std::errc() &&
                       end + 1 == text.data() + text.size() && *end == 'd' &&
                       days <= 36'500;
  if (is_days) return std::chrono::hours(24 * days);
  return parse_duration(text);
}

/// Of a suite.
void check(const NightlyOptions& options) {
  if (options.source.empty()) {
    throw UsageError("nothing to judge: give a plan or --source DIR");
  }
  if (!options.target.empty() || !options.phases.empty()) {
    throw UsageError("--target and --phase: only with a plan");
  }
  if (options.suite.empty()) {
    throw UsageError("--suite: give the command that runs the tests");
  }
  if (options.junit.empty() && options.results.empty()) {
    throw UsageError(
        "--junit: name the JUnit XML that the suite writes, e.g. "
        "'build/**/*.xml', relative to the folder it runs in; or say with "
        "--results in which format it prints results");
  }
  if (!options.results.empty() && !report_format_from(options.results)) {
    throw UsageError(fmt::format(
        "--results {}: give tap, go, cargo, junit or auto", options.results));
  }
  for (const std::string& pattern : options.junit) {
    if (fs::path(pattern).is_absolute() || pattern.find("..") != pattern.npos) {
      throw UsageError(
          fmt::format("--junit {}: give a path below the checkout", pattern));
    }
  }
  check_one(options.one);
  constexpr std::string_view kNameBytes =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (options.name.find_first_not_of(kNameBytes) != std::string::npos) {
    throw UsageError("--name: letters, digits, '_', '.' and '-' only");
  }
}

void check_with_plan(const NightlyOptions& options) {
  const std::pair<const char*, bool> of_suites[] = {
      {"--source", !options.source.empty()},
      {"--path", !options.path.empty()},
      {"--build", !options.build.empty()},
      {"--suite", !options.suite.empty()},
      {"--junit", !options.junit.empty()},
      {"--results", !options.results.empty()},
      {"--one", !options.one.empty()},
      {"--name", !options.name.empty()},
      {"--deadline", !options.deadline.empty()}};
  for (const auto& [name, given] : of_suites) {
    if (given) {
      throw UsageError(fmt::format(
          "{} is only for --source; a plan defines what to judge", name));
    }
  }
}

/// The place that a search for a known good does not pass.
std::size_t oldest_place(const MainLine& line, const NightlyOptions& options) {
  // Who works every day gets two weeks; who does not gets some history.
  constexpr std::size_t kCommits = 64;
  const auto kSpan = std::chrono::hours(14 * 24);
  const std::size_t head = line.commits.size() - 1;
  std::size_t by_depth = head, by_time = head;
  const bool any = options.depth > 0 || !options.since.empty();
  const std::size_t depth = any ? options.depth : kCommits;
  if (depth > 0) by_depth = head - std::min(depth, head);
  if (!any || !options.since.empty()) {
    const auto span =
        options.since.empty() ? milliseconds(kSpan) : time_span(options.since);
    const auto limit =
        line.times[head] -
        std::chrono::duration_cast<std::chrono::seconds>(span).count();
    while (by_time > 0 && line.times[by_time - 1] >= limit) --by_time;
  }
  return std::min(by_depth, by_time);
}

/// The time that `--budget` leaves, less a minute (a tenth of a short budget)
/// for the report.
class Budget {
 public:
  explicit Budget(const std::string& text) {
    if (text.empty()) return;
    const milliseconds all = parse_duration(text);
    const milliseconds kept =
        std::min<milliseconds>(std::chrono::minutes(1), all / 10);
    end_ = steady_clock::now() + (all - kept);
  }
  [[nodiscard]] bool is_set() const { return end_.has_value(); }
  [[nodiscard]] milliseconds left() const {
    return std::chrono::duration_cast<milliseconds>(*end_ -
                                                    steady_clock::now());
  }
  [[nodiscard]] bool affords(double seconds) const {
    return seconds * 1000 < static_cast<double>(left().count());
  }

 private:
  std::optional<steady_clock::time_point> end_;
};

int exit_of(const NightReport& report) {
  switch (report.outcome) {
    case NightReport::Outcome::green:
      return kHealthy;
    case NightReport::Outcome::red:
      return kBroken;
    case NightReport::Outcome::budget:
      return kBudget;
    case NightReport::Outcome::no_verdict:
      return kNoVerdict;
  }
  return kCouldNotWork;
}

MainLine line_of(const fs::path& source, const std::string& head, bool deepen,
                 Progress& progress, std::vector<std::string>& notes) {
  const auto read = [&] {
    const GitHistory history(source);
    return history.main_line(history.resolve(head));
  };
  MainLine line = read();
  if (!line.cut) return line;
  if (deepen) {
    progress.say("fetching what this clone lacks");
    fetch_missing(source, NotFetched("the history leaves this shallow clone"));
    line = read();
  }
  if (line.cut) {
    notes.push_back(
        fmt::format("this clone is shallow: rung sees {} commits; {}",
                    line.commits.size(), kUnshallow));
  }
  return line;
}

/// What a state belongs to. Two suites that nobody named are told apart by
/// their commands; one with a name may change its command.
std::string subject_of_state(const NightlyOptions& options,
                             const std::string& path) {
  const std::string folder = path.empty() ? "the root" : "folder " + path;
  if (!options.name.empty()) {
    return fmt::format("suite {} of {}", options.name, folder);
  }
  return fmt::format("the suite \"{}\" of {}", options.suite, folder);
}

/// Of a commit that this clone does not have any more: its id alone.
CommitFacts known_facts(const CommitFacts& facts) {
  return [&facts](const std::string& commit) {
    try {
      return facts(commit);
    } catch (const HistoryError&) {
      CommitInfo info;
      info.id.hex = commit;
      return info;
    }
  };
}

CommitPaths paths_of(const GitHistory& history) {
  return [&history](const std::string& commit) {
    try {
      return history.changed_paths(CommitId{commit});
    } catch (const HistoryError&) {
      return std::vector<std::string>();
    }
  };
}

/// What a night works with, whatever judges.
struct NightWork {
  const NightlyOptions& options;
  const Budget& budget;
  const GitHistory& history;
  const MainLine& line;
  const NightFile& file;
};

NightState remembered(const NightWork& night, std::vector<std::string>& notes) {
  NightState state = night.file.read(notes);
  for (const std::string& other : night.options.merge) {
    state = merged(state, night.file.read_other(other));
  }
  return state;
}

NightReport worked(const NightWork& night, NightState& state, SuiteJudge& judge,
                   Progress& progress) {
  NightInput input;
  for (const CommitId& commit : night.line.commits) {
    input.line.push_back(commit.hex);
  }
  input.oldest = oldest_place(night.line, night.options);
  input.now = std::chrono::duration_cast<std::chrono::seconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  input.subject_of = [&](const std::string& commit) {
    return night.history.info({commit}).subject;
  };
  input.save = [&](const NightState& now) { night.file.write(now); };
  input.say = [&](const std::string& words) { progress.say(words); };
  if (night.budget.is_set()) {
    input.affords = [&](double seconds) {
      return night.budget.affords(seconds);
    };
  }
  return work_a_night(input, state, judge);
}

int told(NightReport report, const std::vector<std::string>& notes,
         const GitHistory& history, const std::string& subject,
         const Context& context) {
  report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  const CommitFacts facts = [&](const std::string& commit) {
    return history.info({commit});
  };
  const int exit = exit_of(report);
  const bool github = context.posts->on_github();
  if (context.json) {
    const std::string json =
        night_json(report, facts, exit)
            .dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    fmt::print("{}\n", github ? json_without_commands(json) : json);
  } else {
    const std::string text = night_text(report, facts);
    fmt::print("{}", github ? without_commands(text) : text);
  }
  Posting posting =
      posting_of(report, known_facts(facts), paths_of(history), subject);
  posting.command_line = context.arguments;
  posting.exit = exit;
  context.posts->post(posting);
  return exit;
}

int nightly_of_plan(const NightlyOptions& options, const Context& context) {
  check_with_plan(options);
  const Budget budget(options.budget);
  Progress progress(context);
  PlanJudgeOptions asked;
  asked.plan = options.plan;
  asked.target = options.target;
  asked.phases = options.phases;
  asked.settle = options.settle.given();
  if (budget.is_set()) asked.left = [&] { return budget.left(); };
  PlanJudge judge(std::move(asked), progress);
  std::vector<std::string> notes = judge.notes();
  const MainLine line =
      line_of(judge.repo(), judge.revision(), options.deepen, progress, notes);
  const GitHistory history(judge.repo());
  const JournalFolder folder(
      options.state.empty() ? judge.folder() : fs::absolute(options.state));
  const NightFile file(folder.path() / judge.file_of_state(),
                       judge.subject_of_state());
  const NightWork night{options, budget, history, line, file};
  NightState state = remembered(night, notes);
  std::vector<std::string> commits;
  for (const CommitId& commit : line.commits) commits.push_back(commit.hex);
  for (std::string& note : judge.prepare(state, commits)) {
    notes.push_back(std::move(note));
  }
  NightReport report = worked(night, state, judge, progress);
  progress.end();
  return told(std::move(report), notes, history, judge.subject_of_state(),
              context);
}

int nightly_of_suite(const NightlyOptions& options, const Context& context) {
  check(options);
  const Budget budget(options.budget);
  const fs::path source = source_folder(options.source);
  Progress progress(context);
  std::vector<std::string> notes;
  const MainLine line =
      line_of(source, "HEAD", options.deepen, progress, notes);
  const GitHistory history(source);
  // "." is the root, wherever --source lies in it.
  const bool root_given = options.path == "." || options.path == "./";
  const std::string path = root_given             ? ""
                           : options.path.empty() ? history.path_inside(source)
                                                  : options.path;
  const fs::path home =
      options.state.empty() ? history.root() : fs::absolute(options.state);
  const JournalFolder folder(home);
  const auto lock = folder.lock_for_run();
  const NightFile file(
      folder.path() / (options.name.empty()
                           ? "nightly.json"
                           : "nightly-" + options.name + ".json"),
      subject_of_state(options, path));
  const NightWork night{options, budget, history, line, file};
  NightState state = remembered(night, notes);
  const bool own_trials = !options.state.empty() && !project_above(home);
  const TrialPlace place = trial_place(
      own_trials ? folder.path() / "trials" : fs::path(), home, source);
  trim_cache(place);

  SuiteCommands commands;
  commands.repo = source;
  commands.path = path;
  commands.build = options.build;
  commands.suite = options.suite;
  commands.one = options.one;
  commands.reports = options.junit;
  commands.results = report_format_from(options.results);
  if (!options.deadline.empty()) {
    commands.deadline = parse_duration(options.deadline);
  }
  commands.name_of = [&](const std::string& id) {
    const auto it = state.tests.find(id);
    const std::size_t size =
        it == state.tests.end() ? 0 : it->second.group_size;
    return std::pair(size == 0 ? id : id.substr(0, size), name_in_id(id, size));
  };
  if (budget.is_set()) commands.left = [&] { return budget.left(); };
  const auto judge =
      make_suite_judge(std::move(commands), place.folder / "nightly");
  NightReport report = worked(night, state, *judge, progress);
  progress.end();
  return told(std::move(report), notes, history,
              subject_of_state(options, path), context);
}

}  // namespace

void add_nightly(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "nightly",
      "judge a plan or a test suite at HEAD; find which commit broke it");
  auto options = std::make_shared<NightlyOptions>();
  command->add_option("plan", options->plan,
                      "plan file; each phase is judged by its gates");
  command->add_option("--target", options->target, "target of the plan");
  command
      ->add_option("--phase", options->phases,
                   "phase of the plan; repeatable (default: all)")
      ->allow_extra_args(false);
  options->settle.add_option(*command);
  command->add_option("--source", options->source, "folder of the repository");
  command->add_option("--path", options->path,
                      "the folder below its root to work in (default: that of "
                      "--source)");
  command->add_option("--build", options->build,
                      "command that builds a checkout");
  command->add_option(
      "--suite", options->suite,
      "command that runs the tests and tells their results; exit "
      "125 = cannot be judged");
  command->add_option("--junit", options->junit,
                      "the reports it leaves, e.g. 'build/**/*.xml'; several "
                      "times; TAP and others are read, too");
  command->add_option("--results", options->results,
                      "the format in which it prints results: tap, go (go test "
                      "-json), cargo (cargo test), junit or auto");
  command->add_option("--one", options->one,
                      "command that runs some tests alone and leaves the same "
                      "reports; {test}, {class} and {name} are one of them, "
                      "{tests} and {names} are all (default: the suite)");
  command->add_option("--deadline", options->deadline,
                      "time limit for each command (30m); a slower one fails");
  command->add_option("--name", options->name,
                      "name of the suite, if a repository has several");
  command->add_option(
      "--state", options->state,
      "the folder that holds .rung (default: the root of the repository, "
      "or beside the plan)");
  command->add_option("--merge", options->merge,
                      "also use the results in another runner's nightly.json");
  command->add_option("--budget", options->budget,
                      "time limit for the whole night (50m); the next call "
                      "continues");
  command->add_option("--since", options->since,
                      "how far back to look if a test has no known good "
                      "(14d or 64 commits, whichever is more)");
  command
      ->add_option("--depth", options->depth,
                   "how far back to look, in commits")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}));
  command->add_flag("--deepen", options->deepen,
                    "fetch what a shallow clone lacks");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  context.posts->add_options(*command);
  command->callback([options, &context] {
    context.run = [options, &context] {
      return options->plan.empty() ? nightly_of_suite(*options, context)
                                   : nightly_of_plan(*options, context);
    };
  });
}

}  // namespace rung
