#include "plans/requirements/npm_overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "plans/requirements/npm_range.hpp"

// Source: npm's reference page "package.json", "overrides".
namespace rung::npm {
namespace {

/// "b@^1" -> "b": which package an override is for.
std::string overridden(std::string_view key) {
  return std::string(key.substr(0, key.find('@', 1)));
}

void check_override(const Json& value, const std::string& file,
                    std::string_view name) {
  if (!value.is_object()) {
    (void)version_text(value, file, name);
    return;
  }
  for (const auto& [inner, one] : value.items()) {
    check_override(one, file, inner);
  }
}

/// What the project itself asks for, "" = nothing.
std::string direct(const Json& manifest, const std::string& name) {
  for (const auto& [field, prefix] : kSections) {
    const auto section = manifest.find(std::string(field));
    if (section == manifest.end() || !section->is_object()) continue;
    const auto range = text_of(*section, name.c_str());
    if (!range.empty()) return range;
  }
  return "";
}

bool is_package(const std::string& path, const Json& entry) {
  return !is_manifest(path) && !entry.value("link", false);
}

/// Whether an override "KEY": "VALUE" leaves every package as it lies.
bool leaves(const std::string& key, std::string value, const Json& manifest,
            const PackageTree& tree) {
  const auto name = overridden(key);
  const auto only = key.substr(std::min(name.size() + 1, key.size()));
  if (value.starts_with('$')) value = direct(manifest, value.substr(1));
  if (value.empty() || value == "*") return true;
  for (const auto& [path, place] : tree.places()) {
    const Json& entry = place.entry;
    if (!is_package(path, entry) || last_name(path) != name) continue;
    auto version = text_of(entry, "version");
    auto real = text_of(entry, "name");
    if (version.starts_with("npm:")) {  // lock files of version 1
      real = version.substr(4, version.rfind('@') - 4);
      version.erase(0, version.rfind('@') + 1);
    }
    if (!only.empty() && npm_satisfies(version, only) == false) continue;
    std::string_view range = value;
    if (range.starts_with("npm:")) {
      range.remove_prefix(4);
      const auto at = range.find('@', 1);
      if (real != range.substr(0, at)) return false;
      range = at == range.npos ? "*" : range.substr(at + 1);
    }
    if (npm_satisfies(version, range) == false) return false;
  }
  return true;
}

/// Whether they leave every package as it lies; `told` gets the names they
/// speak of.
bool leave(const Json& overrides, const Json& manifest, const PackageTree& tree,
           std::set<std::string>& told) {
  for (const auto& [key, value] : overrides.items()) {
    if (key == ".") continue;
    const bool inner = value.is_object();
    const auto version = inner ? text_of(value, ".")
                         : value.is_string() ? value.get<std::string>()
                                             : std::string();
    if (!version.empty()) told.insert(overridden(key));
    if (!leaves(key, version, manifest, tree)) return false;
    if (inner && !leave(value, manifest, tree, told)) return false;
  }
  return true;
}

}  // namespace

/// Of several entries for one package the first that fits applies, so they stay
/// together and in their order.
void read_overrides(const Json& overrides, const std::string& file,
                    Requirements& into) {
  std::map<std::string, Json> of_package;
  for (const auto& [key, value] : overrides.items()) {
    if (key == ".") continue;  // means nothing to npm
    const auto name = overridden(key);
    check_package(name, file);
    check_override(value, file, key);
    of_package[name][key] = value;
  }
  for (const auto& [name, entries] : of_package) {
    const bool plain = entries.size() == 1 && entries.contains(name) &&
                       entries[name].is_string();
    into[std::string(kOverride) + name] =
        plain ? entries[name].get<std::string>() : entries.dump();
  }
}

/// The opposite of read_overrides().
void put_overrides(Json& overrides, const std::string& name,
                   const std::string& value) {
  if (!overrides.is_object()) overrides = Json::object();
  if (!value.starts_with('{')) {
    overrides[name] = value;
    return;
  }
  overrides.update(parsed_json(value, std::string(kOverride) + name));
}

void put_override(Json& overrides, std::string_view names,
                  const std::string& version) {
  const auto end = names.find('>');
  if (!overrides.is_object()) overrides = Json::object();
  Json& entry = overrides[std::string(names.substr(0, end))];
  if (end == names.npos) {
    if (entry.is_object()) {
      entry["."] = version;
    } else {
      entry = version;
    }
    return;
  }
  if (entry.is_string()) entry = Json{{".", entry}};
  put_override(entry, names.substr(end + 1), version);
}

std::string exactly(const Json& entry, const std::string& name) {
  const auto version = text_of(entry, "version");
  const auto real = text_of(entry, "name");
  const auto resolved = text_of(entry, "resolved");
  if (resolved.starts_with("git")) return resolved;
  if (!real.empty() && real != name) return "npm:" + real + "@" + version;
  return version;
}

void set_overrides(Json& manifest, const PackageTree& tree) {
  const auto needs = tree.needs();
  std::set<std::string> bent;
  for (const auto& need : needs) {
    if (need.bent) bent.insert(need.name);
  }
  const auto now = manifest.find("overrides");
  if (now != manifest.end() && now->is_object()) {
    std::set<std::string> told;
    if (leave(*now, manifest, tree, told) &&
        std::includes(told.begin(), told.end(), bent.begin(), bent.end())) {
      return;
    }
  }
  std::map<std::string, std::set<std::string>> versions;
  for (const auto& [path, place] : tree.places()) {
    if (!is_package(path, place.entry)) continue;
    versions[last_name(path)].insert(exactly(place.entry, last_name(path)));
  }
  // A package -> those for which an override inside of one for it counts, too.
  std::map<std::string, std::set<std::string>> below;
  for (const std::string& name : bent) {
    std::deque<std::string> left;
    for (const auto& need : needs) {
      if (need.bent && need.name == name) left.push_back(need.by);
    }
    while (!left.empty()) {
      const std::string by = left.front();
      left.pop_front();
      if (!below[name].insert(by).second) continue;
      for (const auto& need : needs) {
        if (need.by == by) left.push_back(need.name);
      }
    }
  }
  Json overrides = Json::object();
  for (const auto& [by, name, target, is_bent] : needs) {
    if (!bent.contains(name)) continue;
    const auto version = exactly(tree.places().at(target).entry, name);
    if (versions[name].size() > 1) {
      // Not for others: npm lets no two packages share a third where they have
      // different overrides.
      if (!below[name].contains(by)) continue;
      put_override(overrides, by + ">" + name, version);
    } else if (is_bent) {
      // npm wants no override of what the project itself asks for.
      put_override(overrides, name,
                   direct(manifest, name).empty() ? version : "$" + name);
    }
  }
  manifest.erase("overrides");
  if (!overrides.empty()) manifest["overrides"] = std::move(overrides);
}

}  // namespace rung::npm
