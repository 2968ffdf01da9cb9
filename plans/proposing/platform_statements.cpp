#include "plans/proposing/platform_statements.hpp"

#include <re2/re2.h>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"
#include "core/text/split.hpp"
#include "plans/proposing/toml_lines.hpp"
#include "plans/reading/yaml_document.hpp"

namespace rung {
namespace {

void set_once(std::optional<Guess>& guess, std::string value,
              std::string from) {
  if (!guess && is_one_line(value)) {
    guess = Guess{std::move(value), std::move(from)};
  }
}

/// Several commands as one line.
std::string joined_commands(const std::vector<std::string>& commands) {
  std::string line;
  for (const std::string& command : commands) {
    line += (line.empty() ? "" : " && ") + command;
  }
  return line;
}

void read_procfile(const Project& app, Stated& stated) {
  static const RE2 process(R"re(^([A-Za-z0-9_-]+):\s*(.*\S)\s*$)re",
                           byte_options());
  const std::string* text = app.text("Procfile");
  if (text == nullptr) return;
  std::size_t number = 0;
  for (const auto line : lines_of(*text)) {
    ++number;
    std::string name, command;
    if (!RE2::FullMatch(piece(line), process, &name, &command)) continue;
    const std::string from = from_line(app.shown("Procfile"), number);
    if (name == "web") set_once(stated.start, command, from);
    if (name == "release") set_once(stated.release, command, from);
  }
}

std::string scalar(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found != nullptr && found->kind == YamlNode::Kind::scalar
             ? found->text
             : std::string();
}

std::size_t line_of(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return static_cast<std::size_t>((found != nullptr ? found : &node)->mark.line);
}

void read_render_env(const YamlNode& service, const std::string& file,
                     Stated& stated) {
  const YamlNode* list = service.find("envVars");
  if (list == nullptr) return;
  for (const YamlNode& item : list->items) {
    StatedVariable one{.name = scalar(item, "key"),
                       .value = {},
                       .backing = {},
                       .from = from_line(file, static_cast<std::size_t>(
                                                   item.mark.line))};
    if (one.name.empty()) continue;
    if (item.find("value") != nullptr) one.value = scalar(item, "value");
    const YamlNode* database = item.find("fromDatabase");
    if (database != nullptr &&
        scalar(*database, "property") == "connectionString") {
      one.backing = Backing::postgres;
    }
    if (const YamlNode* other = item.find("fromService")) {
      const std::string type = scalar(*other, "type");
      if ((type == "redis" || type == "keyvalue") &&
          scalar(*other, "property") == "connectionString") {
        one.backing = Backing::redis;
      }
    }
    stated.env.push_back(std::move(one));
  }
}

void read_render(const Project& at, const std::string& folder,
                 Stated& stated) {
  for (const char* name : {"render.yaml", "render.yml"}) {
    const std::string* text = at.text(name);
    if (text == nullptr) continue;
    const std::string file = at.shown(name);
    YamlNode root;
    try {
      root = parse_yaml(*text, file);
    } catch (const PlanError& error) {
      stated.unread.emplace_back(error.what());
      continue;
    }
    const YamlNode* services = root.find("services");
    if (services == nullptr) continue;
    for (const YamlNode& service : services->items) {
      const std::string type = scalar(service, "type");
      if (type != "web" && type != "pserv") continue;
      std::string root_folder = scalar(service, "rootDir");
      while (root_folder.starts_with("./")) root_folder.erase(0, 2);
      while (root_folder.ends_with('/')) root_folder.pop_back();
      if (root_folder == ".") root_folder.clear();
      if (root_folder != folder) continue;
      const auto from = [&](std::string_view key) {
        return from_line(file, line_of(service, key));
      };
      set_once(stated.build, scalar(service, "buildCommand"),
               from("buildCommand"));
      set_once(stated.start, scalar(service, "startCommand"),
               from("startCommand"));
      set_once(stated.release, scalar(service, "preDeployCommand"),
               from("preDeployCommand"));
      set_once(stated.health, scalar(service, "healthCheckPath"),
               from("healthCheckPath"));
      set_once(stated.static_folder, scalar(service, "staticPublishPath"),
               from("staticPublishPath"));
      read_render_env(service, file, stated);
      break;  // the first web service of the folder
    }
    if (const YamlNode* databases = root.find("databases")) {
      for (const YamlNode& database : databases->items) {
        stated.backing.push_back(
            {Backing::postgres, scalar(database, "name"), "a database",
             from_line(file, static_cast<std::size_t>(database.mark.line))});
      }
    }
    for (const YamlNode& service : services->items) {
      const std::string type = scalar(service, "type");
      if (type != "redis" && type != "keyvalue") continue;
      stated.backing.push_back(
          {Backing::redis, scalar(service, "name"), "type " + type,
           from_line(file, static_cast<std::size_t>(service.mark.line))});
    }
  }
}

void read_fly(const Project& app, Stated& stated) {
  const std::string* text = app.text("fly.toml");
  if (text == nullptr) return;
  const std::string file = app.shown("fly.toml");
  for (const TomlLine& line : toml_lines(*text)) {
    const std::string from = from_line(file, line.line);
    const bool served = line.table.starts_with("http_service") ||
                        line.table.starts_with("services");
    if (served && line.key == "internal_port") {
      set_once(stated.port, line.value, from);
    } else if (served && line.key == "path" &&
               line.table.find("checks") != line.table.npos) {
      set_once(stated.health, line.value, from);
    } else if (line.table == "checks" || line.table.starts_with("checks.")) {
      if (line.key == "path") set_once(stated.health, line.value, from);
    } else if (line.table == "processes" &&
               (line.key == "app" || line.key == "web")) {
      set_once(stated.start, line.value, from);
    } else if (line.table == "deploy" && line.key == "release_command") {
      set_once(stated.release, line.value, from);
    } else if (line.table == "env") {
      stated.env.push_back({line.key, line.value, {}, from});
    }
  }
}

/// The member of nested objects if it is a text.
std::string text_at(const nlohmann::json& json, const char* outer,
                    const char* inner) {
  const auto at = json.find(outer);
  if (at == json.end() || !at->is_object()) return {};
  const auto found = at->find(inner);
  return found != at->end() && found->is_string() ? found->get<std::string>()
                                                  : std::string();
}

void read_railway(const Project& app, Stated& stated) {
  if (const std::string* text = app.text("railway.json")) {
    const auto json = json_from(*text);
    const std::string file = app.shown("railway.json");
    if (!json.is_object()) {
      stated.unread.push_back(file + ": no JSON object");
      return;
    }
    set_once(stated.build, text_at(json, "build", "buildCommand"),
             file + ": build.buildCommand");
    set_once(stated.start, text_at(json, "deploy", "startCommand"),
             file + ": deploy.startCommand");
    set_once(stated.release, text_at(json, "deploy", "preDeployCommand"),
             file + ": deploy.preDeployCommand");
    set_once(stated.health, text_at(json, "deploy", "healthcheckPath"),
             file + ": deploy.healthcheckPath");
  }
  if (const std::string* text = app.text("railway.toml")) {
    const std::string file = app.shown("railway.toml");
    for (const TomlLine& line : toml_lines(*text)) {
      const std::string from = from_line(file, line.line);
      if (line.key == "buildCommand") set_once(stated.build, line.value, from);
      if (line.key == "startCommand") set_once(stated.start, line.value, from);
      if (line.key == "healthcheckPath") {
        set_once(stated.health, line.value, from);
      }
    }
  }
}

void read_nixpacks(const Project& app, Stated& stated) {
  const std::string* text = app.text("nixpacks.toml");
  if (text == nullptr) return;
  const std::string file = app.shown("nixpacks.toml");
  std::vector<std::string> commands;
  std::size_t first = 0;
  for (const TomlLine& line : toml_lines(*text)) {
    if (line.table == "start" && line.key == "cmd") {
      set_once(stated.start, line.value, from_line(file, line.line));
    }
    if ((line.table == "phases.install" || line.table == "phases.build") &&
        line.key == "cmds") {
      if (first == 0) first = line.line;
      // "..." stands for what nixpacks does of its own: not known here.
      for (const std::string& command : line.list) {
        if (command == "...") return;
        commands.push_back(command);
      }
    }
  }
  // A build without an install is only half of one.
  if (commands.size() > 1) {
    set_once(stated.build, joined_commands(commands), from_line(file, first));
  }
}

void read_app_json(const Project& app, Stated& stated) {
  const std::string* text = app.text("app.json");
  if (text == nullptr) return;
  const auto json = json_from(*text);
  if (!json.is_object()) return;  // Expo and others use the name, too
  const std::string file = app.shown("app.json");
  const auto env = json.find("env");
  if (env != json.end() && env->is_object()) {
    for (const auto& [name, about] : env->items()) {
      StatedVariable one{
          .name = name, .value = {}, .backing = {}, .from = file + ": env"};
      if (about.is_string()) one.value = about.get<std::string>();
      if (about.is_object()) {
        const auto value = about.find("value");
        if (value != about.end() && value->is_string()) {
          one.value = value->get<std::string>();
        }
      }
      stated.env.push_back(std::move(one));
    }
  }
  const auto addons = json.find("addons");
  if (addons == json.end() || !addons->is_array()) return;
  for (const auto& addon : *addons) {
    std::string name;
    if (addon.is_string()) name = addon.get<std::string>();
    if (addon.is_object()) {
      const auto plan = addon.find("plan");
      if (plan != addon.end() && plan->is_string()) name = plan->get<std::string>();
    }
    std::optional<Backing> kind;
    if (name.starts_with("heroku-postgresql")) kind = Backing::postgres;
    if (name.starts_with("heroku-redis") ||
        name.starts_with("heroku-key-value") || name.starts_with("rediscloud")) {
      kind = Backing::redis;
    }
    if (kind) {
      stated.backing.push_back(
          {*kind, name.substr(0, name.find(':')), "an add-on",
           file + ": addons"});
    }
  }
}

}  // namespace

void read_platform_statements(const Project& app, Stated& stated) {
  read_procfile(app, stated);
  read_render(app, "", stated);
  if (!app.folder().empty()) read_render(app.top(), app.folder(), stated);
  read_fly(app, stated);
  read_railway(app, stated);
  read_nixpacks(app, stated);
  read_app_json(app, stated);
}

}  // namespace rung
