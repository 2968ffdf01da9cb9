#include "plans/proposing/propose.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/port_number.hpp"
#include "core/text/secret_shapes.hpp"
#include "core/text/shell_words.hpp"
#include "plans/env/env_file.hpp"
#include "plans/proposing/app_sources.hpp"
#include "plans/proposing/backing_setup.hpp"
#include "plans/proposing/health_route.hpp"
#include "plans/proposing/needed_variables.hpp"
#include "plans/proposing/port_guess.hpp"

namespace rung {
namespace {

/// What the project's env file sets; no values but that of PORT.
struct EnvFileNames {
  std::set<std::string> names;
  std::string port;
};

/// "exec" before one plain command: no shell waits beside the service.
std::string with_exec(const std::string& command) {
  static const RE2 plain(R"re([A-Za-z0-9_./@-]+( [^;&|()<>`]*)?)re",
                         byte_options());
  static const RE2 assigned(R"re(^(?:[A-Za-z_]\w*=|exec |export |cd |\. |source |set |if |for |while ))re",
                            byte_options());
  return RE2::FullMatch(command, plain) && !RE2::PartialMatch(command, assigned)
             ? "exec " + command
             : command;
}

/// Programs of a virtual environment are in PATH already.
std::string without_runner(std::string command) {
  static const RE2 runner(R"re(\b(?:poetry|pipenv|uv|pdm) run )re",
                          byte_options());
  RE2::GlobalReplace(&command, runner, "");
  return command;
}

/// A command of an image that can run outside of it.
bool runs_anywhere(const std::string& command) {
  static const RE2 inside(R"re((?:^|[\s"'=:])/(?:app|usr|opt|srv|code|src|home|workspace|go|entrypoint|docker-entrypoint|start|bin/[a-z]*entry)\b|entrypoint|while\s*!|wait-for|/dev/tcp|nginx|supervisord)re",
                          byte_options());
  return !RE2::PartialMatch(command, inside);
}

std::optional<Guess> start_of(const Project& project, const App& app,
                              const Stated& stated,
                              std::vector<std::string>& todos) {
  std::optional<Guess> start;
  bool own = false;
  if (stated.start) {
    start = stated.start;
  } else if (app.start &&
             (app.runtime == "node" || !stated.image_start ||
              !runs_anywhere(stated.image_start->value) ||
              // What is built from source is not where an image has it.
              app.kind == AppKind::go || app.kind == AppKind::rust)) {
    start = app.start;
    own = true;
  } else if (stated.image_start && runs_anywhere(stated.image_start->value)) {
    start = stated.image_start;
  }
  if (!start) {
    if (stated.image_start) {
      todos.push_back(fmt::format(
          "start: the command of the image ({}) names paths or tools of the "
          "image; write the one for this machine",
          stated.image_start->from));
    } else {
      todos.emplace_back("start: write the command that starts the service");
    }
    return {};
  }
  // "web: COMMAND" where a command alone belongs; told before anything is put
  // before it.
  if (!procfile_type(start->value).empty()) {
    todos.push_back("start: what " + start->from + " says is no command");
    return {};
  }
  if (!own) {
    start->value = without_runner(start->value);
    // npm comes with node; yarn and pnpm may be missing.
    static const RE2 script_run(
        R"re(^(?:yarn|pnpm)(?: run)? ([A-Za-z][\w:-]*)$)re", byte_options());
    if (app.runtime == "node") {
      RE2::Replace(&start->value, script_run, "npm run \\1");
    }
    start->value = with_exec(start->value);
    // A script that is not in the project: the platform's, or built.
    static const RE2 script(R"re(^(?:exec )?(?:(?:ba)?sh )?\./([\w./-]+\.sh)\b)re",
                            byte_options());
    std::string name;
    if (RE2::PartialMatch(start->value, script, &name) && !project.has(name)) {
      todos.push_back("start: " + start->from + " names " + name +
                      ", which is not in the project");
    }
  }
  if (!secret_shapes(start->value).empty()) {
    todos.push_back("start: the command in " + start->from +
                    " seems to have a secret in it; write it with a variable");
    return {};
  }
  if (app.kind == AppKind::go && !own) {
    start->value.insert(0, "export PATH=\"$PWD/bin:$PATH\"; ");
  }
  start->value = app.prefix + start->value;
  return start;
}

std::optional<Guess> build_of(const App& app, const Stated& stated,
                              ProposedPlan& proposal) {
  if (app.kind == AppKind::go && stated.start && !stated.build) {
    // What a platform starts by name is named after its package.
    proposal.build_outputs = {"bin"};
    return Guess{"GOBIN=\"$PWD/bin\" go install ./...", app.build->from};
  }
  if (!stated.build) {
    proposal.build_inputs = app.build_inputs;
    proposal.build_outputs = app.build_outputs;
    return app.build;
  }
  Guess build = *stated.build;
  if (!secret_shapes(build.value).empty()) {
    proposal.todos.push_back(
        "build: the command in " + build.from +
        " seems to have a secret in it; write it with a variable");
    return {};
  }
  if (app.runtime == "python") {
    // A platform's command installs into the platform's Python.
    static const RE2 pip(R"re(\b(?:pip3?|python3? -m pip) install)re",
                         byte_options());
    if (RE2::PartialMatch(build.value, pip)) {
      build.value =
          "python3 -m venv .venv && export PATH=\"$PWD/.venv/bin:$PATH\" && " +
          build.value;
      build.from += ", in an environment of its own";
      return build;
    }
    proposal.notes.push_back("build: " + build.from +
                             " has another command, which installs nothing "
                             "that rung recognizes");
    proposal.build_inputs = app.build_inputs;
    proposal.build_outputs = app.build_outputs;
    return app.build;
  }
  static const RE2 yarn(R"re(\b(yarn|pnpm)\b)re", byte_options());
  if (app.runtime == "node" && RE2::PartialMatch(build.value, yarn) &&
      app.build) {
    proposal.notes.push_back("build: as " + build.from +
                             ", with tools that npx brings");
    return app.build;
  }
  return build;
}

void add_env_file(const Project& project, const App& app,
                  const PlanPosition& position, ProposedPlan& proposal,
                  EnvFileNames& names) {
  const std::string* text = project.text(".env");
  if (text == nullptr) return;
  const Dialect dialect = app.runtime == "python" ? Dialect::dotenv_python
                          : app.runtime == "node" ? Dialect::dotenv_node
                                                  : Dialect::compose;
  try {
    for (const EnvVar& one : read_env_text(*text, dialect, ".env").vars) {
      if (one.name == "PORT") names.port = one.value;
      names.names.insert(one.name);
    }
  } catch (const PlanError&) {
    proposal.todos.push_back("env_files: " + project.shown(".env") +
                             " cannot be read as an env file of " +
                             std::string(to_string(dialect)));
    return;
  }
  proposal.env_file = position.env_folder.empty()
                          ? ".env"
                          : position.env_folder + "/.env";
  proposal.env_file_from = project.shown(".env");
  proposal.dialect = to_string(dialect);
}

void add_variables(const std::vector<NeededVariable>& variables,
                   const BackingSetups& backing, const EnvFileNames& env_file,
                   ProposedPhase& first, ProposedPhase& auth) {
  static const RE2 of_auth(
      R"re((?:^|_)(?:AUTH|AUTH0|JWT|OAUTH|OAUTH2|OIDC|SAML|SESSION|LOGIN|COOKIE)(?:_|$))re",
      byte_options());
  std::string others, unset;
  std::size_t count = 0;
  for (const NeededVariable& one : variables) {
    if (backing.names.count(one.name) != 0 ||
        env_file.names.count(one.name) != 0) {
      continue;
    }
    const std::string& from = one.read_from.empty() ? one.from : one.read_from;
    if (one.value) {
      const bool later = !one.required && RE2::PartialMatch(one.name, of_auth);
      (later ? auth : first)
          .env.push_back({one.name, *one.value, one.value_from});
    } else if (one.strict) {
      first.secrets.push_back({one.name, "", from + " has no default"});
    } else if (one.required) {
      unset += fmt::format("{}{} ({})", unset.empty() ? "" : ", ", one.name,
                           from);
    } else if (one.read_from.empty() || one.from != one.read_from) {
      // Named by some file; the source has a default, reads it where the app
      // does not start, or does not read it.
      others += (count++ == 0 ? "" : ", ") + one.name;
    }
  }
  if (!unset.empty()) {
    first.todos.push_back(
        "set what the app needs of these, which its source reads without a "
        "default: " +
        unset);
  }
  if (count > 0 && others.size() < 1500) {
    first.todos.push_back(
        "set what you want of these, which files of the project name: " +
        others);
  } else if (count > 0) {
    first.todos.push_back(fmt::format(
        "set what you want of {} more variables that files of the project "
        "name",
        count));
  }
}

}  // namespace

std::string plan_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (fits) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  const auto begin = name.find_first_not_of("-_");
  name = begin == name.npos ? "app" : name.substr(begin, 60);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

ProposedPlan propose(const Project& project, const KnownApp& known,
                 const PlanPosition& position) {
  const App& app = known.app;
  const Stated& stated = known.stated;
  ProposedPlan proposal;
  proposal.name = plan_name(position.name);
  proposal.kind = app.what;
  proposal.repo = position.repo;
  proposal.path = project.folder();
  proposal.runtime = app.runtime;
  proposal.version = app.version;
  proposal.todos = app.todos;
  for (const std::string& unread : stated.unread) {
    proposal.todos.push_back("not read: " + unread);
  }
  const bool image = app.kind == AppKind::image;
  proposal.adapter = image ? "docker" : "local";
  if (!image) {
    proposal.build = build_of(app, stated, proposal);
    proposal.start = start_of(project, app, stated, proposal.todos);
  }

  const SourceReads reads = app_reads(project);
  EnvFileNames env_file;
  add_env_file(project, app, position, proposal, env_file);
  if (image) {
    proposal.port =
        stated.port && port_number(stated.port->value)
            ? *stated.port
            : Guess{"auto", "the port that the image exposes, else 8080"};
  } else {
    const PortGuess port =
        port_guess(project, app, stated,
                   proposal.start ? proposal.start->value : "", reads);
    proposal.port = {port.port, port.from};
    if (!port.todo.empty()) proposal.todos.push_back("port: " + port.todo);
    // The release's own PORT wins over one that rung would choose.
    if (port.port == "auto" && port_number(env_file.port)) {
      proposal.port = {env_file.port, proposal.env_file_from + " sets PORT"};
    }
  }
  if (stated.release) {
    proposal.todos.push_back(fmt::format(
        "{} runs a command before each release (a migration?), which the plan "
        "does not run",
        stated.release->from));
  }

  ProposedPhase first, auth;
  first.name = "app";
  auth.name = "auth";
  const HealthRoute health = health_route(project, app, stated);
  std::string gate = health.path;
  static const RE2 plain_path("/[A-Za-z0-9_/-]*", byte_options());
  if (!RE2::FullMatch(gate, plain_path)) gate = '"' + gate + '"';
  first.gates.push_back({health.status.empty()
                             ? fmt::format("{{http: {}}}", gate)
                             : fmt::format("{{http: {}, status: {}}}", gate,
                                           health.status),
                         health.from});
  if (!health.todo.empty()) first.todos.push_back("gate: " + health.todo);

  const auto variables = needed_variables(project, app, stated, reads);
  const auto backing = backing_setups(app, stated, variables);
  for (const std::string& todo : backing.todos) proposal.todos.push_back(todo);
  add_variables(variables, backing, env_file, first, auth);

  std::vector<ProposedPhase> later;
  for (const BackingSetup& setup : backing.setups) {
    ProposedPhase phase;
    phase.name = setup.phase;
    phase.gates.push_back(setup.gate);
    // An app without a default for the address may end at its start.
    ProposedPhase& where = setup.at_once ? first : phase;
    where.env.insert(where.env.end(), setup.env.begin(), setup.env.end());
    where.services.push_back(setup.service);
    later.push_back(std::move(phase));
  }
  proposal.phases.push_back(std::move(first));
  for (ProposedPhase& phase : later) {
    proposal.phases.push_back(std::move(phase));
  }
  if (!auth.env.empty()) proposal.phases.push_back(std::move(auth));
  return proposal;
}

}  // namespace rung
