#include "plans/proposing/docker_statements.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"
#include "core/text/printable.hpp"
#include "core/text/split.hpp"
#include "plans/proposing/guess.hpp"
#include "plans/reading/yaml_document.hpp"

namespace rung {
namespace {

/// `["a", "b c"]` as a line for sh; nullopt = no such list.
std::optional<std::string> exec_form(const nlohmann::json& list) {
  if (!list.is_array() || list.empty()) return {};
  std::string line;
  for (const auto& word : list) {
    if (!word.is_string()) return {};
    line += (line.empty() ? "" : " ") + shell_quoted(word.get<std::string>());
  }
  // ["sh", "-c", "LINE"] is LINE.
  if (list.size() == 3 && list[1] == "-c" &&
      (list[0] == "sh" || list[0] == "bash" || list[0] == "/bin/sh" ||
       list[0] == "/bin/bash")) {
    return list[2].get<std::string>();
  }
  return line;
}

struct Instruction {
  std::string word, rest;
  std::size_t line = 0;
};

/// The instructions of the last stage, continued lines joined.
std::vector<Instruction> last_stage(std::string_view text) {
  static const RE2 instruction(R"re(^\s*([A-Za-z]+)\s+(.*\S)\s*$)re",
                               byte_options());
  std::vector<Instruction> stage;
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t number = i + 1;
    std::string line(lines[i]);
    const auto comment = line.find_first_not_of(" \t");
    if (comment == line.npos || line[comment] == '#') continue;
    while (line.ends_with('\\') && i + 1 < lines.size()) {
      line.pop_back();
      line.resize(line.find_last_not_of(" \t") + 1);
      const auto next = lines[++i];
      const auto begin = next.find_first_not_of(" \t");
      line += ' ';
      if (begin != next.npos) line += next.substr(begin);
    }
    Instruction one;
    if (!RE2::FullMatch(line, instruction, &one.word, &one.rest)) continue;
    for (char& c : one.word) c = ascii_upper(c);
    one.line = number;
    if (one.word == "FROM") stage.clear();
    stage.push_back(std::move(one));
  }
  return stage;
}

constexpr const char* kComposeNames[] = {
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};

std::string compose_text(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found != nullptr && found->kind == YamlNode::Kind::scalar
             ? found->text
             : std::string();
}

/// Where a service is built, relative to the top; nullopt = it is not, or
/// not within the project.
std::optional<std::string> build_folder(const YamlNode& service,
                                        const std::string& compose_folder) {
  const YamlNode* build = service.find("build");
  if (build == nullptr) return {};
  std::string context = build->kind == YamlNode::Kind::scalar
                            ? build->text
                            : compose_text(*build, "context");
  if (context.empty()) context = ".";
  if (context.find("://") != context.npos || context.starts_with('/') ||
      context.find('$') != context.npos) {
    return {};
  }
  std::string folder =
      (std::filesystem::path(compose_folder) / context).lexically_normal();
  while (folder.ends_with('/')) folder.pop_back();
  if (folder == ".") folder.clear();
  if (folder.starts_with("..")) return {};
  return folder;
}

/// The port inside the container: "8002:8000", "127.0.0.1:80:3000/tcp",
/// {target: 3000}.
std::string inner_port(const YamlNode& port) {
  std::string text = port.kind == YamlNode::Kind::scalar
                         ? port.text
                         : compose_text(port, "target");
  text = text.substr(0, text.find('/'));
  if (const auto colon = text.rfind(':'); colon != text.npos) {
    text.erase(0, colon + 1);
  }
  return text;
}

void read_compose_env(const YamlNode& service, const std::string& file,
                      Stated& stated) {
  const YamlNode* env = service.find("environment");
  if (env == nullptr) return;
  const auto add = [&](std::string name, std::optional<std::string> value,
                       int line) {
    if (name.empty()) return;
    // A value from the caller's environment is not known here.
    if (value && value->find('$') != value->npos) value.reset();
    stated.env.push_back({std::move(name), std::move(value), {},
                          from_line(file, static_cast<std::size_t>(line))});
  };
  for (const YamlNode& item : env->items) {
    const auto equals = item.text.find('=');
    add(item.text.substr(0, equals),
        equals == std::string::npos
            ? std::nullopt
            : std::optional(item.text.substr(equals + 1)),
        item.mark.line);
  }
  for (const auto& member : env->members) {
    add(member.key,
        member.value.kind == YamlNode::Kind::scalar
            ? std::optional(member.value.text)
            : std::nullopt,
        member.mark.line);
  }
}

void read_compose_app(const YamlNode& service, const std::string& file,
                      Stated& stated) {
  read_compose_env(service, file, stated);
  const YamlNode* ports = service.find("ports");
  if (ports == nullptr || ports->items.empty()) ports = service.find("expose");
  if (!stated.port && ports != nullptr && !ports->items.empty()) {
    const std::string port = inner_port(ports->items.front());
    if (is_one_line(port)) {
      stated.port = Guess{
          port, from_line(file, static_cast<std::size_t>(
                                    ports->items.front().mark.line))};
    }
  }
  const YamlNode* command = service.find("command");
  if (stated.image_start || command == nullptr) return;
  std::string line = command->text;
  if (command->kind == YamlNode::Kind::list) {
    line = exec_form(to_json(*command)).value_or("");
  }
  // Compose has no shell: "$$" is "$" to the one that the command names.
  if (is_one_line(line) && line.find('$') == line.npos) {
    stated.image_start = Guess{
        line,
        from_line(file, static_cast<std::size_t>(command->mark.line))};
  }
}

}  // namespace

void read_dockerfile(const Project& app, Stated& stated) {
  static const RE2 path(
      R"re(https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s"']*)?(/[A-Za-z0-9._~/-]*))re",
      byte_options());
  const char* name = "Dockerfile";
  const std::string* text = app.text(name);
  if (text == nullptr) return;
  stated.has_dockerfile = true;
  std::optional<Guess> entry, command;
  for (const Instruction& one : last_stage(*text)) {
    const std::string from = from_line(app.shown(name), one.line);
    if (one.word == "EXPOSE" && !stated.port) {
      const auto port = one.rest.substr(0, one.rest.find_first_of("/ \t"));
      if (is_one_line(port)) stated.port = Guess{port, from};
    }
    if (one.word == "CMD" || one.word == "ENTRYPOINT") {
      std::string line = one.rest;
      if (line.starts_with('[')) {
        line = exec_form(json_from(line)).value_or("");
      }
      (one.word == "CMD" ? command : entry) = Guess{line, from};
    }
    std::string health;
    if (one.word == "HEALTHCHECK" && !stated.health &&
        RE2::PartialMatch(one.rest, path, &health)) {
      stated.health = Guess{health, from};
    }
  }
  std::optional<Guess> start = entry;
  if (entry && command) {
    start->value += ' ' + command->value;
  } else if (!entry) {
    start = command;
  }
  if (start && is_one_line(start->value) && !stated.image_start) {
    stated.image_start = start;
  }
}

void read_compose(const Project& app, Stated& stated) {
  const Project top = app.top();
  std::string folder = app.folder();
  for (;;) {
    for (const char* name : kComposeNames) {
      const std::string path = folder.empty() ? name : folder + '/' + name;
      const std::string* text = top.text(path);
      if (text == nullptr) continue;
      const std::string file = top.shown(path);
      YamlNode root;
      try {
        root = parse_yaml(*text, file);
      } catch (const PlanError& error) {
        stated.unread.emplace_back(error.what());
        continue;
      }
      const YamlNode* services = root.find("services");
      if (services == nullptr) continue;
      bool mine = folder == app.folder();
      for (const auto& [key, mark, service] : services->members) {
        if (build_folder(service, folder) == app.folder()) {
          mine = true;
          read_compose_app(service, file, stated);
          break;
        }
      }
      if (!mine) continue;  // of other apps
      for (const auto& [key, mark, service] : services->members) {
        const std::string image = compose_text(service, "image");
        const auto kind = backing_of_image(image);
        if (!kind || service.find("build") != nullptr) continue;
        stated.backing.push_back(
            {*kind, key, "image " + printable(image),
             from_line(file, static_cast<std::size_t>(mark.line))});
      }
      return;
    }
    if (folder.empty()) return;
    folder = folder_name(folder);
  }
}

std::vector<std::string> compose_builds(const Project& folder) {
  std::vector<std::string> builds;
  for (const char* name : kComposeNames) {
    const std::string* text = folder.text(name);
    if (text == nullptr) continue;
    try {
      const YamlNode root = parse_yaml(*text, name);
      const YamlNode* services = root.find("services");
      if (services == nullptr) continue;
      for (const auto& member : services->members) {
        if (auto at = build_folder(member.value, "")) builds.push_back(*at);
      }
    } catch (const PlanError&) {
      continue;  // read_compose() says so
    }
  }
  std::sort(builds.begin(), builds.end());
  builds.erase(std::unique(builds.begin(), builds.end()), builds.end());
  return builds;
}

}  // namespace rung
