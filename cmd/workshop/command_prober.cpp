#include "cmd/workshop/command_prober.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "adapters/checkout/leftovers.hpp"
#include "adapters/checkout/trial_git.hpp"
#include "adapters/checkout/untracked_copies.hpp"
#include "adapters/checkout/worktree.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/process.hpp"
#include "cmd/workshop/mixed_packages.hpp"
#include "cmd/workshop/predicate_words.hpp"
#include "cmd/workshop/source_check.hpp"
#include "cmd/workshop/work_tree_guard.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/exit_failure.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/text/printable.hpp"
#include "core/text/redact.hpp"
#include "plans/requirements/npm_lock.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// The log of a predicate is no deploy log: only how it ended is compared, so
/// that two failures of one command are one failure. What it wrote is told.
Failure failure_of(const std::string& ended, const std::string& log) {
  Failure failure;
  failure.stage = Stage::health;
  failure.cause = "unknown";
  failure.message = ended;
  failure.signature =
      signature(failure.stage, failure.cause, failure.message);
  const std::string words = last_words(log);
  if (!words.empty()) failure.message += ": " + words;
  return failure;
}

// Source: POSIX, "Consequences of Shell Errors"; dash and bash end with 2.
constexpr int kCannotRead = 2;

/// What a command that is stopped has to give back what it holds (a lock, a
/// database of its own).
constexpr std::chrono::milliseconds kCleanUp(1000);

/// Throws UsageError for what no shell could run at any commit.
void check_syntax(const std::string& command, const fs::path& folder,
                  const std::map<std::string, std::string>& env) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-n", "-c", command};
  spec.cwd = folder;
  spec.env = env;
  const Ran ran = run(spec, std::chrono::seconds(30));
  // Nothing else is said by how it ended: somebody may have killed it.
  if (!ran.exit || ran.exit->code != kCannotRead) return;
  throw UsageError(
      fmt::format("--command: sh cannot read it: {} (bash syntax such as |& "
                  "and [[ ]] needs: --command \"bash -c '...'\")",
                  last_words(ran.log)));
}

class CommandProber final : public Prober {
 public:
  CommandProber(const Bench& bench, std::size_t worker)
      : bench_(bench),
        command_(bench.subject.predicate),
        secrets_(bench.subject.secret_names),
        deadline_(bench.subject.predicate_deadline.value_or(
            bench.subject.build_deadline)),
        late_is_bad_(bench.subject.predicate_deadline.has_value()),
        history_(bench.subject.repo),
        worktree_(history_, bench.work / std::to_string(worker) / "checkout",
                  bench.subject.path),
        source_(history_, bench.subject),
        git_(history_),
        untracked_(history_.root()),
        env_(environment_without_git()) {
    check_syntax(command_, "/", env_);
    redact_.add(env_, secrets_);
    if (const auto& ends = bench.subject.ends) {
      guard_.emplace(history_, ends->good, ends->bad);
    }
  }

  ProbeEvidence probe(const Release& release,
                      const std::function<void(Stage)>& on_stage,
                      std::optional<std::chrono::milliseconds>) override {
    const auto begun = std::chrono::steady_clock::now();
    on_stage(Stage::source);
    ProbeEvidence evidence;
    if (auto seen = source_.unjudged(release.commit)) {
      evidence.observation = *std::move(seen);
      return evidence;
    }
    evidence.observation.notes = source_.notes(release.commit);
    Bundle bundle;
    if (!release.requirements.empty()) {
      try {
        bundle = deployable(release, release.commit.hex, bench_.subject,
                            bench_.addresses, {&history_, ""});
      } catch (const CannotCombine& no) {
        evidence.observation = not_together(no.what());
        return evidence;
      }
    }
    Ran ran = ask(release, bundle, on_stage);
    // An admin's or a watchdog's doing says nothing of the commit.
    if (ran.exit && may_be_killed_by_others(*ran.exit)) {
      ran = ask(release, bundle, on_stage);
      if (!ran.exit || !may_be_killed_by_others(*ran.exit)) {
        evidence.observation.notes.emplace_back(
            "the command was killed from outside; rung ran it again");
      }
    }
    if (std::string note = untracked_.note(); !note.empty()) {
      evidence.observation.notes.push_back(std::move(note));
    }
    keep_leftovers(release);
    Redactor redact = redact_;
    redact.add(release.env, secrets_);
    ran.log = redact(std::move(ran.log));
    evidence.log = ran.log;
    Observation& observation = evidence.observation;
    const std::string late =
        fmt::format("the command did not end within {} s",
                    std::chrono::duration<double>(deadline_).count());
    if (!ran.exit && !late_is_bad_) {
      throw AbortError(fmt::format(
          "{} at commit {} and was stopped; if that is what breaks: --deadline "
          "TIME, and a longer run is bad",
          late, release.commit.hex.substr(0, 10)));
    }
    const int code = ran.exit ? ran.exit->code : 0;
    if (!ran.exit) {
      observation.verdict = Verdict::bad;
      observation.failure = failure_of(late, ran.log);
    } else if (ran.succeeded()) {
      observation.verdict = Verdict::good;
    } else if (ran.exit->signal == 0 && code == 125) {
      observation.verdict = Verdict::skip;
      observation.failure =
          failure_of("the command exited with 125: cannot be judged", ran.log);
    } else if (ran.exit->signal != 0 || code >= 128) {
      // Source: git-bisect(1): above 127 stops the run; so does a signal.
      throw AbortError(fmt::format(
          "the command ended with {}{} at commit {}; 128 and above stop the "
          "search. Its last output: {}",
          ran.exit->signal != 0 ? 128 + ran.exit->signal : code,
          ran.exit->oom ? " (killed by the kernel: out of memory)" : "",
          release.commit.hex.substr(0, 10),
          ran.log.empty() ? "(none)" : last_words(ran.log)));
    } else {
      observation.verdict = Verdict::bad;
      judge_failed(release, code, evidence);
    }
    excuse_own_files(observation, evidence.log, release, bundle,
                     as_given(release, bench_));
    observation.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begun);
    return evidence;
  }

  bool leaves_files() override {
    return std::any_of(left_.begin(), left_.end(), [this](const auto& one) {
      return std::any_of(
          one.second.begin(), one.second.end(),
          [this](const auto& file) { return !untracked_.holds(file.first); });
    });
  }

  std::vector<std::string> left_differently(const Release& a,
                                            const Release& b) override {
    const Leftovers* one = nullptr;
    const Leftovers* two = nullptr;
    for (const auto& [release, left] : left_) {
      if (release == a) one = &left;
      if (release == b) two = &left;
    }
    if (one == nullptr || two == nullptr) return {};
    std::vector<std::string> names = differing(*one, *two);
    for (std::string& name : names) name += " (differs)";
    if (!names.empty()) return names;
    for (const auto& [name, unused] : *one) names.push_back(name + " (the same)");
    return names;
  }

 private:
  /// Whether a command that failed judged anything.
  void judge_failed(const Release& release, int code, ProbeEvidence& evidence) {
    Observation& observation = evidence.observation;
    // Source: POSIX sh, 2.8.2: 126 not executable, 127 not found. Git takes
    // both for bad, and then blames the commit that brought the script.
    const bool no_program = code == 126 || code == 127;
    const std::string missing = missing_script(command_, worktree_.folder());
    const bool without = !missing.empty() && is_released(release, missing) &&
                         (no_program || complains_of(evidence.log, missing));
    if (!no_program && !without) {
      observation.failure = failure_of(
          fmt::format("the command failed (exit {})", code), evidence.log);
      return;
    }
    const std::string link =
        without ? link_out_of(missing, worktree_.folder()) : "";
    const std::string reason =
        !without       ? interpreter_problem(command_, worktree_.folder())
        : link.empty() ? missing + " is not in this commit"
                       : fmt::format(
                             "the link {} leads out of what is deployed, which "
                             "is this folder alone (--path . deploys all of "
                             "the repository)",
                             link);
    observation.failure =
        failure_of(fmt::format("the command could not be run (exit {}){}{}",
                               code, reason.empty() ? "" : ": ", reason),
                   evidence.log);
    observation.failure->ending = Ending::cannot_run;
    evidence.not_run = observation.failure->message;
    if (without) {
      observation.verdict = Verdict::skip;
    } else {
      // A program that the command runs is not there. That is what breaks
      // where the good release has it; it hides any other failure.
      observation.failure->stage = Stage::start;
    }
  }

  /// Whether a script belongs to what is released: a build that fails leaves
  /// out what it makes. The first end is asked before anything is known.
  [[nodiscard]] bool is_released(const Release& release,
                                 const std::string& script) const {
    const auto& ends = bench_.subject.ends;
    if (!ends || release.commit == ends->good) return true;
    const std::string file = (fs::path(bench_.subject.path) / script)
                                 .lexically_normal()
                                 .generic_string();
    return history_.read_file(ends->good, file).has_value() ||
           history_.read_file(ends->bad, file).has_value();
  }

  Ran ask(const Release& release, const Bundle& bundle,
          const std::function<void(Stage)>& on_stage) {
    worktree_.move_on(release.commit);
    if (bench_.subject.from_nothing) worktree_.reset(Worktree::Reset::all);
    git_.stand_at(worktree_);
    untracked_.put_into(worktree_.root(), [this](const std::string& path) {
      return is_committed(path);
    });
    if (!bundle.files.empty()) worktree_.overlay(bundle.files);
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", command_};
    spec.cwd = worktree_.folder();
    spec.env = env_;
    for (const std::string& name : bench_.decided_names) spec.env.erase(name);
    for (const auto& [name, value] : release.env) spec.env[name] = value;
    spec.env["RUNG_COMMIT"] = release.commit.hex;
    spec.grace = kCleanUp;
    on_stage(Stage::health);
    if (guard_) guard_->begin_command();
    Ran ran = run(spec, deadline_);
    if (guard_) guard_->end_command("the command", command_);
    return ran;
  }

  /// `path`: relative to the repository's root.
  [[nodiscard]] bool is_committed(const std::string& path) const {
    const std::string& folder = worktree_.path();
    if (folder.empty()) return worktree_.occupies(path);
    return path.starts_with(folder + '/') &&
           worktree_.occupies(path.substr(folder.size() + 1));
  }

  // The ends of a search come first; after that nobody asks.
  void keep_leftovers(const Release& release) {
    constexpr std::size_t kFew = 4;
    if (left_.size() >= kFew) return;
    left_.emplace_back(release,
                       leftovers_in(worktree_.folder(), [this](const std::string& file) {
                         return worktree_.holds(file);
                       }));
  }

  std::vector<std::pair<Release, Leftovers>> left_;
  const Bench& bench_;
  std::string command_;
  std::set<std::string> secrets_;
  std::chrono::milliseconds deadline_;
  bool late_is_bad_;
  GitHistory history_;
  Worktree worktree_;
  SourceCheck source_;
  TrialGit git_;
  UntrackedCopies untracked_;
  std::optional<WorkTreeGuard> guard_;
  std::map<std::string, std::string> env_;  ///< all that the caller has
  Redactor redact_;                         ///< of env_
};

}  // namespace

std::unique_ptr<Prober> make_command_prober(const Bench& bench,
                                            std::size_t worker) {
  return std::make_unique<CommandProber>(bench, worker);
}

}  // namespace rung
