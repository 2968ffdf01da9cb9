#include "plans/requirements/npm_write.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "plans/requirements/npm_lock.hpp"
#include "plans/requirements/npm_overrides.hpp"
#include "plans/requirements/npm_tree.hpp"

// Sources: npm's reference pages "package-lock.json" and "package.json".
namespace rung {

using namespace npm;

namespace {

/// What a lock file repeats of the project's manifest.
constexpr std::array<std::string_view, 12> kRepeated{
    "name",    "version", "license",   "hasInstallScript",
    "engines", "bin",     "os",        "cpu",
    "funding", "workspaces", "bundleDependencies", "peerDependenciesMeta"};

std::string parent_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash + 1);
}

void add_group(const std::string& name, std::string_view value, LockSide& side,
               bool& old) {
  const Json group = locked(value);
  old = old || group.contains("v1");
  for (const auto& [path, entry] : group["at"].items()) {
    side.entries[path] = entry;
  }
  if (const auto want = group.find("want"); want != group.end()) {
    for (const auto& [folder, sections] : want->items()) {
      for (const auto& [section, range] : sections.items()) {
        side.wants[folder][name][section] = range.get<std::string>();
      }
    }
  }
}

struct Mixed {
  std::map<std::string, Place> places;
  Wants wants;
  std::vector<LockSide> sides;
  bool old = false;  ///< a lock file of version 1 is among them
};

Mixed mixed(const Release& release) {
  Mixed out;
  Json pool = Json::array();
  if (const auto it = release.config.find("npm-packages");
      it != release.config.end()) {
    pool = Json::parse(it->second);
  }
  out.sides.resize(pool.empty() ? 1 : pool.size());
  for (std::size_t i = 0; i < out.sides.size(); ++i) {
    for (const auto& [name, value] : release.requirements) {
      const bool theirs = i < pool.size() && pool[i].contains(name);
      if (!theirs && is_locked(value)) {
        add_group(name, value, out.sides[i], out.old);
      }
    }
    if (i >= pool.size()) continue;
    for (const auto& [name, value] : pool[i].items()) {
      if (value.is_string() && is_locked(value.get<std::string>())) {
        add_group(name, value.get<std::string>(), out.sides[i], out.old);
      }
    }
  }
  for (const auto& [name, value] : release.requirements) {
    if (!is_locked(value)) continue;
    std::size_t side = 0;
    for (std::size_t i = 0; i < pool.size(); ++i) {
      if (pool[i].contains(name) && pool[i][name].is_string() &&
          pool[i][name].get<std::string>() == value) {
        side = i;
      }
    }
    LockSide one;
    add_group(name, value, one, out.old);
    for (auto& [path, entry] : one.entries) {
      out.places[path] = {std::move(entry), side, path};
    }
    for (auto& [folder, packages] : one.wants) {
      for (auto& [package, sections] : packages) {
        out.wants[folder][package] = std::move(sections);
      }
    }
  }
  return out;
}

/// A manifest with the ranges that the lock files' manifests had.
Json with_ranges(Json manifest, const Wants& wants, const std::string& folder) {
  const auto it = wants.find(folder);
  for (const auto& [field, prefix] : kSections) {
    Json section = Json::object();
    if (it != wants.end()) {
      for (const auto& [name, sections] : it->second) {
        const auto range = sections.find(std::string(field));
        if (range != sections.end()) section[name] = range->second;
      }
    }
    if (!section.empty()) {
      manifest[std::string(field)] = section;
    } else {
      manifest.erase(std::string(field));
    }
  }
  return manifest;
}

/// An entry as lock files of version 1 have it.
Json as_old(const Json& entry, const std::string& name) {
  if (entry.value("link", false)) {
    return Json{{"version", "file:" + text_of(entry, "resolved")}};
  }
  Json out = Json::object();
  const auto resolved = text_of(entry, "resolved");
  const auto real = text_of(entry, "name");
  const auto version = text_of(entry, "version");
  const bool elsewhere =
      resolved.starts_with("git") || resolved.starts_with("file:");
  out["version"] = version.starts_with("npm:") ? version
                   : elsewhere                 ? resolved
                   : real.empty() || real == name
                       ? version
                       : "npm:" + real + "@" + version;
  if (!resolved.empty() && !elsewhere) out["resolved"] = resolved;
  for (const char* field : {"integrity", "dev", "optional", "bundled", "from"}) {
    if (entry.contains(field)) out[field] = entry[field];
  }
  if (entry.value("inBundle", false)) out["bundled"] = true;
  Json needs = Json::object();
  for (const char* field :
       {"requires", "dependencies", "optionalDependencies"}) {
    if (entry.contains(field) && entry[field].is_object()) {
      needs.update(entry[field]);
    }
  }
  if (!needs.empty()) out["requires"] = needs;
  return out;
}

/// The places below `above` as lock files of version 1 nest them.
Json nested(const std::map<std::string, Place>& places,
            const std::string& above) {
  Json out = Json::object();
  const std::string prefix = (above.empty() ? "" : above + "/") + "node_modules/";
  for (auto it = places.lower_bound(prefix);
       it != places.end() && it->first.starts_with(prefix); ++it) {
    const auto name = it->first.substr(prefix.size());
    if (name.find("/node_modules/") != name.npos) continue;
    Json one = as_old(it->second.entry, name);
    Json inner = nested(places, it->first);
    if (!inner.empty()) one["dependencies"] = std::move(inner);
    out[name] = std::move(one);
  }
  return out;
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> out;
  std::string_view left = path;
  while (left.starts_with(kModules)) {
    left.remove_prefix(kModules.size());
    const auto next = left.find("/node_modules/");
    out.emplace_back(left.substr(0, next));
    left = next == left.npos ? "" : left.substr(next + 1);
  }
  return left.empty() ? out : std::vector<std::string>{};
}

/// The versions in the manifest: direct ones where they are asked for, others
/// as overrides.
Json pinned(Json manifest, const PackageTree& tree) {
  Json overrides = manifest.value("overrides", Json::object());
  for (const auto& [path, place] : tree.places()) {
    const Json& entry = place.entry;
    if (is_manifest(path) || entry.value("link", false) ||
        entry.value("inBundle", false) || entry.value("bundled", false)) {
      continue;
    }
    const auto names = names_in(path);
    if (names.empty() || text_of(entry, "version").empty() ||
        text_of(entry, "resolved").starts_with("file:")) {
      continue;
    }
    const auto version = exactly(entry, names.back());
    bool direct = false;
    if (names.size() == 1) {
      for (const auto& [field, prefix] : kSections) {
        const auto section = manifest.find(std::string(field));
        if (section == manifest.end() || !section->contains(names[0])) continue;
        if (field != "peerDependencies") (*section)[names[0]] = version;
        direct = direct || field != "peerDependencies";
      }
    }
    if (!direct) {
      put_override(overrides, fmt::format("{}", fmt::join(names, ">")),
                   version);
    }
  }
  if (!overrides.empty()) manifest["overrides"] = overrides;
  return manifest;
}

/// Whether the build has npm look at no lock file.
bool ignores_lock_files(const Release& release) {
  const auto build = release.config.find("build");
  if (build == release.config.end()) return false;
  for (const char* word : {"--no-package-lock", "--package-lock=false",
                           "--no-shrinkwrap", "--package-lock false"}) {
    if (build->second.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::set<std::string> locked_manifests(const Requirements& requirements,
                                       const std::string& path) {
  std::set<std::string> out{path};
  for (const auto& [name, value] : requirements) {
    if (!is_locked(value)) continue;
    const Json group = locked(value);
    for (const auto& [at, entry] : group["at"].items()) {
      if (is_manifest(at)) out.insert(parent_folder(path) + at + "/package.json");
    }
  }
  out.insert(parent_folder(path) + "npm-shrinkwrap.json");
  return out;
}

std::set<std::string> no_longer_at_root(
    const Release& release, const std::map<std::string, std::string>& files) {
  std::set<std::string> out;
  const auto file = std::find_if(files.begin(), files.end(), [](const auto& f) {
    return f.first.ends_with("package-lock.json") ||
           f.first.ends_with("npm-shrinkwrap.json");
  });
  if (file == files.end() || !any_locked(release.requirements)) return out;
  const Json lock = Json::parse(file->second);
  const auto sides = mixed(release).sides;
  for (const auto& [path, entry] : sides.front().entries) {
    const auto name = last_name(path);
    if (path != std::string(kModules) + name ||
        !std::all_of(sides.begin(), sides.end(), [&](const LockSide& side) {
          return side.entries.contains(path);
        })) {
      continue;
    }
    const bool here = lock.contains("packages")
                          ? lock["packages"].contains(path)
                          : lock.contains("dependencies") &&
                                lock["dependencies"].contains(name);
    if (!here) out.insert(name);
  }
  return out;
}

std::map<std::string, std::string> write_locked(
    const Release& release, const std::string& path,
    const std::map<std::string, std::string>& manifests) {
  Mixed mix = mixed(release);
  const std::string folder = parent_folder(path);
  const auto committed = [&](const std::string& file) {
    const auto it = manifests.find(file);
    return it == manifests.end() ? Json() : parsed_json(it->second, file);
  };
  Json manifest = committed(path);
  if (manifest.is_null()) manifest = Json{{"private", true}};
  // Lock files of version 1 do not repeat what the manifest asks for.
  const bool asks = mix.wants.contains("");
  if (!asks) {
    for (const auto& [field, prefix] : kSections) {
      const auto section = manifest.find(std::string(field));
      if (section == manifest.end() || !section->is_object()) continue;
      for (const auto& [name, range] : section->items()) {
        if (!range.is_string()) continue;
        auto text = range.get<std::string>();
        const auto place = mix.places.find("node_modules/" + name);
        if (place != mix.places.end() &&
            !is_asked_for(place->second.entry, place->first, text)
                 .value_or(true)) {
          text = exactly(place->second.entry, name);
        }
        mix.wants[""][name][std::string(field)] = text;
      }
    }
  }
  const Wants wants = mix.wants;
  PackageTree tree(std::move(mix.places), std::move(mix.wants),
                   std::move(mix.sides));
  if (asks || wants.contains("")) tree.complete();

  std::map<std::string, std::string> out;
  manifest = with_ranges(std::move(manifest), wants, "");
  // Requirements that are in no lock file: ranges, as a plan has them.
  bool whole = true;
  for (const auto& [name, value] : release.requirements) {
    if (is_locked(value) || name.find('>') != name.npos) continue;
    if (name.starts_with(kOverride)) {
      put_overrides(manifest["overrides"], name.substr(kOverride.size()), value);
      continue;
    }
    whole = false;
    const auto colon = name.find(':') + 1;
    for (const auto& [field, prefix] : kSections) {
      if (name.substr(0, colon) == prefix) {
        manifest[std::string(field)][name.substr(colon)] = value;
      }
    }
  }
  set_overrides(manifest, tree);
  if (ignores_lock_files(release) || !whole) {
    out[path] = pinned(std::move(manifest), tree).dump(2) + "\n";
    return out;
  }
  tree.set_flags();
  out[path] = manifest.dump(2) + "\n";

  Json lock = Json::object();
  for (const char* field : {"name", "version"}) {
    if (manifest.contains(field)) lock[field] = manifest[field];
  }
  lock["lockfileVersion"] = mix.old ? 1 : 3;
  lock["requires"] = true;
  if (mix.old) {
    lock["dependencies"] = nested(tree.places(), "");
  } else {
    Json root = Json::object();
    for (const auto field : kRepeated) {
      const std::string name(field);
      if (manifest.contains(name)) root[name] = manifest[name];
    }
    for (const auto& [field, prefix] : kSections) {
      const std::string name(field);
      if (manifest.contains(name)) root[name] = manifest[name];
    }
    lock["packages"][""] = std::move(root);
    for (const auto& [at, place] : tree.places()) {
      lock["packages"][at] =
          is_manifest(at) ? with_ranges(place.entry, wants, at) : place.entry;
    }
  }
  const std::string shrinkwrap = folder + "npm-shrinkwrap.json";
  out[manifests.contains(shrinkwrap) ? shrinkwrap
                                     : folder + "package-lock.json"] =
      lock.dump(2) + "\n";
  // The workspaces' own.
  for (const auto& [at, place] : tree.places()) {
    if (!is_manifest(at)) continue;
    const std::string file = folder + at + "/package.json";
    Json workspace = committed(file);
    if (workspace.is_null()) continue;
    // Other workspaces may ask for just this one.
    if (place.entry.contains("version")) {
      workspace["version"] = place.entry["version"];
    }
    out[file] = with_ranges(workspace, wants, at).dump(2) + "\n";
  }
  return out;
}

}  // namespace rung
