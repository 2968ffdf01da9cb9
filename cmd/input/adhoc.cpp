#include "cmd/input/adhoc.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>

#include "adapters/checkout/trial_cache.hpp"
#include "adapters/git/history.hpp"
#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/duration.hpp"
#include "core/text/printable.hpp"
#include "core/text/shell_words.hpp"
#include "plans/env/meaning.hpp"
#include "plans/requirements/requirements.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

// `http http://127.0.0.1:10000/health` names the routed port; nobody should
// have to say it twice.
std::uint16_t port_of(const std::vector<Gate>& gates) {
  for (const Gate& gate : gates) {
    const auto* http = std::get_if<HttpGate>(&gate.check);
    if (http == nullptr) continue;
    for (const std::string_view host : {"http://127.0.0.1:", "http://localhost:",
                                        "http://0.0.0.0:", "http://[::1]:"}) {
      if (http->url.compare(0, host.size(), host) != 0) continue;
      const int port = std::atoi(http->url.c_str() + host.size());
      if (port > 0 && port < 65536) return static_cast<std::uint16_t>(port);
    }
  }
  return 0;
}

}  // namespace

void AdHoc::add_options(CLI::App& app) {
  app.add_option("--source", source, "folder of the repository")
      ->group("without a plan");
  app.add_option("--path", path,
                 "the folder to deploy, relative to the repository's root")
      ->group("without a plan");
  app.add_option(
         "--inputs", inputs,
         "files that the release depends on, below that folder; commits that "
         "change none of them are not suspects; repeatable")
      ->group("without a plan");
  app.add_option("--build", build, "command that builds a checkout")
      ->group("without a plan");
  app.add_option("--build-env", build_env,
                 "variables that the build reads: all, none, or names in "
                 "addition to those that its command and files name")
      ->group("without a plan");
  app.add_option("--start", start, "command that starts the service")
      ->group("without a plan");
  app.add_option("--gate", gates,
                 "what healthy means; repeatable (rung explain gates)")
      ->group("without a plan");
  app.add_option("--command", command,
                 "a predicate instead of gates: exit 0 good, 125 skip, 126 and "
                 "127 it cannot run, 128 and above stops, else bad")
      ->group("without a plan");
  app.add_option("--env", env_file, "env file of the release(s)")
      ->group("without a plan");
  app.add_option("--dialect", dialect,
                 "how env files are read: docker, compose, dotenv-python, "
                 "dotenv-node, sh")
      ->group("without a plan");
  app.add_option("--requirements", requirements_file,
                 "requirement file of the release(s)")
      ->group("without a plan");
  app.add_option("--port", port,
                 "the port the platform routes to, or auto: a free one")
      ->group("without a plan")
      ->transform(CLI::Validator(
          [](std::string& word) {
            if (word == "auto") word = "0";  // as in a plan
            return std::string();
          },
          ""))
      ->check(CLI::Range(0, 65535).description(""))
      ->type_name("NUMBER|auto");
  app.add_option("--emulate", emulate,
                 "act like this platform: render, cloudrun, none")
      ->group("without a plan");
  app.add_option("--deadline", deadline,
                 "for gates without one of their own (default 30s); for "
                 "--command: a longer run is bad")
      ->group("without a plan");
  settle.add_option(app);
  app.add_option("--inherit", inherit,
                 "what trials get of this machine besides PATH and LANG: a "
                 "variable, or a file of your home (~/.npmrc); repeatable")
      ->group("without a plan");
  app.add_option("--state", state,
                 "the folder that holds .rung (default: the root of "
                 "the repository)");
}

fs::path source_folder(const std::string& given) {
  std::error_code error;
  fs::path source = fs::canonical(given, error);
  if (error || !fs::is_directory(source)) {
    throw UsageError(fmt::format("--source {}: no such folder", given));
  }
  return source;
}

Subject subject_of(const AdHoc& options) {
  Subject subject;
  subject.reads(options.env_file);
  subject.reads(options.requirements_file);
  const fs::path source = source_folder(options.source);
  const bool predicate = !options.command.empty();
  if (predicate && (!options.gates.empty() || !options.start.empty())) {
    throw UsageError(
        "--command decides by itself; leave out --start and --gate");
  }
  if (predicate && !options.build.empty()) {
    throw UsageError(fmt::format(
        "--command runs without a build; put it into the command: --command {}",
        shell_quoted(fmt::format("({}) || exit 125; {}", options.build,
                                 options.command))));
  }
  if (!predicate && options.start.empty()) {
    throw UsageError(
        "nothing to start: give --start CMD and --gate, or --command CMD");
  }
  if (const auto type = procfile_type(options.start); !type.empty()) {
    throw UsageError(fmt::format(
        "--start: \"{}:\" is a Procfile's word for the process, not a part of "
        "the command; leave it out",
        type));
  }
  if (!predicate && options.gates.empty()) {
    throw UsageError(
        "no --gate: say what healthy means, e.g. --gate 'http /health "
        "status=200' (rung explain gates)");
  }
  static constexpr std::string_view kPlatforms[] = {"render", "cloudrun",
                                                    "none"};
  if (std::find(std::begin(kPlatforms), std::end(kPlatforms),
                options.emulate) == std::end(kPlatforms)) {
    throw UsageError(fmt::format("--emulate {}: not a platform rung emulates{}",
                                 options.emulate,
                                 did_you_mean(options.emulate, kPlatforms)));
  }
  subject.repo = source;
  // "." is the root, wherever --source lies in it.
  const bool root_given = options.path == "." || options.path == "./";
  subject.path = root_given ? "" : options.path;
  subject.inputs = options.inputs;
  fs::path root = source;
  try {
    const GitHistory history(source);
    root = history.root();
    if (subject.path.empty() && !root_given) {
      subject.path = history.path_inside(source);
    }
  } catch (const HistoryError&) {
    // No repository at all is fine as long as no commit is asked for.
    if (is_inside_a_repository(source)) throw;
    subject.has_history = false;
  }
  subject.build_env = build_env_from(options.build_env);
  subject.predicate = options.command;
  subject.target.name = "local";
  subject.target.adapter = "local";
  subject.target.emulate = emulation_from(options.emulate).value();
  const auto deadline = options.deadline.empty()
                            ? Gate{}.deadline
                            : parse_duration(options.deadline);
  if (predicate && !options.deadline.empty()) {
    subject.predicate_deadline = deadline;
  }
  for (const std::string& words : options.gates) {
    subject.gates.push_back(parse_gate(words, deadline));
  }
  subject.target.port_given = options.port > 0;
  subject.target.port = options.port > 0
                            ? static_cast<std::uint16_t>(options.port)
                            : port_of(subject.gates);
  subject.settle = options.settle.given().value_or(subject.settle);
  subject.state =
      options.state.empty() ? root : fs::absolute(options.state);
  subject.inherit = options.inherit;
  // Whoever names a folder of their own for the state means all of it, unless
  // that lies in a project.
  if (!options.state.empty() && !project_above(subject.state)) {
    subject.trials = subject.state / ".rung" / "trials";
  }
  if (!subject.has_history) {
    subject.folder_digest = take_folder(plain_folder(subject), subject.trials,
                                        subject.state, subject.repo);
  }
  return subject;
}

void AdHoc::refuse_beside_plan() const {
  const std::pair<const char*, bool> all[] = {
      {"--source", !source.empty()},
      {"--path", !path.empty()},
      {"--build", !build.empty()},
      {"--start", !start.empty()},
      {"--command", !command.empty()},
      {"--build-env", !build_env.empty()},
      {"--inputs", !inputs.empty()},
      {"--gate", !gates.empty()},
      {"--env", !env_file.empty()},
      {"--dialect", dialect != AdHoc().dialect},
      {"--requirements", !requirements_file.empty()},
      {"--port", port != AdHoc().port},
      {"--emulate", emulate != AdHoc().emulate},
      {"--deadline", !deadline.empty()},
      {"--inherit", !inherit.empty()},
      {"--state", !state.empty()}};
  for (const auto& [name, is_given] : all) {
    if (!is_given) continue;
    throw UsageError(fmt::format(
        "{} is for --source, without a plan; here the plan says it: change the "
        "plan, or leave the option out",
        name));
  }
}

Release release_of(const AdHoc& options, const Subject& subject,
                   const std::string& revision, const std::string& env_file,
                   const std::string& requirements_file,
                   std::vector<std::string>& notes) {
  Release release;
  if (subject.has_history) {
    release.commit =
        GitHistory(subject.repo).resolve(revision.empty() ? "HEAD" : revision);
  } else if (!revision.empty()) {
    throw UsageError(fmt::format(
        "{} is not a git repository, so there is no commit \"{}\" to look up",
        subject.repo.string(), revision));
  }
  const auto dialect = dialect_from(options.dialect);
  if (!dialect) {
    throw UsageError(fmt::format(
        "--dialect {}: one of docker, compose, dotenv-python, dotenv-node, sh",
        options.dialect));
  }
  const std::string& env = env_file.empty() ? options.env_file : env_file;
  if (!env.empty()) {
    ToldEnv told = read_env_told_file(env, *dialect);
    release.env = told.read.values();
    notes.insert(notes.end(), told.notes.begin(), told.notes.end());
  }
  const std::string& requirements =
      requirements_file.empty() ? options.requirements_file : requirements_file;
  if (!requirements.empty()) {
    release.requirements = read_requirements(requirements);
    release.config["requirements-file"] = requirements_path(requirements);
  }
  if (!options.build.empty()) release.config["build"] = options.build;
  if (!options.start.empty()) release.config["start"] = options.start;
  if (!subject.has_history) {
    release.config[kFolderKey] = subject.folder_digest;
  }
  return release;
}

}  // namespace rung
