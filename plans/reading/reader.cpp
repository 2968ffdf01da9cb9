#include "plans/reading/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/duration.hpp"
#include "core/text/shell_words.hpp"
#include "plans/env/meaning.hpp"
#include "plans/generate/generate.hpp"
#include "plans/generate/service_address.hpp"
#include "plans/reading/gate_reader.hpp"
#include "plans/reading/phase_requirements.hpp"
#include "plans/reading/plan_node.hpp"
#include "plans/reading/validate.hpp"
#include "plans/reading/yaml_document.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

constexpr std::size_t kMaxTemplate = 1 << 20;

class Reader : PlanPlace {
 public:
  explicit Reader(const std::filesystem::path& path,
                  const EnvTextOf& text_of = {})
      : PlanPlace{path.string(), path.parent_path()}, text_of_(text_of) {
    plan_.file = path;
  }

  Plan read(std::string_view text) {
    const YamlNode root = parse_yaml(text, plan_file);
    validate_plan(root, plan_file);
    const At at{&root, ""};
    plan_.name = name(at["name"]);
    plan_.runtime = at["runtime"].text("other");
    source(at["source"]);
    build(at["build"]);
    plan_.start = start(at["start"]);
    if (at["settle"]) plan_.settle = parse_duration(at["settle"].text());
    if (at["requirements_file"]) {
      plan_.requirements_file = inner_path(at["requirements_file"]);
    }
    plan_.env_files = env_files(at["env_files"]);
    plan_.env = env(at["env"]);
    plan_.secrets = secrets(at["secrets"]);
    if (at["trials"]) plan_.trials = outer_path(at["trials"]);
    for (const At& name : at["inherit"].items()) {
      plan_.inherit.push_back(name.text());
    }
    targets(at["targets"]);
    for (const At& phase : at["phases"].items()) read_phase(phase, at);
    if (plan_.requirements_file.empty() && requirements_.any()) {
      plan_.requirements_file = plan_.runtime == "python" ? "requirements.txt"
                                : plan_.runtime == "node" ? "package.json"
                                                          : "";
    }
    const auto phases = at["phases"].items();
    for (std::size_t i = 0; i < phases.size(); ++i) {
      here(phases[i], [&] { generated_files(plan_, i); });
    }
    return std::move(plan_);
  }

 private:
  std::string name(const At& at) const {
    const std::string text = at.text();
    // Names become parts of git tags, which these may not end or hold.
    if (text.find("..") != std::string::npos || text.ends_with('.') ||
        text.ends_with(".lock")) {
      refuse(at,
             "\"..\", and \".\" or \".lock\" at the end, cannot be part of "
             "a git tag");
    }
    return text;
  }

  std::string start(const At& at) const {
    std::string command = at.text();
    if (const auto type = procfile_type(command); !type.empty()) {
      refuse(at, fmt::format("\"{}:\" is a Procfile's word for the process, not "
                             "a part of the command; leave it out",
                             type));
    }
    return command;
  }

  void source(const At& at) {
    const bool mapping = at && at.node->kind == YamlNode::Kind::mapping;
    const At repo = mapping ? at["repo"] : at;
    plan_.repo = repo ? outer_path(repo) : repository_of(folder);
    if (mapping && at["path"]) {
      plan_.path = inner_path(at["path"]);
      if (plan_.path == ".") plan_.path.clear();
    }
    if (mapping) plan_.inputs = inner_paths(at["inputs"]);
    if (mapping) plan_.commit = at["commit"].text("HEAD");
    if (plan_.commit.starts_with('-')) {
      refuse(at["commit"], "not a revision");
    }
  }

  /// The folder at or above `folder` that holds .git; else `folder`.
  static std::filesystem::path repository_of(
      const std::filesystem::path& folder) {
    std::error_code error;
    for (auto at = folder; !at.empty(); at = at.parent_path()) {
      if (std::filesystem::exists(at / ".git", error)) return at;
      if (at == at.root_path()) break;
    }
    return folder;
  }

  void build(const At& at) {
    if (!at) return;
    if (at.node->kind != YamlNode::Kind::mapping) {
      plan_.build = at.text();
      return;
    }
    plan_.build = at["run"].text();
    plan_.build_inputs = inner_paths(at["inputs"]);
    plan_.build_outputs = inner_paths(at["outputs"]);
    if (const At env = at["env"]; env && env.node->kind != YamlNode::Kind::list) {
      plan_.build_env = build_env_from(env.text());
    } else {
      for (const At& name : env.items()) plan_.build_env.more.insert(name.text());
    }
  }

  std::string env_name(const std::string& text, Position mark,
                       const std::string& path) const {
    if (text.empty() || text.find('=') != std::string::npos) {
      refuse(mark, path, "not a name a variable can have");
    }
    return text;
  }

  std::map<std::string, std::string> env(const At& at) const {
    std::map<std::string, std::string> values;
    for (const auto& [key, mark, value] : at.members()) {
      values[env_name(key, mark, value.path)] = value.text();
    }
    return values;
  }

  std::vector<EnvFile> env_files(const At& at) {
    std::vector<EnvFile> files;
    for (const At& item : at.items()) {
      EnvFile file;
      const bool mapping = item.node->kind == YamlNode::Kind::mapping;
      const At path = mapping ? item["file"] : item;
      file.file = outer_path(path);
      if (mapping) file.dialect = dialect(item["dialect"]);
      here(path, [&] {
        ToldEnv told =
            text_of_ ? read_env_told(text_of_(file, env_so_far_), file.dialect,
                                     file.file.string(), env_so_far_)
                     : read_env_told_file(file.file, file.dialect, env_so_far_);
        file.values = told.read.values();
        plan_.warnings.insert(plan_.warnings.end(), told.notes.begin(),
                              told.notes.end());
      });
      for (const auto& [name, value] : file.values) env_so_far_[name] = value;
      files.push_back(std::move(file));
    }
    return files;
  }

  static Dialect dialect(const At& at) {
    return dialect_from(at.text("compose")).value_or(Dialect::compose);
  }

  std::map<std::string, SecretSource> secrets(const At& at) const {
    std::map<std::string, SecretSource> result;
    for (const auto& [key, mark, value] : at.members()) {
      env_name(key, mark, value.path);
      const std::string from = value["from"].text();
      SecretSource source;
      std::string needs = "name";
      if (from == "file") {
        needs = "path";
        source.from = SecretSource::From::file;
        if (value["path"]) source.what = outer_path(value["path"]).string();
      } else if (from == "command") {
        needs = "run";
        source.from = SecretSource::From::command;
        source.what = value["run"].text();
      } else {
        source.what = value["name"].text(key);
      }
      if (source.what.empty()) {
        refuse(value, fmt::format("\"from: {}\" needs \"{}\"", from, needs));
      }
      for (const std::string_view other : {"name", "path", "run"}) {
        if (other != needs && value[other]) {
          refuse(value[other],
                 fmt::format("means nothing with \"from: {}\"", from));
        }
      }
      result[key] = std::move(source);
    }
    return result;
  }

  void targets(const At& at) {
    for (const auto& [key, mark, value] : at.members()) {
      Target target;
      target.name = key;
      target.adapter = value["adapter"].text("local");
      if (target.adapter == "local") {
        target.emulate =
            emulation_from(value["emulate"].text("none")).value();
        const std::string port = value["port"].text("auto");
        target.port_given = port != "auto";
        if (target.port_given) {
          target.port = static_cast<std::uint16_t>(std::stoi(port));
        }
        if (value["inject_port"]) {
          target.inject_port = value["inject_port"].node->json.get<bool>();
        }
      } else {
        options(value, "", target.options);
      }
      plan_.targets.push_back(std::move(target));
    }
    if (plan_.targets.empty()) {
      plan_.targets.emplace_back().name = "local";
    }
    std::stable_partition(
        plan_.targets.begin(), plan_.targets.end(),
        [](const Target& target) { return target.adapter == "local"; });
  }

  /// An adapter's own settings, as text: {token: {from: env}} is "token.from".
  void options(const At& at, const std::string& above,
               std::map<std::string, std::string>& out) const {
    for (const auto& [key, mark, value] : at.members()) {
      if (above.empty() && key == "adapter") continue;
      if (value.node->kind == YamlNode::Kind::mapping) {
        options(value, above + key + ".", out);
      } else {
        out[above + key] = value.text();
      }
    }
  }

  void read_phase(const At& at, const At& root) {
    Phase phase;
    phase.name = name(at["name"]);
    if (const auto [it, added] =
            phase_names_.emplace(phase.name, at.node->mark.line);
        !added) {
      refuse(at["name"], fmt::format("there is a phase \"{}\" already (line "
                                     "{})",
                                     phase.name, it->second));
    }
    const bool first = plan_.phases.empty();
    // What the plan says for all phases begins with the first.
    if (first) {
      for (const auto& [name, value] : plan_.env) env_so_far_[name] = value;
      config(root["config"], phase);
      files(root["files"], phase);
      services(root["services"], phase);
      gates(root["gates"], phase);
    }
    phase.env_files = env_files(at["env_files"]);
    phase.env = env(at["env"]);
    for (const auto& [name, value] : phase.env) env_so_far_[name] = value;
    phase.secrets = secrets(at["secrets"]);
    requirements_.read(at, phase);
    config(at["config"], phase);
    if (at["build"]) phase.config["build"] = at["build"].text();
    if (at["start"]) phase.config["start"] = start(at["start"]);
    phase.commit = at["commit"].text();
    if (phase.commit.starts_with('-')) refuse(at["commit"], "not a revision");
    files(at["files"], phase);
    services(at["services"], phase);
    gates(at["gates"], phase);
    phase.approve = at["approve"].text() == "true";
    unset(at["unset"], phase);

    if (first) {
      references(root["env"]);
      for (const EnvFile& file : plan_.env_files) {
        references(file.values, root["env_files"]);
      }
    }
    references(at["env"]);
    for (const EnvFile& file : phase.env_files) {
      references(file.values, at["env_files"]);
    }
    plan_.phases.push_back(std::move(phase));
  }

  void config(const At& at, Phase& phase) const {
    for (const auto& [key, mark, value] : at.members()) {
      phase.config["platform:" + key] = value.text();
    }
  }

  void unset(const At& at, Phase& phase) {
    for (const At& item : at.items()) {
      const std::string name = item.text();
      const bool here = phase.env.count(name) != 0;
      const bool known = env_so_far_.count(name) != 0 || secret_known(name);
      if (here || !known) {
        std::vector<std::string_view> names;
        for (const auto& [other, value] : env_so_far_) names.push_back(other);
        refuse(item, here ? fmt::format("{} is set in the same phase", name)
                          : fmt::format("no phase below sets {}{}", name,
                                        did_you_mean(name, names)));
      }
      env_so_far_.erase(name);
      phase.unset.push_back(name);
    }
  }

  bool secret_known(const std::string& name) const {
    return plan_.secrets.count(name) != 0 ||
           std::any_of(plan_.phases.begin(), plan_.phases.end(),
                       [&](const Phase& phase) {
                         return phase.secrets.count(name) != 0;
                       });
  }

  // -- files, services, gates ----------------------------------------------

  void files(const At& at, Phase& phase) {
    for (const At& item : at.items()) {
      const bool mapping = item.node->kind == YamlNode::Kind::mapping;
      const At path = mapping ? item["path"] : item;
      FileSpec file;
      file.path = inner_path(path);
      file.format = mapping ? item["format"].text() : "";
      if (mapping) file.dialect = dialect(item["dialect"]);
      const At from = mapping ? item["template"] : At{nullptr, ""};
      const At content = mapping ? item["content"] : At{nullptr, ""};
      if ((from && content) || (from && !file.format.empty()) ||
          (content && !file.format.empty())) {
        refuse(item, "needs one of format, template and content");
      }
      if (from) {
        file.template_file = outer_path(from);
        file.content = here(from, [&] {
          return read_text_file(file.template_file, kMaxTemplate);
        });
      } else if (content) {
        file.content = content.text();
      }
      if (from || content) {
        file.format = "template";
        here(from ? from : content, [&] { check_template(file.content); });
      } else if (file.format.empty()) {
        file.format = format_of(file.path);
        if (file.format.empty()) {
          refuse(path,
                 "its name tells no format; add format, template or "
                 "content");
        }
      }
      phase.files.push_back(std::move(file));
    }
  }

  void services(const At& at, Phase& phase) {
    for (const auto& [key, mark, value] : at.members()) {
      if (const auto [it, added] = services_.emplace(key, phase.name); !added) {
        refuse(mark, value.path,
               fmt::format("phase \"{}\" has a service \"{}\" already",
                           it->second, key));
      }
      if (key.find_first_of("./ \t\"'$}") != std::string::npos) {
        refuse(mark, value.path, "a service's name is one word");
      }
      ServiceSpec service;
      service.name = key;
      service.start = value["start"].text();
      service.prepare = value["prepare"].text();
      service.env = env(value["env"]);
      if (value["ready"]) {
        service.ready =
            read_gate(*value["ready"].node, plan_file, value["ready"].path);
      }
      phase.services.push_back(std::move(service));
      references(value["env"]);
      references(value["ready"]);
    }
  }

  void gates(const At& at, Phase& phase) const {
    for (const At& item : at.items()) {
      phase.gates.push_back(read_gate(*item.node, plan_file, item.path));
      references(item);
    }
  }

  /// Every service that a text below `at` names must be declared by now.
  void references(const At& at) const {
    if (!at) return;
    if (at.node->kind == YamlNode::Kind::scalar) {
      here(at, [&] { check_references(at.text()); });
    }
    for (const At& item : at.items()) references(item);
    for (const auto& member : at.members()) references(member.value);
  }

  void references(const std::map<std::string, std::string>& values,
                  const At& at) const {
    for (const auto& [name, value] : values) {
      here(at, [&, &text = value] { check_references(text); });
    }
  }

  void check_references(std::string_view text) const {
    for (const auto& reference : service_references(text)) {
      std::vector<std::string_view> names;
      for (const auto& [name, phase] : services_) names.push_back(name);
      if (services_.count(reference.service) == 0) {
        throw PlanError(
            fmt::format("${{{}}}: no service \"{}\" in this phase or below{}",
                        reference.key, reference.service,
                        did_you_mean(reference.service, names)));
      }
      if (!is_service_field(reference.field)) {
        throw PlanError(fmt::format(
            "${{{}}}: a service has host, port and data_dir", reference.key));
      }
    }
  }

  EnvTextOf text_of_;  ///< empty: what the files hold
  Plan plan_;
  PhaseRequirements requirements_{*this, plan_.runtime};
  std::map<std::string, int> phase_names_;         ///< name -> line
  std::map<std::string, std::string> services_;    ///< name -> phase
  std::map<std::string, std::string> env_so_far_;  ///< for env files
};

}  // namespace

Plan read_plan_text(std::string_view text, const std::filesystem::path& file) {
  return Reader(file.lexically_normal()).read(text);
}

Plan read_plan(const std::filesystem::path& file) {
  return read_plan(file, {});
}

Plan read_plan(const std::filesystem::path& file, const EnvTextOf& text_of) {
  const auto absolute = std::filesystem::absolute(file).lexically_normal();
  return Reader(absolute, text_of)
      .read(read_text_file(absolute, YamlLimits().bytes));
}

}  // namespace rung
