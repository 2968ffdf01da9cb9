#include "core/model/delta.hpp"

namespace rung {
namespace {

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

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

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

std::string_view kind(const Delta& delta) {
  static constexpr std::string_view kKinds[] = {"commit", "env", "requirement",
                                                "config"};
  return kKinds[delta.index()];
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

std::string_view change(const Delta& delta) {
  return std::visit(
      [](const auto& d) -> std::string_view {
        if constexpr (std::is_same_v<std::decay_t<decltype(d)>, CommitDelta>) {
          return "changed";
        } else {
          if (!d.before) return "added";
          if (!d.after) return "removed";
          return "changed";
        }
      },
      delta);
}

}  // namespace rung
