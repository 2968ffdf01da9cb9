#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapters/process/written_file.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "plans/proposing/find_apps.hpp"
#include "plans/proposing/project_folder.hpp"
#include "plans/proposing/propose.hpp"
#include "plans/proposing/write_plan.hpp"
#include "plans/reading/reader.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct InitOptions {
  std::string folder = ".", output;
};

void print_json(const Json& out) {
  fmt::print("{}\n",
             out.dump(2, ' ', false, Json::error_handler_t::replace));
}

/// Nothing is written: why, in one line, and what was found, one a line.
int proposed_nothing(const InitOptions& options, bool json,
                     const std::string& why,
                     const std::vector<FoundApp>& apps = {}) {
  fmt::print(stderr, "rung: {}\n", printable(why));
  for (const FoundApp& app : apps) {
    fmt::print(stderr, "  {}  {}\n",
               shell_quoted((fs::path(options.folder) / app.folder)
                                .lexically_normal()
                                .string()),
               app.known.app.what);
  }
  if (json) {
    Json out = {{"rung", 1}, {"command", "init"}, {"error", printable(why)},
                {"exit", int{kNotRestored}}};
    out["apps"] = Json::array();
    for (const FoundApp& app : apps) {
      out["apps"].push_back(
          {{"folder", app.folder}, {"kind", app.known.app.what}});
    }
    print_json(out);
  }
  return kNotRestored;
}

std::string relative_path(const fs::path& to, const fs::path& from) {
  const std::string path = to.lexically_relative(from).generic_string();
  return path == "." ? "" : path;
}

/// What the plan says in short: what, value, where from.
std::vector<std::array<std::string, 3>> guesses_of(const ProposedPlan& proposal) {
  std::vector<std::array<std::string, 3>> guesses;
  if (proposal.build) {
    guesses.push_back({"build", proposal.build->value, proposal.build->from});
  }
  if (proposal.start) {
    guesses.push_back({"start", proposal.start->value, proposal.start->from});
  }
  guesses.push_back({"port", proposal.port.value, proposal.port.from});
  for (const ProposedGate& gate : proposal.phases.front().gates) {
    guesses.push_back({"gate", gate.gate, gate.from});
  }
  return guesses;
}

void tell(const ProposedPlan& proposal, const WrittenPlan& written,
          const std::string& plan, std::FILE* out) {
  std::string phases;
  for (const ProposedPhase& phase : proposal.phases) {
    phases += (phases.empty() ? "" : ", ") + phase.name;
  }
  fmt::print(out, "{}: {}{}, {}: {}\n", printable(plan), proposal.kind,
             proposal.path.empty() ? "" : " in " + printable(proposal.path),
             counted(proposal.phases.size(), "phase"), phases);
  for (const auto& [what, value, from] : guesses_of(proposal)) {
    fmt::print(out, "  {:<6} {}\n         from {}\n", what, printable(value),
               printable(from));
  }
  if (!written.todos.empty()) {
    fmt::print(out, "to fill in:\n");
    for (const PlanTodo& todo : written.todos) {
      fmt::print(out, "  line {}: {}\n", todo.line, todo.what);
    }
  }
}

Json as_json(const ProposedPlan& proposal, const WrittenPlan& written) {
  Json out = {{"rung", 1}, {"command", "init"}, {"kind", proposal.kind},
              {"folder", proposal.path}};
  out["phases"] = Json::array();
  for (const ProposedPhase& phase : proposal.phases) {
    out["phases"].push_back(phase.name);
  }
  out["guesses"] = Json::array();
  for (const auto& [what, value, from] : guesses_of(proposal)) {
    out["guesses"].push_back({{"what", what}, {"value", value}, {"from", from}});
  }
  out["todo"] = Json::array();
  for (const PlanTodo& todo : written.todos) {
    out["todo"].push_back({{"line", todo.line}, {"text", todo.what}});
  }
  return out;
}

int run_init(const InitOptions& options, bool json) {
  std::error_code error;
  fs::path folder = fs::canonical(options.folder, error);
  if (error) {
    throw PlanError(fmt::format("init: {}: there is no such folder",
                                options.folder));
  }
  const bool print = options.output == "-";
  const fs::path shown = !options.output.empty()
                             ? fs::path(options.output)
                             : (fs::path(options.folder) / "plan.yaml")
                                   .lexically_normal();
  const fs::path plan =
      print ? folder / "plan.yaml"
            : fs::canonical(fs::absolute(shown).parent_path(), error) /
                  shown.filename();
  if (error || shown.filename().empty()) {
    throw PlanError(fmt::format(
        "init: {}: not a file in a folder that exists", shown.string()));
  }
  if (!print && fs::exists(fs::symlink_status(plan, error))) {
    return proposed_nothing(
        options, json,
        fmt::format("init: {} is there already and stays as it is; "
                    "name another file with --output, or - to print",
                    shown.string()));
  }

  const fs::path top = project_top(folder);
  const ProjectFolder files(top, folder);
  const Project project =
      Project(files).below(relative_path(folder, top));
  const auto apps = find_apps(project);
  if (apps.empty()) {
    return proposed_nothing(
        options, json,
        fmt::format("init: {}: nothing to propose a plan from; looked "
                    "for {}",
                    options.folder, kLookedFor));
  }
  if (apps.size() > 1) {
    return proposed_nothing(
        options, json,
        fmt::format("init: {}: {} in this folder; name the folder of one:",
                    options.folder, counted(apps.size(), "app")),
        apps);
  }
  const Project app = project.below(apps.front().folder);
  const fs::path at = plan.parent_path();
  PlanPosition position;
  position.name = folder.filename().string();
  if (project_top(at) != top) position.repo = relative_path(top, at);
  position.env_folder = relative_path(top / app.folder(), at);
  ProposedPlan proposal = propose(app, apps.front().known, position);
  if (files.cut_short()) {
    proposal.notes.emplace_back(
        "the folder has more files than rung init looks at; some were not read");
  }
  const WrittenPlan written = write_plan(proposal);
  (void)read_plan_text(written.text, plan);  // what is no plan is not written

  if (!print && !create_file(plan, written.text, 0666)) {
    if (errno != EEXIST) {
      throw AbortError(fmt::format("init: writing {}: {}", shown.string(),
                                   std::strerror(errno)));
    }
    return proposed_nothing(
        options, json,
        fmt::format("init: {} was made by somebody else just now and "
                    "stays as it is",
                    shown.string()));
  }
  const std::string next = "rung climb " + shell_quoted(shown.string());
  if (json) {
    Json out = as_json(proposal, written);
    if (print) {
      out["text"] = written.text;
    } else {
      out["plan"] = shown.string();
      out["next"] = next;
    }
    print_json(out);
    return kHealthy;
  }
  if (print) {
    fmt::print("{}", written.text);
    tell(proposal, written, "the plan", stderr);
    return kHealthy;
  }
  tell(proposal, written, shown.string(), stdout);
  fmt::print("next: {}\n", next);
  return kHealthy;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "init", "propose a plan for the app in a folder; overwrites nothing");
  auto options = std::make_shared<InitOptions>();
  command->add_option("folder", options->folder,
                      "the app's folder (default: this one)");
  command->add_option("--output", options->output,
                      "the file to write, - prints (default: plan.yaml in the "
                      "folder)");
  command->add_flag("--json", context.json, "the same facts as JSON");
  command->callback([options, &context] {
    context.run = [options, &context] {
      return run_init(*options, context.json);
    };
  });
}

}  // namespace rung
