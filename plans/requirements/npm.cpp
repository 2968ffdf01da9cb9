#include "plans/requirements/npm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "plans/requirements/npm_overrides.hpp"
#include "plans/requirements/npm_text.hpp"
#include "plans/requirements/pip_requirement.hpp"

// Source: npm's "package.json" reference page.
namespace rung {

using namespace npm;

Requirement parse_npm_requirement(std::string_view text) {
  const auto at = text.find('@', 1);  // "@scope/name" begins with one
  Requirement result{
      std::string(text.substr(0, at)),
      at == std::string_view::npos ? "*" : std::string(text.substr(at + 1))};
  const bool fine =
      !result.package.empty() && !result.rest.empty() &&
      result.rest.find('\n') == std::string::npos &&
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
  const Json json = parsed_json(text, file);
  Requirements result;
  for (const auto& [field, prefix] : kSections) {
    const auto it = json.find(field);
    if (it == json.end()) continue;
    if (!it->is_object()) {
      throw PlanError(fmt::format("{}: {}: expected an object", file, field));
    }
    for (const auto& [name, version] : it->items()) {
      check_package(name, file);
      result[std::string(prefix) + name] = version_text(version, file, name);
    }
  }
  if (const auto it = json.find("overrides"); it != json.end()) {
    if (!it->is_object()) {
      throw PlanError(fmt::format("{}: overrides: expected an object", file));
    }
    read_overrides(*it, file, result);
  }
  return result;
}

bool looks_like_package_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  // What is no JSON object is refused as that by who reads it.
  if (!json.is_object() || json.empty()) return true;
  const auto has = [&](std::string_view key) { return json.contains(key); };
  constexpr std::string_view kOwn[] = {"overrides", "workspaces", "private",
                                       "main",      "type",       "engines"};
  return (has("name") && has("version")) ||
         std::any_of(std::begin(kOwn), std::end(kOwn), has) ||
         std::any_of(std::begin(kSections), std::end(kSections),
                     [&](const auto& section) { return has(section.field); });
}

std::vector<std::string> other_differences(std::string_view one,
                                           std::string_view other) {
  const Json left = Json::parse(one, nullptr, false);
  const Json right = Json::parse(other, nullptr, false);
  std::vector<std::string> names;
  if (!left.is_object() || !right.is_object()) return names;
  const auto matters = [](const std::string& name) {
    constexpr std::string_view kOthers[] = {"overrides",   "name",   "version",
                                            "description", "author", "keywords",
                                            "license",     "x-rung"};
    return std::find(std::begin(kOthers), std::end(kOthers), name) ==
               std::end(kOthers) &&
           std::none_of(
               std::begin(kSections), std::end(kSections),
               [&](const auto& section) { return section.field == name; });
  };
  for (const auto& [name, value] : left.items()) {
    const auto at = right.find(name);
    if (matters(name) && (at == right.end() || *at != value)) {
      names.push_back(name);
    }
  }
  for (const auto& [name, value] : right.items()) {
    if (matters(name) && !left.contains(name)) names.push_back(name);
  }
  return names;
}

std::string write_package_json(
    const Requirements& requirements, std::string_view existing,
    const std::string& file, const std::map<std::string, std::string>& origins,
    bool whole) {
  Json json = existing.empty() ? Json::object() : parsed_json(existing, file);
  if (existing.empty()) json["private"] = true;
  const auto put = [&](std::string_view field, const Json& section) {
    if (!section.empty() || field == kSections[0].field) {
      json[std::string(field)] = section;
    } else if (whole) {
      json.erase(std::string(field));
    }
  };
  for (const auto& [field, prefix] : kSections) {
    Json section = Json::object();
    for (const auto& [key, version] : requirements) {
      if (key.find('>') != std::string::npos) continue;
      const auto colon = key.find(':') + 1;  // npos + 1 == 0: no prefix
      if (key.substr(0, colon) == prefix) section[key.substr(colon)] = version;
    }
    put(field, section);
  }
  Json overrides = Json::object();
  for (const auto& [key, version] : requirements) {
    if (!key.starts_with(kOverride)) continue;
    put_overrides(overrides, key.substr(kOverride.size()), version);
  }
  put("overrides", overrides);
  for (const auto& [key, version] : requirements) {
    if (key.find('>') == std::string::npos) continue;
    put_override(json["overrides"], key.substr(key.find(':') + 1), version);
  }
  if (!origins.empty()) json["x-rung"] = {{"phases", origins}};
  return json.dump(2) + "\n";
}

}  // namespace rung
