#include "cmd/command_prober.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/borrowed_git.hpp"
#include "adapters/git_history.hpp"
#include "adapters/process.hpp"
#include "adapters/worktree.hpp"
#include "cmd/source_check.hpp"
#include "core/diagnosis.hpp"
#include "core/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

std::map<std::string, std::string> own_environment() {
  std::map<std::string, std::string> env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  // These would lead git away from the checkout.
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
                           "GIT_OBJECT_DIRECTORY"}) {
    env.erase(name);
  }
  return env;
}

std::string last_line(const std::string& log) {
  const std::size_t end = log.find_last_not_of("\r\n ");
  if (end == std::string::npos) return "(none)";
  const std::size_t from = log.rfind('\n', end);
  return log.substr(from == std::string::npos ? 0 : from + 1,
                    std::min<std::size_t>(
                        end - (from == std::string::npos ? 0 : from + 1) + 1,
                        200));
}

Failure said_no(const Ran& ran) {
  Failure failure;
  failure.stage = Stage::health;
  failure.cause = "unknown";
  // The log of a predicate is no deploy log: only how it ended is compared, so
  // that two failures of one command are one failure.
  failure.message = "the command said no";
  if (ran.exit && ran.exit->signal != 0) {
    failure.message =
        fmt::format("the command was killed by signal {}", ran.exit->signal);
  }
  failure.signature =
      signature(failure.stage, failure.cause, failure.message);
  return failure;
}

class CommandProber final : public Prober {
 public:
  CommandProber(const Subject& subject, const fs::path& work)
      : command_(subject.predicate),
        deadline_(subject.build_deadline),
        folder_(work / "checkout"),
        history_(subject.repo),
        worktree_(history_, folder_, subject.path),
        source_(history_, subject),
        git_(history_, folder_),
        env_(own_environment()) {}

  ProbeEvidence probe(const Release& release,
                      const std::function<void(Stage)>& on_stage) override {
    const auto begun = std::chrono::steady_clock::now();
    on_stage(Stage::source);
    ProbeEvidence evidence;
    if (auto seen = source_.unjudged(release.commit)) {
      evidence.observation = *std::move(seen);
      return evidence;
    }
    evidence.observation.notes = source_.notes(release.commit);
    worktree_.move_on(release.commit);
    git_.move_to(release.commit);

    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", command_};
    spec.cwd = folder_;
    spec.env = env_;
    for (const auto& [name, value] : release.env) spec.env[name] = value;
    spec.env["RUNG_COMMIT"] = release.commit.hex;
    on_stage(Stage::health);
    const Ran ran = run(spec, deadline_);
    evidence.log = ran.log;
    Observation& observation = evidence.observation;
    if (!ran.exit) {
      throw AbortError(fmt::format(
          "the command did not end within {} s; it was stopped", 
          std::chrono::duration_cast<std::chrono::seconds>(deadline_).count()));
    }
    const int code = ran.exit->code;
    if (ran.succeeded()) {
      observation.verdict = Verdict::good;
    } else if (ran.exit->signal == 0 && code == 125) {
      observation.verdict = Verdict::skip;
      observation.failure = said_no(ran);
      observation.failure->message = "the command said 125: cannot be judged";
    } else if (ran.exit->signal != 0 || code >= 128) {
      // Source: git-bisect(1): above 127 stops the run; so does a signal.
      throw AbortError(fmt::format(
          "the command ended with {} at commit {}; 128 and above stop the "
          "search. Its last words: {}",
          ran.exit->signal != 0 ? 128 + ran.exit->signal : code,
          release.commit.hex.substr(0, 10), last_line(ran.log)));
    } else {
      observation.verdict = Verdict::bad;
      observation.failure = said_no(ran);
      // Source: POSIX sh, 2.8.2: 126 not executable, 127 not found. Bad all the
      // same, as in git bisect: a script may come with a commit.
      if (code == 126 || code == 127) {
        evidence.not_run = fmt::format("the command could not be run (exit "
                                       "{}): {}",
                                       code, last_line(ran.log));
      }
    }
    observation.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begun);
    return evidence;
  }

 private:
  std::string command_;
  std::chrono::milliseconds deadline_;
  fs::path folder_;
  GitHistory history_;
  Worktree worktree_;
  SourceCheck source_;
  BorrowedGit git_;
  std::map<std::string, std::string> env_;
};

}  // namespace

std::unique_ptr<Prober> make_command_prober(const Subject& subject,
                                            const fs::path& work) {
  return std::make_unique<CommandProber>(subject, work);
}

}  // namespace rung
