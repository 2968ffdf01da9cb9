#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "plans/requirements.hpp"

// Sources: npm's "package.json" and "package-lock.json" reference pages.
namespace rung {
namespace {

using Json = nlohmann::ordered_json;

struct Section {
  std::string_view field, prefix;
};
constexpr std::array<Section, 4> kSections{
    {{"dependencies", ""},
     {"devDependencies", "dev:"},
     {"optionalDependencies", "optional:"},
     {"peerDependencies", "peer:"}}};

Json parsed(std::string_view text, const std::string& file) {
  try {
    Json json = Json::parse(text);
    if (!json.is_object()) {
      throw PlanError(fmt::format("{}: not a JSON object", file));
    }
    return json;
  } catch (const Json::parse_error& error) {
    const auto before = text.substr(0, std::min(error.byte, text.size()));
    throw PlanError(
        fmt::format("{}:{}: not JSON; is the file whole?", file,
                    std::count(before.begin(), before.end(), '\n') + 1));
  }
}

std::string text_of(const Json& value, const std::string& file,
                    std::string_view name) {
  if (!value.is_string()) {
    throw PlanError(
        fmt::format("{}: {}: expected a version as a string", file, name));
  }
  const auto text = value.get<std::string>();
  const auto scheme = text.find("://");
  const auto at = text.find('@', scheme == std::string::npos ? 0 : scheme);
  if (scheme != std::string::npos && at != std::string::npos &&
      text.substr(scheme + 3, at - scheme - 3).find(':') != std::string::npos) {
    throw PlanError(fmt::format(
        "{}: {}: a password or token in a URL; keep it in .npmrc as ${{NAME}}",
        file, name));
  }
  return text;
}

void check_name(std::string_view name, const std::string& file) {
  const bool fine = !name.empty() && name.size() <= 214 &&
                    std::none_of(name.begin(), name.end(), [](char c) {
                      return static_cast<unsigned char>(c) <= ' ' || c == '>' ||
                             c == ':' || c == '\\' || c == '"';
                    });
  if (!fine) {
    throw PlanError(fmt::format("{}: not the name of an npm package", file));
  }
}

std::string_view flag_prefix(const Json& package) {
  if (package.value("dev", false) || package.value("devOptional", false)) {
    return "dev:";
  }
  return package.value("optional", false) ? "optional:" : "";
}

/// The exact version, or for what comes from git or a file, where from.
std::string locked_version(const Json& package, const std::string& file,
                           std::string_view name) {
  if (const auto it = package.find("resolved"); it != package.end()) {
    const auto from = text_of(*it, file, name);
    if (from.starts_with("git") || from.starts_with("file:")) return from;
  }
  const auto version = package.find("version");
  if (version == package.end()) {
    throw PlanError(fmt::format("{}: {}: no version", file, name));
  }
  return text_of(*version, file, name);
}

/// Version 1: a tree of "dependencies".
void read_tree(const Json& dependencies, const std::string& above, int depth,
               const std::string& file, Requirements& out) {
  if (depth > 100 || !dependencies.is_object()) {
    throw PlanError(
        fmt::format("{}: \"dependencies\" is not as npm writes it", file));
  }
  for (const auto& [name, package] : dependencies.items()) {
    check_name(name, file);
    if (!package.is_object()) {
      throw PlanError(fmt::format("{}: {}: expected an object", file, name));
    }
    const std::string inside = above + name;
    out[std::string(flag_prefix(package)) + inside] =
        locked_version(package, file, inside);
    if (const auto it = package.find("dependencies"); it != package.end()) {
      read_tree(*it, inside + ">", depth + 1, file, out);
    }
  }
}

/// Versions 2 and 3: "packages", by path below the project.
void read_paths(const Json& packages, const std::string& file,
                Requirements& out) {
  static constexpr std::string_view kFolder = "node_modules/";
  for (const auto& [path, package] : packages.items()) {
    if (path.empty()) continue;  // the project itself
    if (!package.is_object()) {
      throw PlanError(fmt::format("{}: {}: expected an object", file, path));
    }
    if (!path.starts_with(kFolder) || package.value("link", false)) {
      throw PlanError(fmt::format(
          "{}: npm workspaces are not understood yet; give the package.json of "
          "the one deployed",
          file));
    }
    std::string name;
    for (std::string_view left = path; !left.empty();) {
      left.remove_prefix(kFolder.size());
      const auto next = left.find("/node_modules/");
      check_name(left.substr(0, next), file);
      if (!name.empty()) name += '>';
      name += left.substr(0, next);
      left = next == std::string_view::npos ? "" : left.substr(next + 1);
    }
    out[std::string(flag_prefix(package)) + name] =
        locked_version(package, file, name);
  }
}

/// "a>b>c" = "1" as {"a": {"b": {"c": "1"}}}; a package that has both a version
/// and something inside keeps its own version under ".".
void put_override(Json& overrides, std::string_view path,
                  const std::string& version) {
  const auto end = path.find('>');
  Json& entry = overrides[std::string(path.substr(0, end))];
  if (end == std::string_view::npos) {
    if (entry.is_object()) {
      entry["."] = version;
    } else {
      entry = version;
    }
    return;
  }
  if (entry.is_string()) entry = Json{{".", entry}};
  put_override(entry, path.substr(end + 1), version);
}

}  // namespace

Requirement parse_npm_requirement(std::string_view text) {
  const auto at = text.find('@', 1);  // "@scope/name" begins with one
  Requirement result{
      std::string(text.substr(0, at)),
      at == std::string_view::npos ? "*" : std::string(text.substr(at + 1))};
  const bool fine =
      !result.package.empty() && !result.rest.empty() &&
      std::all_of(result.package.begin(), result.package.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') ||
               std::string_view("@/._~:-").find(c) != std::string_view::npos;
      });
  if (!fine) {
    throw PlanError(fmt::format(
        "\"{}\" is not an npm requirement; write it like express@^4.18.0",
        text.substr(0, std::min<std::size_t>(text.size(), 40))));
  }
  return result;
}

Requirements parse_package_json(std::string_view text,
                                const std::string& file) {
  const Json json = parsed(text, file);
  Requirements result;
  for (const auto& [field, prefix] : kSections) {
    const auto it = json.find(field);
    if (it == json.end()) continue;
    if (!it->is_object()) {
      throw PlanError(fmt::format("{}: {}: expected an object", file, field));
    }
    for (const auto& [name, version] : it->items()) {
      check_name(name, file);
      result[std::string(prefix) + name] = text_of(version, file, name);
    }
  }
  return result;
}

Requirements parse_package_lock(std::string_view text,
                                const std::string& file) {
  const Json json = parsed(text, file);
  Requirements result;
  if (const auto it = json.find("packages"); it != json.end()) {
    if (!it->is_object()) {
      throw PlanError(fmt::format("{}: packages: expected an object", file));
    }
    read_paths(*it, file, result);
  } else if (const auto tree = json.find("dependencies"); tree != json.end()) {
    read_tree(*tree, "", 0, file, result);
  } else if (!json.contains("lockfileVersion")) {
    throw PlanError(fmt::format("{}: not a package-lock.json", file));
  }
  return result;
}

std::string write_package_json(
    const Requirements& requirements, std::string_view existing,
    const std::string& file,
    const std::map<std::string, std::string>& origins) {
  Json json = existing.empty() ? Json::object() : parsed(existing, file);
  if (existing.empty()) json["private"] = true;
  for (const auto& [field, prefix] : kSections) {
    Json section = Json::object();
    for (const auto& [key, version] : requirements) {
      if (key.find('>') != std::string::npos) continue;
      const auto colon = key.find(':') + 1;  // npos + 1 == 0: no prefix
      if (key.substr(0, colon) == prefix) section[key.substr(colon)] = version;
    }
    // Sections the requirements do not speak of stay as they are.
    if (prefix.empty() || !section.empty()) json[std::string(field)] = section;
  }
  for (const auto& [key, version] : requirements) {
    if (key.find('>') == std::string::npos) continue;
    put_override(json["overrides"], key.substr(key.find(':') + 1), version);
  }
  if (!origins.empty()) json["x-rung"] = {{"phases", origins}};
  return json.dump(2) + "\n";
}

}  // namespace rung
