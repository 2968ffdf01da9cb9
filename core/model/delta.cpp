#include "core/model/delta.hpp"

#include <array>

#include "core/base/overloaded.hpp"
#include "core/text/enum_word.hpp"

namespace rung {
namespace {

// Stored in journals and read by programs: never rename.
constexpr std::array<std::string_view, 4> kKinds = {"commit", "env",
                                                    "requirement", "config"};
constexpr std::array<std::string_view, 3> kChanges = {"added", "removed",
                                                      "changed"};

using Map = std::map<std::string, std::string>;

std::optional<std::string> find(const Map& map, const std::string& key) {
  const auto it = map.find(key);
  if (it == map.end()) return std::nullopt;
  return it->second;
}

template <class Kind>
void diff_maps(const Map& good, const Map& bad, std::vector<Delta>& out) {
  Map keys = good;
  keys.insert(bad.begin(), bad.end());
  for (const auto& [key, unused] : keys) {
    auto before = find(good, key);
    auto after = find(bad, key);
    if (before != after) out.push_back(Kind{key, std::move(before), std::move(after)});
  }
}

void set(Map& map, const std::string& key,
         const std::optional<std::string>& value) {
  if (value) {
    map[key] = *value;
  } else {
    map.erase(key);
  }
}

}  // namespace

std::vector<Delta> diff(const Release& good, const Release& bad) {
  std::vector<Delta> deltas;
  diff_maps<EnvDelta>(good.env, bad.env, deltas);
  diff_maps<ConfigDelta>(good.config, bad.config, deltas);
  diff_maps<RequirementDelta>(good.requirements, bad.requirements, deltas);
  if (good.commit != bad.commit) {
    deltas.push_back(CommitDelta{good.commit, bad.commit});
  }
  return deltas;
}

Release applied(Release from, std::span<const Delta> deltas) {
  for (const Delta& delta : deltas) {
    std::visit(
        Overloaded{
            [&](const CommitDelta& d) { from.commit = d.after; },
            [&](const EnvDelta& d) { set(from.env, d.name, d.after); },
            [&](const RequirementDelta& d) {
              set(from.requirements, d.package, d.after);
            },
            [&](const ConfigDelta& d) { set(from.config, d.name, d.after); },
        },
        delta);
  }
  return from;
}

DeltaKind kind(const Delta& delta) {
  return static_cast<DeltaKind>(delta.index());
}

std::string_view to_string(DeltaKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

std::optional<DeltaKind> delta_kind_from(std::string_view text) {
  return enum_from(text, DeltaKind::config);
}

const std::string& name(const Delta& delta) {
  return std::visit(
      Overloaded{
          [](const CommitDelta& d) -> const std::string& { return d.after.hex; },
          [](const EnvDelta& d) -> const std::string& { return d.name; },
          [](const RequirementDelta& d) -> const std::string& {
            return d.package;
          },
          [](const ConfigDelta& d) -> const std::string& { return d.name; },
      },
      delta);
}

Change change(const Delta& delta) {
  return std::visit(
      [](const auto& d) {
        if constexpr (std::is_same_v<std::decay_t<decltype(d)>, CommitDelta>) {
          return Change::changed;
        } else {
          return !d.before ? Change::added
                 : !d.after ? Change::removed
                            : Change::changed;
        }
      },
      delta);
}

std::string_view to_string(Change change) {
  return kChanges.at(static_cast<std::size_t>(change));
}

std::optional<Change> change_from(std::string_view text) {
  return enum_from(text, Change::changed);
}

}  // namespace rung
