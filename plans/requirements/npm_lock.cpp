#include "plans/requirements/npm_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/base/error.hpp"
#include "plans/requirements/npm.hpp"
#include "plans/requirements/npm_text.hpp"

// Source: npm's reference page "package-lock.json".
namespace rung {

using namespace npm;

namespace {

/// Says only where a package is used; npm works it out anew.
constexpr std::array<std::string_view, 5> kStanding{
    "dev", "optional", "devOptional", "peer", "extraneous"};

void check_url(const Json& entry, const std::string& file,
               std::string_view name) {
  if (const auto it = entry.find("resolved"); it != entry.end()) {
    if (it->is_string()) (void)version_text(*it, file, name);
  }
}

/// What is asked of an entry once it is read has the type that it has with npm.
/// Throws Json::exception.
void check_types(const Json& entry) {
  for (const char* flag : {"link", "inBundle", "bundled"}) {
    (void)entry.value(flag, false);
  }
  const auto meta = entry.find("peerDependenciesMeta");
  if (meta == entry.end()) return;
  for (const auto& [name, peer] : meta->items()) {
    (void)peer.value("optional", false);
  }
}

/// How a version reads to people, and to npm where it is asked for.
std::string spelled(const Json& entry, std::string_view name) {
  const auto text = [&](const char* key) {
    const auto it = entry.find(key);
    return it != entry.end() && it->is_string() ? it->get<std::string>()
                                                : std::string();
  };
  const auto resolved = text("resolved");
  if (entry.value("link", false)) return "file:" + resolved;
  if (resolved.starts_with("git") || resolved.starts_with("file:")) {
    return resolved;
  }
  const auto real = text("name");
  const auto version = text("version");
  if (!real.empty() && real != name) return "npm:" + real + "@" + version;
  return version;
}

struct Reader {
  const std::string& file;
  std::map<std::string, Json> groups;
  std::map<std::string, std::string> links;  ///< target -> name

  Json& group(const std::string& name) {
    check_package(name, file);
    Json& it = groups[name];
    if (it.is_null()) it = Json{{"at", Json::object()}};
    return it;
  }

  /// The package that brings what lies at `path`.
  std::string name_of(const Json& packages, std::string path) const {
    while (packages.contains(path) && packages[path].value("inBundle", false)) {
      const auto up = path.rfind("/node_modules/");
      if (up == path.npos) break;
      path.resize(up);
    }
    return package_at(path, links);
  }

  void wants(const Json& manifest, const std::string& folder) {
    for (const auto& [field, prefix] : kSections) {
      const auto it = manifest.find(field);
      if (it == manifest.end()) continue;
      if (!it->is_object()) {
        throw PlanError(fmt::format("{}: {}: expected an object", file, field));
      }
      for (const auto& [name, range] : it->items()) {
        group(name)["want"][folder][std::string(field)] =
            version_text(range, file, name);
      }
    }
  }

  void paths(const Json& packages) {
    for (const auto& [path, entry] : packages.items()) {
      if (!entry.is_object()) {
        throw PlanError(fmt::format("{}: {}: expected an object", file, path));
      }
      if (entry.value("link", false) && entry.contains("resolved") &&
          entry["resolved"].is_string()) {
        links[entry["resolved"].get<std::string>()] = last_name(path);
      }
    }
    for (const auto& [path, entry] : packages.items()) {
      if (is_manifest(path)) wants(entry, path);
      check_types(entry);
      if (path.empty()) continue;  // the project itself
      const auto name = name_of(packages, path);
      check_url(entry, file, name);
      if (!is_manifest(path) && !entry.contains("version") &&
          !entry.contains("resolved")) {
        throw PlanError(fmt::format("{}: {}: no version", file, name));
      }
      Json kept = entry;
      for (const auto flag : kStanding) kept.erase(std::string(flag));
      if (is_manifest(path)) {
        for (const auto& [field, prefix] : kSections) {
          kept.erase(std::string(field));
        }
      }
      group(name)["at"][path] = std::move(kept);
    }
  }

  void tree(const Json& dependencies, const std::string& above,
            const std::string& bundler, int depth) {
    if (depth > 100 || !dependencies.is_object()) {
      throw PlanError(
          fmt::format("{}: \"dependencies\" is not as npm writes it", file));
    }
    for (const auto& [name, entry] : dependencies.items()) {
      check_package(name, file);
      if (!entry.is_object()) {
        throw PlanError(fmt::format("{}: {}: expected an object", file, name));
      }
      check_types(entry);
      check_url(entry, file, name);
      if (!entry.contains("version")) {
        throw PlanError(fmt::format("{}: {}: no version", file, name));
      }
      (void)version_text(entry["version"], file, name);
      const bool bundled = entry.value("bundled", false) && !above.empty();
      const std::string owner = bundled ? bundler : name;
      const std::string path = above + std::string(kModules) + name;
      Json kept = entry;
      kept.erase("dependencies");
      kept.erase("dev");
      Json& into = group(owner);
      into["v1"] = true;
      into["at"][path] = std::move(kept);
      if (const auto it = entry.find("dependencies"); it != entry.end()) {
        tree(*it, path + "/", owner, depth + 1);
      }
    }
  }

  [[nodiscard]] Requirements requirements() const {
    Requirements out;
    for (const auto& [name, value] : groups) {
      std::vector<std::string> versions;
      for (const auto& [path, entry] : value["at"].items()) {
        if (last_name(path) != name && !is_manifest(path)) continue;  // bundled
        if (is_manifest(path) && value["at"].size() > 1) continue;
        auto text = spelled(entry, name);
        if (text.empty()) text = "here";
        if (std::find(versions.begin(), versions.end(), text) ==
            versions.end()) {
          versions.push_back(text);
        }
      }
      std::string shown = fmt::format("{}", fmt::join(versions, ", "));
      if (shown.empty()) shown = "not installed";
      out[name] = shown + "\n" + value.dump();
    }
    return out;
  }
};

/// What decides which files are installed.
Json deciding(const Json& group, bool with_needs) {
  Json out = Json::object();
  for (const auto& [path, entry] : group["at"].items()) {
    Json one = Json::object();
    for (const char* field :
         {"name", "version", "resolved", "integrity", "link"}) {
      if (const auto it = entry.find(field); it != entry.end()) one[field] = *it;
    }
    if (with_needs) {
      for (const char* field : {"dependencies", "optionalDependencies",
                                "peerDependencies", "requires", "bin"}) {
        if (const auto it = entry.find(field); it != entry.end()) {
          one[field] = *it;
        }
      }
    }
    out[path] = std::move(one);
  }
  return out;
}

bool installs_the_same(const std::string& a, const std::string& b) {
  const Json one = locked(a), other = locked(b);
  const bool as_old = one.contains("v1") || other.contains("v1");
  const auto sorted = [&](const Json& group) {
    return nlohmann::json::parse(deciding(group, !as_old).dump());
  };
  return sorted(one) == sorted(other);
}

}  // namespace

namespace {

Requirements read_lock(const Json& json, Reader& reader) {
  if (const auto it = json.find("packages"); it != json.end()) {
    if (!it->is_object()) {
      throw PlanError(
          fmt::format("{}: packages: expected an object", reader.file));
    }
    reader.paths(*it);
  } else if (const auto tree = json.find("dependencies"); tree != json.end()) {
    reader.tree(*tree, "", "", 0);
  } else if (!json.contains("lockfileVersion")) {
    throw PlanError(fmt::format("{}: not a package-lock.json", reader.file));
  }
  return reader.requirements();
}

}  // namespace

bool is_locked(std::string_view value) {
  const auto end = value.find('\n');
  return end != value.npos && value.substr(end + 1, 1) == "{";
}

bool any_locked(const Requirements& requirements) {
  return std::any_of(requirements.begin(), requirements.end(),
                     [](const auto& one) { return is_locked(one.second); });
}

Requirements parse_package_lock(std::string_view text,
                                const std::string& file) {
  const Json json = parsed_json(text, file);
  Reader reader{file, {}, {}};
  try {
    return read_lock(json, reader);
  } catch (const Json::exception&) {
    throw PlanError(fmt::format("{}: not as npm writes it", file));
  }
}

void share_locked(Release& good, Release& bad) {
  good.config.erase("npm-packages");
  bad.config.erase("npm-packages");
  if (!any_locked(good.requirements) || !any_locked(bad.requirements)) return;
  Json sides = Json::array({Json::object(), Json::object()});
  std::set<std::string> names;
  for (const auto* release : {&good, &bad}) {
    for (const auto& [name, value] : release->requirements) names.insert(name);
  }
  for (const std::string& name : names) {
    const auto a = good.requirements.find(name);
    const auto b = bad.requirements.find(name);
    const bool in_both =
        a != good.requirements.end() && b != bad.requirements.end();
    if (in_both && a->second != b->second && is_locked(a->second) &&
        is_locked(b->second) && installs_the_same(a->second, b->second)) {
      // Of two formats the newer one says more.
      (locked(b->second).contains("v1") ? b->second : a->second) =
          locked(b->second).contains("v1") ? a->second : b->second;
    }
    if (in_both && a->second == b->second) continue;
    sides[0][name] = a == good.requirements.end() ? Json() : Json(a->second);
    sides[1][name] = b == bad.requirements.end() ? Json() : Json(b->second);
  }
  if (sides[0].empty()) return;
  good.config["npm-packages"] = bad.config["npm-packages"] = sides.dump();
}

}  // namespace rung
