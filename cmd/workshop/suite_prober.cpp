#include "cmd/workshop/suite_prober.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "adapters/checkout/trial_git.hpp"
#include "adapters/checkout/worktree.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/process.hpp"
#include "adapters/results/report_files.hpp"
#include "cmd/workshop/predicate_words.hpp"
#include "cmd/workshop/source_check.hpp"
#include "cmd/workshop/work_tree_guard.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/exit_failure.hpp"
#include "core/text/printable.hpp"
#include "core/text/redact.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr const char* kPerTest[] = {"{test}", "{class}", "{name}"};
constexpr const char* kForAll[] = {"{tests}", "{names}"};

bool has(const std::string& text, const char* word) {
  return text.find(word) != text.npos;
}

/// How a command ended, in the words of the night.
struct Ended {
  enum class Kind {
    well,
    failed,
    unjudged,    ///< it says so: 125
    cannot_run,  ///< 126, 127
    killed,      ///< from outside
    no_space,
    late,         ///< took longer than the deadline
    out_of_time,  ///< the budget ended
  };
  Kind kind = Kind::well;
  std::string words;  ///< "the build failed (exit 2): its last words"
  double seconds = 0;
  bool died = false;  ///< of a signal: no failing test is all that is wrong
  [[nodiscard]] bool is(Kind other) const { return kind == other; }
};

/// The end of a file, or all of it.
std::string end_of(const fs::path& file, std::size_t bytes) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const auto size = static_cast<std::size_t>(in.tellg());
  in.seekg(static_cast<std::streamoff>(size - std::min(size, bytes)));
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What the report files of one run tell.
struct Gathered {
  TestResults tests;
  std::size_t files = 0, cases = 0;
  std::string problem;  ///< of a file that cannot be relied on; "" = none
};

class CommandSuite final : public SuiteJudge {
 public:
  CommandSuite(SuiteCommands commands, const fs::path& work)
      : commands_(std::move(commands)),
        subject_(subject_of_suite(commands_)),
        history_(commands_.repo),
        worktree_(history_, work / "checkout", commands_.path),
        source_(history_, subject_),
        git_(history_),
        output_(work / "output"),
        env_(environment_without_git()) {
    redact_.add(env_);
  }

  void forget_checkout() override { commit_.clear(); }

  SuiteRun judge(const std::string& commit,
                 const std::vector<std::string>& tests) override {
    SuiteRun run;
    const std::set<std::string> asked(tests.begin(), tests.end());
    if (!build(commit, asked.count(kBuildTest) > 0, run)) return run;
    const bool only_build = asked.size() == 1 && asked.count(kBuildTest) > 0;
    if (only_build) return run;
    const bool whole =
        asked.empty() || asked.count(kSuiteTest) > 0 || commands_.one.empty();
    if (whole) {
      run_whole(run);
    } else {
      run_some(asked, run);
    }
    return run;
  }

 private:
  using Kind = Ended::Kind;

  static Subject subject_of_suite(const SuiteCommands& commands) {
    Subject subject;
    subject.repo = commands.repo;
    subject.path = commands.path;
    return subject;
  }

  /// Runs what leaves results.
  Ended tests_command(const std::string& words, const char* what) {
    if (guard_) guard_->begin_command();
    const Ended ended = reporting(words, what);
    if (guard_) guard_->end_command(what, words);
    return ended;
  }

  Ended reporting(const std::string& words, const char* what) {
    if (!commands_.results) return command(words, what);
    // What an earlier run printed is not read, even if this one cannot begin.
    std::error_code absent;
    fs::remove(output_, absent);
    // What cargo runs stands in its messages. In a file the two keep their
    // order, which pipes would not.
    const bool both = *commands_.results == ReportFormat::cargo;
    return command(fmt::format("exec >{}{}\n{}", single_quoted(output_.string()),
                               both ? " 2>&1" : "", words),
                   what, true);
  }

  Ended command(const std::string& words, const char* what,
                bool prints_results = false) {
    auto deadline = commands_.deadline;
    bool by_budget = false;
    if (commands_.left) {
      const auto left = commands_.left();
      by_budget = left < deadline;
      deadline = std::min(deadline, std::max(left, decltype(left){0}));
    }
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", words};
    spec.cwd = worktree_.folder();
    spec.env = env_;
    spec.env["RUNG_COMMIT"] = commit_;
    Ended ended;
    if (deadline <= std::chrono::milliseconds(0)) {
      ended.kind = Kind::out_of_time;
      return ended;
    }
    const Ran ran = rung::run(spec, deadline);
    constexpr std::size_t kEnd = 64UL * 1024;
    const std::string log =
        prints_results ? end_of(output_, kEnd) + ran.log : ran.log;
    ended.seconds = std::chrono::duration<double>(ran.took).count();
    const std::string last = redact_(last_words(log));
    const auto said = [&](const std::string& how) {
      return fmt::format("{} {}{}{}", what, how, last.empty() ? "" : ": ",
                         last);
    };
    if (!ran.exit) {
      ended.kind = by_budget ? Kind::out_of_time : Kind::late;
      ended.words = said(fmt::format(
          "did not end within {} s",
          std::chrono::duration_cast<std::chrono::seconds>(deadline).count()));
    } else if (ran.succeeded()) {
      return ended;
    } else if (may_be_killed_by_others(*ran.exit)) {
      ended.kind = Kind::killed;
      ended.words = said("was killed from outside");
    } else if (ran.exit->signal == 0 && ran.exit->code == 125) {
      ended.kind = Kind::unjudged;
      ended.words = said("cannot be judged (exit 125)");
    } else {
      const bool missing = ran.exit->signal == 0 &&
                           (ran.exit->code == 126 || ran.exit->code == 127);
      ended.kind = missing ? Kind::cannot_run : Kind::failed;
      // 128 + the signal is what a shell says of a child that died.
      ended.died = ran.exit->signal != 0 || ran.exit->code > 128;
      ended.words =
          said(ran.exit->signal != 0
                   ? fmt::format("died of signal {}", ran.exit->signal)
                   : fmt::format("failed (exit {})", ran.exit->code));
      if (diagnose(log).cause == "disk-full") ended.kind = Kind::no_space;
    }
    return ended;
  }

  /// Whether it says something of the machine, not of the commit.
  static bool is_infra(const Ended& ended, SuiteRun& run) {
    switch (ended.kind) {
      case Kind::killed:
        run.infra = ended.words;
        run.killed = true;
        return true;
      case Kind::no_space:
        run.infra = "no space left: " + ended.words;
        return true;
      case Kind::out_of_time:
        run.infra = "the budget is used up";
        run.out_of_time = true;
        return true;
      default:
        return false;
    }
  }

  static void put(SuiteRun& run, const std::string& name, TestVerdict verdict,
                  std::string message = "") {
    TestResult result;
    result.name = name;
    result.verdict = verdict;
    result.message = std::move(message);
    run.tests[name] = std::move(result);
  }

  /// False: there is nothing to run the suite on.
  bool build(const std::string& commit, bool again, SuiteRun& run) {
    const auto begun = std::chrono::steady_clock::now();
    if (commit != commit_ || !stands_) {
      stands_ = false;
      if (first_.empty()) first_ = commit;
      if (!guard_ && commit != first_) {
        guard_.emplace(history_, CommitId{first_}, CommitId{commit});
      }
      commit_ = commit;
      try {
        worktree_.move_on({commit});
        // What another commit or another night left is not this commit's.
        worktree_.reset(Worktree::Reset::all);
      } catch (const CannotDeploy& error) {
        put(run, kBuildTest, TestVerdict::skipped, error.what());
        return false;
      }
      git_.stand_at(worktree_);
      run.built = true;
    }
    for (std::string& note : source_.notes({commit})) {
      run.notes.push_back(std::move(note));
    }
    const auto took = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                           begun)
          .count();
    };
    if (commands_.build.empty() || (stands_ && !again)) {
      stands_ = true;
      put(run, kBuildTest, TestVerdict::passed);
      run.build_seconds = took();
      return true;
    }
    stands_ = false;
    const Ended ended = command(commands_.build, "the build");
    run.built = true;
    run.build_seconds = took();
    if (is_infra(ended, run)) return false;
    stands_ = ended.is(Kind::well);
    put(run, kBuildTest,
        stands_ ? TestVerdict::passed
        : ended.is(Kind::unjudged) || ended.is(Kind::cannot_run)
            ? TestVerdict::skipped
            : TestVerdict::failed,
        ended.words);
    return stands_;
  }

  /// Reports that the suite may leave: what the commit has is none.
  std::vector<std::string> report_files(SuiteRun* told) {
    std::vector<std::string> files =
        matching_files(worktree_.folder(), commands_.reports);
    std::erase_if(files, [&](const std::string& file) {
      const bool committed = worktree_.holds(file);
      if (committed && told != nullptr) {
        told->notes.push_back(fmt::format(
            "{} is committed, so it is not read as a report", file));
      }
      return committed;
    });
    return files;
  }

  void remove_old_reports() {
    for (const std::string& file : report_files(nullptr)) {
      std::error_code error;
      fs::remove(worktree_.folder() / file, error);
      if (error) {
        throw AbortError(fmt::format("removing the old report {}: {}", file,
                                     error.message()));
      }
    }
  }

  void add(TestReport report, const std::string& name, Gathered& all,
           SuiteRun& run) const {
    all.cases += report.cases;
    if (report.hides_failures) {
      all.problem =
          fmt::format("{} counts failures that it does not list", name);
    }
    if (report.share_a_name > 0) {
      run.notes.push_back(fmt::format(
          "{}: {} cases share a name with another; what has that name fails if "
          "one of them does",
          name, report.share_a_name));
    }
    for (auto& [id, result] : report.tests) {
      result.message = redact_(std::move(result.message));
      add_result(all.tests, std::move(result));
    }
  }

  Gathered gather(SuiteRun& run) {
    Gathered all;
    for (const std::string& file : report_files(&run)) {
      ++all.files;
      try {
        const bool xml = file.ends_with(".xml");
        add(read_report(worktree_.folder() / file,
                        xml ? ReportFormat::junit : ReportFormat::by_content,
                        file),
            file, all, run);
      } catch (const BadReport& error) {
        all.problem =
            fmt::format("cannot use report {}: {}", file, error.what());
      }
    }
    if (commands_.results) {
      ++all.files;
      try {
        add(read_report(output_, *commands_.results), "the suite's output", all,
            run);
      } catch (const BadReport& error) {
        all.problem = fmt::format(
            "cannot use the suite's output as a report: {}", error.what());
      }
    }
    // The names of our own.
    all.tests.erase(kBuildTest);
    all.tests.erase(kSuiteTest);
    return all;
  }

  void run_whole(SuiteRun& run) {
    run.whole = true;
    remove_old_reports();
    const Ended ended = tests_command(commands_.suite, "the suite");
    run.suite_seconds = ended.seconds;
    if (!ended.is(Kind::no_space) && is_infra(ended, run)) return;
    if (ended.is(Kind::unjudged)) {
      put(run, kSuiteTest, TestVerdict::skipped, ended.words);
      return;
    }
    Gathered found = gather(run);
    const bool fails = std::any_of(
        found.tests.begin(), found.tests.end(), [](const auto& test) {
          return test.second.verdict == TestVerdict::failed;
        });
    std::string problem = found.problem;
    // With whole reports its words about space are those of a test.
    if (ended.is(Kind::no_space) && (!problem.empty() || !fails)) {
      is_infra(ended, run);
      return;
    }
    if (problem.empty() && found.files == 0) {
      problem = "the suite left no report that --junit matches";
    } else if (problem.empty() && found.cases == 0) {
      problem = "the results of the suite name no test";
    }
    run.tests.merge(found.tests);
    if (ended.is(Kind::well)) {
      // It claims success; without whole reports that is no verdict.
      put(run, kSuiteTest,
          problem.empty() ? TestVerdict::passed : TestVerdict::skipped,
          problem);
    } else if (ended.is(Kind::cannot_run) && found.files == 0) {
      put(run, kSuiteTest, TestVerdict::skipped, ended.words);
    } else if (!problem.empty() || !fails || ended.died ||
               ended.is(Kind::late)) {
      put(run, kSuiteTest, TestVerdict::failed,
          problem.empty() ? ended.words : ended.words + "; " + problem);
    } else {
      put(run, kSuiteTest, TestVerdict::passed);
    }
  }

  void run_some(const std::set<std::string>& asked, SuiteRun& run) {
    std::vector<std::string> tests;
    for (const std::string& id : asked) {
      if (id != kBuildTest) tests.push_back(id);
    }
    const bool together =
        std::any_of(std::begin(kForAll), std::end(kForAll),
                    [&](const char* word) { return has(commands_.one, word); });
    if (together) {
      // The kernel takes 128 KiB for one word of a command.
      constexpr std::size_t kMost = 64UL * 1024;
      std::vector<std::string> some;
      std::size_t size = 0;
      for (const std::string& id : tests) {
        if (!some.empty() && size + id.size() > kMost) {
          if (!run_those(some, run)) return;
          some.clear();
          size = 0;
        }
        some.push_back(id);
        size += id.size() + 3;
      }
      run_those(some, run);
      return;
    }
    for (const std::string& id : tests) {
      if (!run_those({id}, run)) return;
    }
  }

  /// False: nothing more is to be run here.
  bool run_those(const std::vector<std::string>& tests, SuiteRun& run) {
    remove_old_reports();
    const Ended ended = tests_command(words_for(tests), "--one");
    run.suite_seconds += ended.seconds;
    if (is_infra(ended, run)) return false;
    if (ended.is(Kind::unjudged)) return true;
    Gathered found = gather(run);
    std::size_t silent = 0;
    for (const std::string& id : tests) {
      auto it = found.tests.find(id);
      // Its suites tell it from a test that does not run now.
      for (auto at = id.find(" > "); it == found.tests.end() && at != id.npos;
           at = id.find(" > ", at)) {
        at += 3;
        it = found.tests.find(id.substr(at));
      }
      if (it == found.tests.end()) {
        ++silent;
      } else {
        run.tests[id] = it->second;
      }
    }
    if (silent > 0) {
      run.notes.push_back(fmt::format(
          "--one left no result of {} in a report; such runs do not count",
          silent == 1 && tests.size() == 1 ? tests.front()
                                           : fmt::format("{} tests", silent)));
    }
    return true;
  }

  std::string words_for(const std::vector<std::string>& tests) const {
    std::string ids, names;
    for (const std::string& id : tests) {
      ids += (ids.empty() ? "" : " ") + single_quoted(id);
      names += (names.empty() ? "" : " ") +
               single_quoted(commands_.name_of(id).second);
    }
    const auto [group, name] = commands_.name_of(tests.front());
    std::string words = commands_.one;
    // Each only once: a test's name may hold another of these words.
    std::string out;
    while (!words.empty()) {
      const std::pair<std::string, std::string> words_by[] = {
          {"{test}", single_quoted(tests.front())},
          {"{class}", single_quoted(group)},
          {"{name}", single_quoted(name)},
          {"{tests}", ids},
          {"{names}", names}};
      std::size_t first = words.npos;
      const std::pair<std::string, std::string>* chosen = nullptr;
      for (const auto& one : words_by) {
        if (const auto at = words.find(one.first); at < first) {
          first = at;
          chosen = &one;
        }
      }
      if (chosen == nullptr) break;
      out += words.substr(0, first) + chosen->second;
      words = words.substr(first + chosen->first.size());
    }
    return out + words;
  }

  SuiteCommands commands_;
  Subject subject_;
  GitHistory history_;
  Worktree worktree_;
  SourceCheck source_;
  TrialGit git_;
  fs::path output_;  ///< holds what the suite prints, if that is a report
  std::map<std::string, std::string> env_;
  Redactor redact_;
  std::string first_;                   ///< the commit judged first: HEAD
  std::optional<WorkTreeGuard> guard_;  ///< once there is another commit
  std::string commit_;
  bool stands_ = false;  ///< commit_ is checked out and its build went well
};

}  // namespace

void check_one(const std::string& one) {
  if (one.empty()) return;
  bool any = false;
  const auto check = [&](const char* word) {
    for (auto at = one.find(word); at != one.npos;
         at = one.find(word, at + 1)) {
      any = true;
      // How a shell sees it: inside of the caller's quotes, ours would end
      // them.
      char quote = 0;
      for (std::size_t i = 0; i < at; ++i) {
        if (quote != '\'' && one[i] == '\\') {
          ++i;
        } else if (quote == 0 && (one[i] == '\'' || one[i] == '"')) {
          quote = one[i];
        } else if (one[i] == quote) {
          quote = 0;
        }
      }
      if (quote != 0) {
        throw UsageError(fmt::format(
            "--one: leave {} outside of quotes; rung quotes what it puts "
            "there",
            word));
      }
    }
  };
  for (const char* word : kPerTest) check(word);
  for (const char* word : kForAll) check(word);
  if (!any) {
    throw UsageError(
        "--one: say where the test goes: {test}, {class} and {name}, or "
        "{tests}");
  }
}

std::unique_ptr<SuiteJudge> make_suite_judge(SuiteCommands commands,
                                             const fs::path& work) {
  return std::make_unique<CommandSuite>(std::move(commands), work);
}

}  // namespace rung
