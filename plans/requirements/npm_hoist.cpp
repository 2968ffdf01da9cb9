#include <algorithm>
#include <optional>
#include <tuple>

#include "plans/requirements/npm_lock.hpp"
#include "plans/requirements/npm_tree.hpp"

// Source: place-dep.js and can-place-dep.js of @npmcli/arborist.
namespace rung::npm {
namespace {

std::size_t depth(const std::string& path) {
  std::size_t count = 0;
  for (auto at = path.find(kModules); at != path.npos;
       at = path.find(kModules, at + 1)) {
    ++count;
  }
  return count;
}

bool is_same(const Json& one, const Json& other) {
  return version_of_entry(one) == version_of_entry(other) &&
         text_of(one, "resolved") == text_of(other, "resolved");
}

/// Where `path` is once what lies at `from` has moved to `to`.
std::string moved(const std::string& path, const std::string& from,
                  const std::string& to) {
  return path == from || path.starts_with(from + "/")
             ? to + path.substr(from.size())
             : path;
}

}  // namespace

/// All lies as in one of the lock files.
bool PackageTree::is_as_given() const {
  return std::any_of(sides_.begin(), sides_.end(), [&](const LockSide& side) {
    return std::equal(
        places_.begin(), places_.end(), side.entries.begin(),
        side.entries.end(), [](const auto& one, const auto& other) {
          return one.first == other.first && one.second.entry == other.second;
        });
  });
}

/// What lies there could lie elsewhere.
bool PackageTree::is_movable(const std::string& path) const {
  if (is_manifest(path)) return false;
  for (std::string at = path; !at.empty(); at = folder_above(at)) {
    const auto it = places_.find(at);
    if (it == places_.end() || is_manifest(at)) continue;
    const Json& entry = it->second.entry;
    if (is_bundled(entry) || entry.value("link", false) ||
        (at != path && entry.value("hasShrinkwrap", false))) {
      return false;
    }
  }
  return true;
}

std::map<std::string, Place> PackageTree::take(const std::string& path) {
  std::map<std::string, Place> out;
  for (auto it = places_.lower_bound(path);
       it != places_.end() && it->first.starts_with(path);) {
    const auto next = std::next(it);
    if (it->first.size() == path.size() || it->first[path.size()] == '/') {
      out.insert(places_.extract(it));
    }
    it = next;
  }
  return out;
}

/// Moves what lies at `from` to the free place `to`, unless somebody then no
/// longer finds what it takes.
bool PackageTree::move(const std::string& from, const std::string& to,
                       Askers& askers) {
  struct Found {
    std::string path;
    Edge edge;
    std::string target;
  };
  std::vector<Found> all;
  const auto add = [&](const std::string& path, const Edge& edge) {
    const auto target = resolved_from(places_, path, edge.name, edge.peer);
    all.push_back({moved(path, from, to), edge, moved(target, from, to)});
  };
  for (const Asker& one : askers[last_name(from)]) {
    if (one.path.empty() || places_.contains(one.path)) add(one.path, one.edge);
  }
  auto own = take(from);
  for (const auto& [path, place] : own) places_.insert({path, place});
  for (const auto& [path, place] : own) {
    for (const Edge& edge : edges(path, &place)) add(path, edge);
  }
  const auto shift = [&](const std::string& here, const std::string& there) {
    auto places = take(here);
    while (!places.empty()) {
      auto node = places.extract(places.begin());
      node.key() = moved(node.key(), here, there);
      places_.insert(std::move(node));
    }
  };
  shift(from, to);
  std::optional<std::map<std::string, Place>> before;  // anything else changed
  for (const auto& [path, edge, target] : all) {
    const auto now = resolved_from(places_, path, edge.name, edge.peer);
    if (now == target) continue;
    const auto self = places_.find(path);
    const Place* place = self == places_.end() ? nullptr : &self->second;
    if (target != to) {
      if (!now.empty() && fits(path, place, edge, now)) continue;
      if (now != to && !edge.peer) {
        if (!before) before = places_;
        if (mend(path, edge, now)) continue;
      }
    }
    if (before) places_ = *std::move(before);
    shift(to, from);
    return false;
  }
  for (auto& [name, those] : askers) {
    for (Asker& one : those) one.path = moved(one.path, from, to);
  }
  return true;
}

/// Takes away copies of what lies at `spot` that nobody needs beside it.
void PackageTree::drop_copies(const std::string& spot, Askers& askers) {
  const auto name = last_name(spot);
  std::vector<std::string> copies;
  for (const auto& [path, place] : places_) {
    if (path != spot && last_name(path) == name && is_movable(path) &&
        is_same(place.entry, places_.at(spot).entry)) {
      copies.push_back(path);
    }
  }
  for (const std::string& copy : copies) {
    const auto found = [&](const Asker& one) {
      return !one.path.empty() && !places_.contains(one.path)
                 ? ""
                 : resolved_from(places_, one.path, name, one.edge.peer);
    };
    std::vector<const Asker*> users;
    for (const Asker& one : askers[name]) {
      if (found(one) == copy) users.push_back(&one);
    }
    auto taken = take(copy);
    if (!std::all_of(users.begin(), users.end(), [&](const Asker* one) {
          return taken.contains(one->path) || found(*one) == spot;
        })) {
      places_.merge(taken);
    }
  }
}

/// Moves one package of that name up.
bool PackageTree::raise(const std::string& name, Askers& askers) {
  std::vector<std::string> copies;
  std::set<std::pair<std::size_t, std::string>> folders;  // highest first
  for (const auto& [path, place] : places_) {
    if (last_name(path) != name || !is_movable(path)) continue;
    copies.push_back(path);
    for (std::string up = folder_above(path); !up.empty();) {
      up = folder_above(up);
      folders.emplace(depth(up), up);
    }
  }
  for (const auto& [level, folder] : folders) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    const std::string spot = prefix + std::string(kModules) + name;
    const auto above = places_.find(folder);
    if (places_.contains(spot)) continue;
    if (above != places_.end() && !is_manifest(folder)) {
      const auto needs = edges(folder, &above->second);
      // npm has no peer below what asks for it.
      if (!is_movable(folder) ||
          above->second.entry.value("hasShrinkwrap", false) ||
          std::any_of(needs.begin(), needs.end(), [&](const Edge& edge) {
            return edge.peer && edge.name == name;
          })) {
        continue;
      }
    }
    bool is_used = false;  // in a lock file
    std::vector<std::tuple<bool, std::size_t, std::string>> order;
    for (const LockSide& side : sides_) {
      is_used = is_used || side.entries.contains(spot);
    }
    for (const std::string& path : copies) {
      const Place& place = places_.at(path);
      if (!path.starts_with(prefix) || (!is_used && place.from == path)) {
        continue;
      }
      const bool lies_there =
          std::any_of(sides_.begin(), sides_.end(), [&](const LockSide& side) {
            const auto it = side.entries.find(spot);
            return it != side.entries.end() && is_same(it->second, place.entry);
          });
      order.emplace_back(!lies_there, depth(path), path);
    }
    std::sort(order.begin(), order.end());
    for (const auto& [strange, far, path] : order) {
      if (!move(path, spot, askers)) continue;
      drop_copies(spot, askers);
      return true;
    }
  }
  return false;
}

/// Moves packages up into free places, as npm lays them: a project may use what
/// lies at the root without asking for it.
bool PackageTree::hoist() {
  Askers askers;
  const auto add = [&](const std::string& path, const Place* place) {
    for (const Edge& edge : edges(path, place)) {
      askers[edge.name].push_back({path, edge});
    }
  };
  add("", nullptr);
  std::set<std::string> names;
  for (const auto& [path, place] : places_) {
    add(path, &place);
    if (!folder_above(path).empty()) names.insert(last_name(path));
  }
  bool any = false;
  for (const std::string& name : names) {
    while (raise(name, askers)) any = true;
  }
  return any;
}

void PackageTree::complete() {
  given_ = is_as_given();
  settle();
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds && !given_; ++round) {
    const auto before = places_;
    if (!hoist()) break;
    try {
      settle();
    } catch (const CannotCombine&) {
      places_ = before;  // it fits, though npm would lay it otherwise
      break;
    }
  }
}

}  // namespace rung::npm
