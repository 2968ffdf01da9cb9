#include "cmd/running/reasons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "adapters/git/history.hpp"
#include "cmd/input/uncommitted.hpp"
#include "cmd/workshop/missing_files.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/explain.hpp"
#include "core/gates/gate_words.hpp"
#include "core/gates/http_answer.hpp"
#include "core/gates/probe.hpp"
#include "core/text/counted.hpp"
#include "core/text/redact.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The end of the newest logs that were kept.
std::string kept_logs(const std::string& folder) {
  constexpr std::size_t kFiles = 3;
  constexpr std::streamoff kBytes = 64 * 1024;
  std::vector<fs::path> files;
  std::error_code error;
  if (folder.empty()) return "";
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  std::sort(files.rbegin(), files.rend());
  if (files.size() > kFiles) files.resize(kFiles);
  std::string text;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    const std::streamoff size = in.tellg();
    if (!in || size <= 0) continue;
    const std::streamoff from = std::max<std::streamoff>(0, size - kBytes);
    in.seekg(from);
    std::string piece(static_cast<std::size_t>(size - from), '\0');
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text += piece + "\n";
  }
  return text;
}

std::string seconds(std::chrono::milliseconds time) {
  const double value = std::chrono::duration<double>(time).count();
  return value == static_cast<double>(static_cast<long>(value))
             ? fmt::format("{:.0f} s", value)
             : fmt::format("{:.1f} s", value);
}

std::chrono::milliseconds longest_deadline(const Subject& subject) {
  std::chrono::milliseconds longest{0};
  for (const Gate& gate : subject.gates) {
    longest = std::max(longest, gate.deadline);
  }
  return longest;
}

bool was_too_late(const Failure& failure) {
  return failure.ending == Ending::too_slow && failure.stage != Stage::build;
}

/// What rung could not do, as opposed to what the release did. `release`: "the
/// good release".
std::string refusal_of(const Failure& failure, const Subject& subject,
                       std::string_view release) {
  const std::string why =
      failure.likely.empty()
          ? failure.message
          : fmt::format("{} ({})", failure.likely, failure.message);
  if (failure.stage == Stage::source) {
    return fmt::format("The release's files cannot be put in place: {}", why);
  }
  if (failure.stage == Stage::build) {
    if (failure.cause == "command-not-found" ||
        failure.cause == "permission-denied") {
      return fmt::format("The build command cannot run here: {}", why);
    }
    if (failure.ending == Ending::too_slow) {
      return fmt::format("The build did not end within {} and was stopped",
                         seconds(subject.build_deadline));
    }
    return "";
  }
  if (failure.ending == Ending::in_background) {
    return fmt::format(
        "The start command of {} ends at once; start the service in the "
        "foreground (no &, nohup or --daemon)",
        release);
  }
  if (failure.ending == Ending::cannot_run) {
    return fmt::format("The start command cannot run here: {}", why);
  }
  if (was_too_late(failure) && failure.likely.empty() &&
      longest_deadline(subject) < std::chrono::seconds(10)) {
    return fmt::format(
        "The deadline of {} ended before {} was up; try a longer one: {}",
        seconds(longest_deadline(subject)), release,
        subject.from_plan ? "deadline: 60s at the gate" : "--deadline 60s");
  }
  return "";
}

std::string what_was_checked(const Subject& subject) {
  if (!subject.predicate.empty()) {
    return fmt::format("--command {} in a checkout of the commit",
                       without_secrets({subject.predicate}).front());
  }
  std::vector<std::string> gates;
  for (const Gate& gate : subject.gates) {
    std::string text = gate.text.empty() ? std::string(gate_kind(gate))
                                         : gate.text;
    if (!has(text, "deadline=")) {
      text += fmt::format(" (up to {})", seconds(gate.deadline));
    }
    gates.push_back(std::move(text));
  }
  if (subject.settle.count() > 0) {
    gates.push_back(
        fmt::format("{} more without dying", seconds(subject.settle)));
  }
  return fmt::format("{}, on this machine, with the files {}{}{}",
                     fmt::join(gates, "; "),
                     subject.has_history ? "git has" : "of the folder",
                     subject.path.empty() ? "" : " below " + subject.path,
                     subject.target.emulate == Emulation::none
                         ? ""
                         : fmt::format(", as {} would route",
                                       to_string(subject.target.emulate)));
}

/// As read_env_told() tells it.
constexpr std::string_view kNoShellName =
    "not a name that a shell variable can have";

std::string redirect_of(const Failure& failure) {
  if (failure.redirected_to.empty()) return "";
  return fmt::format(
      "the gate was redirected to {}: ask that URL, or add the word follow, or "
      "status=3xx",
      failure.redirected_to);
}

/// What was told about env files that has these words in it; "" = nothing.
std::string from_env(const std::vector<std::string>& env_notes,
                     std::string_view words) {
  for (const std::string& note : env_notes) {
    if (has(note, words)) return "an env file's dialect: " + note;
  }
  return "";
}

/// A variable of an env file that a shell may keep from the service.
std::string dropped_by_shell(const std::vector<std::string>& env_notes) {
  for (const std::string& note : env_notes) {
    if (has(note, kNoShellName)) return note;
  }
  return "";
}

/// What is told of dialects that read an env file differently, unless a shell
/// has the name of no such variable: then its dialect is no way out.
std::string read_differently(const std::vector<std::string>& env_notes) {
  return dropped_by_shell(env_notes).empty()
             ? from_env(env_notes, " differently from ")
             : "";
}

/// What a build's log says by itself: the cause, and what helps.
std::string told_by_build(const Failure& failure) {
  if (failure.stage != Stage::build || failure.cause == "unknown") return "";
  const auto hint = hint_of(failure.cause);
  if (hint.empty()) return "";
  return fmt::format("the build ends with {}{}{}: {}", failure.cause,
                     failure.evidence.empty() ? "" : " ", failure.evidence,
                     hint);
}

/// What rung's options have to do with it that a release fails.
std::vector<std::string> told_by(const Failure& failure,
                                 const Release& release,
                                 const Subject& subject) {
  std::vector<std::string> reasons;
  if (std::string build = told_by_build(failure); !build.empty()) {
    reasons.push_back(std::move(build));
  }
  if (std::string redirect = redirect_of(failure); !redirect.empty()) {
    reasons.push_back(std::move(redirect));
  }
  if (was_too_late(failure)) {
    reasons.push_back(fmt::format(
        "it needs longer to start than the {} that rung waited: {}",
        seconds(longest_deadline(subject)),
        subject.from_plan ? "deadline: 120s at the gate" : "--deadline 120s"));
  }
  if (release.env.empty() && subject.predicate.empty() &&
      (failure.cause == "missing-env-var" ||
       failure.cause == "bad-env-value")) {
    std::error_code error;
    const bool there = fs::exists(subject.repo / ".env", error);
    reasons.push_back(fmt::format(
        "{}: {}",
        there ? ".env is in your work tree, but no release has it"
              : "the release has no variables at all",
        subject.from_plan ? (there ? "env_files: [.env]" : "env_files: [FILE]")
                          : (there ? "--env .env" : "--env FILE")));
  }
  const std::string said = found_and_likely(failure);
  if (!subject.path.empty() && (has(said, "..") || has(said, "No such file") ||
                                failure.cause == "missing-module" ||
                                failure.cause == "file-not-found")) {
    reasons.push_back(fmt::format(
        "a trial contains only {}; files outside it, or at its former path, "
        "are missing: {}",
        subject.path, subject.from_plan ? "source: {path: .}" : "--path ."));
  }
  return reasons;
}

constexpr std::size_t kReasons = 3;

}  // namespace

void add_changed_secrets(Report& report,
                         const std::vector<std::string>& names) {
  using Outcome = Report::Outcome;
  const bool fails = report.outcome == Outcome::drift ||
                     report.outcome == Outcome::broken ||
                     report.outcome == Outcome::no_verdict;
  if (names.empty() || !fails) return;
  const std::string all = fmt::format("{}", fmt::join(names, ", "));
  if (report.outcome == Outcome::drift && !report.find_fix) {
    report.outcome = Outcome::no_verdict;
    if (report.refusal.empty()) {
      report.refusal = fmt::format(
          "The {} release fails now, but with another {} than it passed with",
          report.terms.good, all);
    }
  }
  const bool one = names.size() == 1;
  report.reasons.insert(
      report.reasons.begin(),
      fmt::format("the secret{} {} {} since the {} release passed, and rung "
                  "keeps no value of a secret: if the new one is wrong, put "
                  "the earlier one back where it comes from",
                  one ? "" : "s", all, one ? "has changed" : "have changed",
                  report.terms.good));
  report.next = next_step(report);
}

std::string changed_outside(const Subject& subject, const CommitId& good,
                            const CommitId& bad) {
  if (subject.path.empty() || good == bad || !subject.has_history) return "";
  constexpr std::uint32_t kMost = 500;
  std::map<std::string, unsigned> folders;
  try {
    const GitHistory history(subject.repo);
    const CommitGraph all = history.between(good, bad, {});
    const auto count =
        std::min<std::uint32_t>(kMost, static_cast<std::uint32_t>(all.size()));
    for (std::uint32_t i = 0; i < count; ++i) {
      std::map<std::string, bool> here;
      for (const std::string& path :
           history.changed_paths(CommitId{all.hex(i)})) {
        if (path == subject.path || path.starts_with(subject.path + "/")) {
          continue;
        }
        // Two levels: "packages/shared" says more than "packages".
        const auto first = path.find('/');
        const auto second =
            first == std::string::npos ? first : path.find('/', first + 1);
        here[second != std::string::npos  ? path.substr(0, second)
             : first != std::string::npos ? path.substr(0, first)
                                          : path] = true;
      }
      for (const auto& [folder, yes] : here) ++folders[folder];
    }
  } catch (const std::exception&) {
    return "";
  }
  if (folders.empty()) return "";
  const auto most = std::max_element(
      folders.begin(), folders.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return fmt::format("{} change{} {}", counted(most->second, "commit"),
                     most->second == 1 ? "s" : "", most->first);
}

void add_reasons(Report& report, const Question& question,
                 const Subject& subject,
                 const std::vector<std::string>& env_notes) {
  using Outcome = Report::Outcome;
  const bool drift = report.outcome == Outcome::drift;
  const bool healthy = report.outcome == Outcome::not_reproducible;
  const bool unjudged = report.outcome == Outcome::no_verdict;
  std::vector<std::string> reasons;
  const auto add = [&](std::string reason) {
    if (!reason.empty()) reasons.push_back(std::move(reason));
  };
  if (report.failure && !report.find_fix) {
    const CommitId& commit =
        drift ? question.good.commit : question.bad.commit;
    const std::string missing = told(missing_files(
        subject, commit,
        found_and_likely(*report.failure) + "\n" + kept_logs(report.logs)));
    if (drift || unjudged) {
      add(missing);
    } else if (!missing.empty()) {
      report.notes.insert(report.notes.begin(), missing);
    }
  }
  const std::string outside =
      changed_outside(subject, question.good.commit, question.bad.commit);
  const std::string try_outside =
      outside.empty()
          ? ""
          : fmt::format("nothing below {} changed what fails; {}: try --path . "
                        "with --start 'cd {} && ...'",
                        subject.path, outside, subject.path);
  if (!drift && !healthy && !unjudged) {
    if (report.outcome == Outcome::suspects && !try_outside.empty() &&
        report.suspects.empty()) {
      report.notes.push_back(try_outside);
    }
    return;
  }
  if (report.gate_rates) return;  // the gate flakes, and the report says so
  report.checked = what_was_checked(subject);
  if ((drift || unjudged) && report.failure) {
    report.refusal =
        refusal_of(*report.failure, subject,
                   fmt::format("the {} release", report.terms.good));
  }
  if (drift || unjudged) add(dropped_by_shell(env_notes));
  // Env files first: what a dialect cuts fails in the most misleading ways.
  add(from_env(env_notes, " is read as "));
  if (healthy) {
    for (const std::string& note : env_notes) {
      if (has(note, " also differ in ")) add(note);
    }
    add(try_outside);
  }
  if (report.failure && (drift || unjudged)) {
    for (std::string& reason :
         told_by(*report.failure, question.good, subject)) {
      add(std::move(reason));
    }
  }
  if (reasons.size() < 3) add(read_differently(env_notes));
  if (healthy) {
    if (!question.deltas.empty() && question.bad.env.empty() &&
        subject.predicate.empty()) {
      add("the trial had no variables: give the deployed ones, --bad-env FILE");
    }
    if (subject.has_history) {
      try {
        const auto changed = uncommitted(subject);
        if (!changed.empty()) {
          add(
              fmt::format("{} is changed but not committed: what runs has the "
                          "change, a release does not",
                          changed.front()));
        }
      } catch (const Error&) {
        // not looked at, then
      }
    }
    for (const std::string& note : report.notes) {
      if (has(note, kRedirectedTo)) {
        add(note + ": if that page fails, let the gate ask for it");
        break;
      }
    }
    if (subject.predicate.empty() && subject.settle.count() == 0) {
      add(fmt::format("it dies after it has answered: {}",
                      subject.from_plan ? "settle: 5s" : "--settle 5s"));
    }
    if (subject.predicate.empty()) {
      const bool soaks = std::any_of(
          subject.gates.begin(), subject.gates.end(),
          [](const Gate& gate) { return gate.soak.count() > 0; });
      add(soaks
              ? "the gates do not test what fails: add one that does"
              : "it fails later, or where no gate looks: try soak=60s, or add "
                "a gate that shows it");
    } else {
      add("the command sees this shell's environment and files of earlier runs: "
          "try it in a fresh clone");
    }
  } else if ((drift || unjudged) &&
             !(report.failure && report.failure->stage == Stage::source)) {
    if (!subject.build_inputs.empty() || !subject.build_outputs.empty()) {
      add("a cached build is stale: it reads something that is not in inputs; "
          "use --fresh or add it to inputs");
    }
    if (report.failure && !question.good.env.empty() &&
        report.failure->cause == "missing-env-var") {
      add(fmt::format("the {} release's variables do not have {}, or have it "
                      "under another name",
                      report.terms.good,
                      report.failure->evidence.empty()
                          ? "what it asks for"
                          : report.failure->evidence));
    }
    const bool builds =
        report.failure && report.failure->stage == Stage::build;
    if (builds) {
      add("something the build fetches or uses has changed: registries, "
          "mirrors, the tools of this machine");
    } else if (report.refusal.empty()) {
      add("something it talks to has changed: services, credentials, "
          "certificates, this machine");
    }
    add(subject.predicate.empty()
            ? "rung starts it differently from how it is deployed: --start, "
              "--build, --port, --env"
            : "the command needs what a fresh checkout does not have");
  }
  if (reasons.size() > kReasons) reasons.resize(kReasons);
  report.reasons = std::move(reasons);
  report.next = next_step(report);
}

void add_reasons(Report& report, const Release& release, std::string_view log,
                 const Subject& subject,
                 const std::vector<std::string>& env_notes) {
  if (!report.failure) return;
  report.has_history = subject.has_history;
  report.checked = what_was_checked(subject);
  report.refusal = refusal_of(*report.failure, subject, "the release");
  std::vector<std::string> reasons;
  const auto add = [&](std::string reason) {
    if (!reason.empty()) reasons.push_back(std::move(reason));
  };
  add(told(missing_files(
      subject, release.commit,
      fmt::format("{}\n{}", found_and_likely(*report.failure), log))));
  add(dropped_by_shell(env_notes));
  add(from_env(env_notes, " is read as "));
  for (std::string& reason : told_by(*report.failure, release, subject)) {
    add(std::move(reason));
  }
  add(read_differently(env_notes));
  if (reasons.size() > kReasons) reasons.resize(kReasons);
  report.reasons = std::move(reasons);
  report.next = next_step(report);
}

}  // namespace rung
