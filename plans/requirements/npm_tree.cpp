#include "plans/requirements/npm_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "plans/requirements/npm_lock.hpp"
#include "plans/requirements/npm_range.hpp"

// Source: the README of @npmcli/arborist, and what its isDepValid does.
namespace rung::npm {
namespace {

/// The package's own name, which an alias hides.
std::string real_name(const Json& entry, const std::string& path) {
  const auto name = text_of(entry, "name");
  if (!name.empty()) return name;
  const auto version = text_of(entry, "version");
  if (!version.starts_with("npm:")) return last_name(path);
  const auto at = version.find('@', 5);  // "@scope/name" begins with one
  return version.substr(4, at == version.npos ? at : at - 4);
}

bool links_to(const Entries& entries, const std::string& target) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& one) {
    return one.second.value("link", false) &&
           text_of(one.second, "resolved") == target;
  });
}

}  // namespace

std::string version_of_entry(const Json& entry) {
  auto version = text_of(entry, "version");
  if (version.starts_with("npm:")) version.erase(0, version.rfind('@') + 1);
  return version;
}

bool is_bundled(const Json& entry) {
  return entry.value("inBundle", false) || entry.value("bundled", false);
}

std::string folder_above(const std::string& path) {
  const auto cut = path.rfind(kModules);
  if (cut == path.npos || cut == 0) return "";
  return path.substr(0, cut - 1);
}

// A tag or a URL: only npm can tell.
std::optional<bool> is_asked_for(const Json& found, const std::string& target,
                                 std::string_view range) {
  if (found.value("link", false)) return true;
  const auto version = version_of_entry(found);
  std::string name = last_name(target);
  if (range.starts_with("npm:")) {
    range.remove_prefix(4);
    const auto at = range.find('@', 1);
    name = range.substr(0, at);
    range = at == range.npos ? "*" : range.substr(at + 1);
    if (real_name(found, target) != name) return false;
    return npm_satisfies(version, range).value_or(true);
  }
  const auto fine = npm_satisfies(version, range);
  if (!fine.value_or(false)) return fine;
  return real_name(found, target) == name;
}

std::vector<PackageTree::Edge> PackageTree::manifest_edges(
    const Wants& wants, const std::string& path) const {
  std::vector<Edge> out;
  const auto it = wants.find(path);
  if (it == wants.end()) return out;
  for (const auto& [name, sections] : it->second) {
    for (const auto& [section, range] : sections) {
      Edge edge{name, range};
      edge.dev = section == "devDependencies";
      edge.optional = section == "optionalDependencies";
      edge.peer = section == "peerDependencies";
      // A dev dependency of the same name is what is installed.
      if (edge.peer && sections.size() > 1) continue;
      out.push_back(std::move(edge));
    }
  }
  return out;
}

std::vector<PackageTree::Edge> PackageTree::edges(const std::string& path,
                                                  const Place* place) const {
  std::vector<Edge> out = manifest_edges(wants_, path);
  if (place == nullptr) return out;
  const Json& entry = place->entry;
  if (entry.value("link", false)) return out;
  const auto add = [&](const char* field, bool optional, bool peer) {
    const auto it = entry.find(field);
    if (it == entry.end() || !it->is_object()) return;
    const auto meta = entry.find("peerDependenciesMeta");
    for (const auto& [name, range] : it->items()) {
      if (!range.is_string()) continue;
      Edge edge{name, range.template get<std::string>()};
      edge.optional = optional;
      edge.peer = peer;
      if (peer && meta != entry.end() && meta->contains(name)) {
        edge.optional = (*meta)[name].value("optional", false);
      }
      out.push_back(std::move(edge));
    }
  };
  add("dependencies", false, false);
  add("requires", false, false);
  add("optionalDependencies", true, false);
  add("peerDependencies", false, true);
  return out;
}

std::set<std::string> PackageTree::reached() const {
  std::set<std::string> out;
  std::deque<std::string> left{""};
  const auto go = [&](const std::string& path) {
    if (!path.empty() && out.insert(path).second) left.push_back(path);
  };
  // Workspaces belong to the project, whoever needs them.
  for (const auto& [path, place] : places_) {
    if (is_manifest(path) || place.entry.value("link", false)) go(path);
  }
  while (!left.empty()) {
    const std::string path = left.front();
    left.pop_front();
    const auto it = places_.find(path);
    const Place* place = it == places_.end() ? nullptr : &it->second;
    if (place != nullptr && place->entry.value("link", false)) {
      const auto target = text_of(place->entry, "resolved");
      if (places_.contains(target)) go(target);
    }
    for (const Edge& edge : edges(path, place)) {
      // It does not bring it, but npm leaves what a lock file has for it.
      if (edge.peer && edge.optional && !given_) continue;
      go(resolved_from(places_, path, edge.name, edge.peer));
    }
  }
  // What a package bundles comes with it.
  for (const auto& [path, place] : places_) {
    if (!is_bundled(place.entry)) {
      continue;
    }
    for (std::string up = folder_above(path); !up.empty();
         up = folder_above(up)) {
      if (out.contains(up)) out.insert(path);
    }
  }
  return out;
}

bool PackageTree::fits(const std::string& path, const Place* place,
                       const Edge& edge, const std::string& target) const {
  const Json& found = places_.at(target).entry;
  if (is_asked_for(found, target, edge.range).value_or(false)) return true;
  const auto version = version_of_entry(found);
  // A tag, a URL, an override: as one of the lock files has it.
  const std::string own = place == nullptr ? "" : version_of_entry(place->entry);
  for (const LockSide& side : sides_) {
    if (place == nullptr) {
      const auto edges = manifest_edges(side.wants, path);
      if (std::none_of(edges.begin(), edges.end(), [&](const Edge& one) {
            return one.name == edge.name && one.range == edge.range;
          })) {
        continue;
      }
      const auto there = resolved_from(side.entries, path, edge.name, edge.peer);
      if (!there.empty() &&
          version_of_entry(side.entries.at(there)) == version) {
        return true;
      }
      continue;
    }
    for (const auto& [from, entry] : side.entries) {
      if (last_name(from) != last_name(path) || version_of_entry(entry) != own) {
        continue;
      }
      const auto there = resolved_from(side.entries, from, edge.name, edge.peer);
      if (!there.empty() &&
          version_of_entry(side.entries.at(there)) == version &&
          text_of(side.entries.at(there), "resolved") ==
              text_of(found, "resolved")) {
        return true;
      }
    }
  }
  return false;
}

// A place inside a package that is not there.
void PackageTree::drop_the_lost() {
  for (bool again = true; again;) {
    again = false;
    for (auto it = places_.begin(); it != places_.end();) {
      const auto above = folder_above(it->first);
      if (is_manifest(it->first) || above.empty() || places_.contains(above)) {
        ++it;
      } else {
        it = places_.erase(it);
        again = true;
      }
    }
  }
}

/// The paths that are new.
std::vector<std::string> PackageTree::put(const std::string& path,
                                          std::size_t side,
                                          const std::string& from) {
  const Entries& entries = sides_[side].entries;
  std::vector<std::string> made;
  const auto add = [&](const std::string& at, const std::string& source,
                       const Json& entry) {
    if (places_.try_emplace(at, Place{entry, side, source}).second) {
      made.push_back(at);
    }
  };
  add(path, from, entries.at(from));
  // With what it bundles.
  for (const auto& [at, entry] : entries) {
    if (!at.starts_with(from + "/node_modules/")) continue;
    if (is_bundled(entry)) {
      add(path + at.substr(from.size()), at, entry);
    }
  }
  return made;
}

bool PackageTree::mend(const std::string& path, const Edge& edge,
                       const std::string& found) {
  const auto it = places_.find(path);
  std::vector<std::size_t> order;
  if (it != places_.end()) order.push_back(it->second.side);
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    if (order.empty() || order[0] != i) order.push_back(i);
  }
  for (const std::size_t side : order) {
    const Entries& entries = sides_[side].entries;
    const std::string from =
        it != places_.end() && it->second.side == side ? it->second.from : path;
    if (!from.empty() && !entries.contains(from)) continue;
    const auto source = resolved_from(entries, from, edge.name, edge.peer);
    if (source.empty()) continue;
    const std::string below =
        (path.empty() ? "" : path + "/") + "node_modules/" + edge.name;
    std::vector<std::string> spots;
    const auto above = folder_above(source);
    if (found.empty() && (above.empty() || places_.contains(above))) {
      spots.push_back(source);
    }
    if (!edge.peer) spots.push_back(below);
    for (const std::string& spot : spots) {
      if (places_.contains(spot)) continue;
      const auto made = put(spot, side, source);
      const auto now = resolved_from(places_, path, edge.name, edge.peer);
      const auto self = places_.find(path);
      if (now == spot &&
          fits(path, self == places_.end() ? nullptr : &self->second, edge,
               spot)) {
        return true;
      }
      for (const std::string& one : made) places_.erase(one);
    }
  }
  return false;
}

/// A copy right below that came with another version of the package at `path`
/// than the one that lies there now.
bool PackageTree::mend_below(const std::string& path, const Edge& edge) {
  const auto spot = path + "/node_modules/" + edge.name;
  const auto it = places_.find(spot);
  if (path.empty() || it == places_.end() || is_bundled(it->second.entry)) {
    return false;
  }
  auto lost = take(spot);
  const auto found = resolved_from(places_, path, edge.name);
  if (!found.empty() && fits(path, &places_.at(path), edge, found)) return true;
  if (mend(path, edge, found)) return true;
  places_.merge(lost);
  return false;
}

/// A package with a peer beside it that it does not take moves, with one that
/// it takes, below those that need it.
bool PackageTree::mend_beside(const std::string& path, const Edge& edge) {
  const auto self = places_.find(path);
  if (self == places_.end() || is_manifest(path)) return false;
  const Place mine = self->second;
  const auto peer =
      resolved_from(sides_[mine.side].entries, mine.from, edge.name, true);
  if (peer.empty()) return false;
  const auto name = last_name(path);
  std::vector<std::string> by;
  auto paths = reached();
  paths.insert("");
  for (const std::string& one : paths) {
    const auto it = places_.find(one);
    for (const Edge& need :
         edges(one, it == places_.end() ? nullptr : &it->second)) {
      if (need.name != name ||
          resolved_from(places_, one, name, need.peer) != path) {
        continue;
      }
      if (it == places_.end() || need.peer) return false;
      by.push_back(one);
    }
  }
  std::vector<std::string> made;
  const auto moved = [&](const std::string& one) {
    const auto inside = one + "/node_modules/";
    if (places_.contains(inside + name) || places_.contains(inside + edge.name)) {
      return false;
    }
    for (const auto& [what, from] :
         {std::pair{edge.name, peer}, std::pair{name, mine.from}}) {
      const auto added = put(inside + what, mine.side, from);
      made.insert(made.end(), added.begin(), added.end());
    }
    const Place& at = places_.at(one);
    const auto needs = edges(one, &at);
    return fits(inside + name, &places_.at(inside + name), edge,
                inside + edge.name) &&
           std::all_of(needs.begin(), needs.end(), [&](const Edge& need) {
             return need.name != edge.name || need.peer ||
                    fits(one, &at, need, inside + edge.name);
           });
  };
  if (!by.empty() && std::all_of(by.begin(), by.end(), moved)) return true;
  for (const std::string& one : made) places_.erase(one);
  return false;
}

/// Everybody finds what it needs, and nothing else is there.
void PackageTree::settle() {
  drop_the_lost();
  constexpr int kRounds = 100;
  for (int round = 0;; ++round) {
    bool mended = false;
    std::string problem;
    auto paths = reached();
    paths.insert("");
    for (const std::string& path : paths) {
      const auto it = places_.find(path);
      const Place* place = it == places_.end() ? nullptr : &it->second;
      if (place != nullptr && is_bundled(place->entry)) {
        continue;
      }
      for (const Edge& edge : edges(path, place)) {
        const auto found =
            resolved_from(places_, path, edge.name, edge.peer);
        if (found.empty()) {
          if (edge.optional && edge.peer) continue;
          // Missing in its own lock file as well: npm knows why.
          const std::size_t side = place == nullptr ? 0 : place->side;
          const bool always =
              place != nullptr && side < sides_.size() &&
              resolved_from(sides_[side].entries, place->from, edge.name,
                            edge.peer)
                  .empty();
          if (always) continue;
        } else if (fits(path, place, edge, found)) {
          continue;
        }
        if (mend(path, edge, found) || (!edge.peer && mend_below(path, edge)) ||
            (edge.peer && !found.empty() && mend_beside(path, edge))) {
          mended = true;
          continue;
        }
        if (edge.optional && found.empty()) continue;
        if (place == nullptr && found.empty() &&
            std::none_of(sides_.begin(), sides_.end(), [&](const LockSide& s) {
              return !resolved_from(s.entries, path, edge.name, edge.peer)
                          .empty();
            })) {
          continue;
        }
        if (problem.empty()) {
          problem = fmt::format(
              "{} needs {} {}, and {}",
              path.empty() ? std::string("the project")
                           : last_name(path) + " " +
                                 (place ? version_of_entry(place->entry)
                                        : std::string()),
              edge.name, edge.range,
              found.empty()
                  ? "neither lock file has it there"
                  : "the one beside it is " +
                        version_of_entry(places_.at(found).entry));
        }
      }
    }
    if (mended && round < kRounds) continue;
    if (!problem.empty() || mended) {
      throw CannotCombine(fmt::format(
          "these packages of the two lock files do not fit together: {}",
          problem.empty() ? "no end of it is found" : problem));
    }
    break;
  }
  const auto paths = reached();
  std::erase_if(places_, [&](const auto& one) {
    return !paths.contains(one.first);
  });
  // A folder that nothing links to any more.
  Entries left;
  for (const auto& [path, place] : places_) left[path] = place.entry;
  std::erase_if(places_, [&](const auto& one) {
    return is_manifest(one.first) && !links_to(left, one.first);
  });
}

std::vector<PackageTree::Need> PackageTree::needs() const {
  std::vector<Need> out;
  for (const auto& [path, place] : places_) {
    if (is_bundled(place.entry)) {
      continue;  // comes as it is
    }
    for (const Edge& edge : edges(path, &place)) {
      const auto found = resolved_from(places_, path, edge.name, edge.peer);
      if (found.empty()) continue;
      const auto own = text_of(place.entry, "name");
      out.push_back(
          {is_manifest(path) && !own.empty() ? own : last_name(path), edge.name,
           found,
           edge.range != "*" && !edge.range.empty() &&
               !is_asked_for(places_.at(found).entry, found, edge.range)
                    .value_or(true)});
    }
  }
  return out;
}

void PackageTree::set_flags() {
  // Source: calcDepFlags of @npmcli/arborist. Reached without any edge of a
  // kind is not of that kind.
  const auto without = [&](bool dev, bool optional, bool peer) {
    std::set<std::string> out;
    std::deque<std::string> left{""};
    const auto go = [&](const std::string& path) {
      if (!path.empty() && out.insert(path).second) left.push_back(path);
    };
    for (const auto& [path, place] : places_) {
      // Workspaces are needed by the project itself.
      if (is_manifest(path)) go(path);
    }
    while (!left.empty()) {
      const std::string path = left.front();
      left.pop_front();
      const auto it = places_.find(path);
      const Place* place = it == places_.end() ? nullptr : &it->second;
      if (place != nullptr && place->entry.value("link", false)) {
        go(text_of(place->entry, "resolved"));
      }
      for (const Edge& edge : edges(path, place)) {
        if ((dev && edge.dev) || (optional && edge.optional) ||
            (peer && edge.peer)) {
          continue;
        }
        const auto found = resolved_from(places_, path, edge.name, edge.peer);
        if (!found.empty()) go(found);
      }
    }
    return out;
  };
  const auto no_dev = without(true, false, false);
  const auto no_optional = without(false, true, false);
  const auto neither = without(true, true, false);
  const auto no_peer = without(false, false, true);
  for (auto& [path, place] : places_) {
    Json& entry = place.entry;
    if (is_manifest(path) || entry.value("link", false)) continue;
    std::string owner = path;  // of what is bundled
    while (is_bundled(places_.at(owner).entry) &&
           places_.contains(folder_above(owner))) {
      owner = folder_above(owner);
    }
    const bool dev = !no_dev.contains(owner);
    const bool optional = !no_optional.contains(owner);
    if (dev) entry["dev"] = true;
    if (optional) entry["optional"] = true;
    if (!dev && !optional && !neither.contains(owner)) {
      entry["devOptional"] = true;
    }
    if (!no_peer.contains(owner)) entry["peer"] = true;
  }
}

}  // namespace rung::npm
