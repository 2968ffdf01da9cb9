#include "plans/reading/phase_requirements.hpp"

#include <fmt/format.h>

#include "core/text/did_you_mean.hpp"
#include "plans/requirements/npm.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/requirements/pip_requirement.hpp"
#include "plans/requirements/requirements.hpp"
#include "plans/text_file.hpp"

namespace rung {

void PhaseRequirements::read(const At& at, Phase& phase) {
  const At added = at["requirements"], changed = at["change_requirements"],
           removed = at["remove_requirements"];
  for (const At& list : {added, changed, removed}) {
    if (!list) continue;
    any_ = true;
    if (runtime_ == "other") {
      place_.refuse(list,
                    "say \"runtime: python\" or \"runtime: node\", so that "
                    "they can be read and written");
    }
  }
  for (const auto& [place, package, rest, from_file] : required(added)) {
    const auto [it, is_new] =
        required_.emplace(package, Required{rest, phase.name, from_file});
    if (!is_new && it->second.phase == phase.name) {
      if (it->second.rest == rest) continue;
      if (runtime_ == "python" && (from_file || it->second.from_file)) {
        // As pip takes files that overlap.
        it->second.rest = joined_requirement(it->second.rest, rest);
        phase.requirements[package] = it->second.rest;
        continue;
      }
      place_.refuse(place,
                    fmt::format("{} is required twice in this phase, and "
                                "differently",
                                package));
    }
    if (!is_new) {
      place_.refuse(
          place,
          fmt::format("{}{} is also required by phase \"{}\", as {}{}; to "
                      "change it, move it to change_requirements",
                      package, rest, it->second.phase, package,
                      it->second.rest));
    }
    phase.requirements[package] = rest;
  }
  for (const auto& [place, package, rest, from_file] : required(changed)) {
    const auto it = required_.find(package);
    if (it == required_.end()) {
      place_.refuse(place,
                    fmt::format("no phase below requires {}{}; add it under "
                                "requirements",
                                package, like_required(package)));
    }
    it->second = {rest, phase.name, from_file};
    phase.requirements[package] = rest;
  }
  for (const At& item : removed.items()) {
    const std::string package =
        runtime_ == "python" ? normalised_package(item.text()) : item.text();
    const auto it = required_.find(package);
    if (it == required_.end() || it->second.phase == phase.name) {
      place_.refuse(item, fmt::format("no phase below requires {}{}", package,
                                      like_required(package)));
    }
    required_.erase(it);
    phase.removed_requirements.push_back(package);
  }
}

std::string PhaseRequirements::like_required(const std::string& package) const {
  std::vector<std::string_view> names;
  for (const auto& [name, required] : required_) names.push_back(name);
  return did_you_mean(package, names);
}

std::vector<PhaseRequirements::Line> PhaseRequirements::required(
    const At& at) const {
  std::vector<Line> lines;
  for (const auto& [key, mark, value] : at.members()) {
    const std::string text = value.text();
    const bool python = runtime_ == "python";
    const auto [package, rest] = place_.here(value, [&, &name = key] {
      return python ? parse_pip_requirement(name + " " + text)
                    : parse_npm_requirement(name + "@" + text);
    });
    lines.push_back({value, package, rest, false});
  }
  for (const At& item : at.items()) {
    place_.here(item, [&] { one_or_file(item, lines); });
  }
  return lines;
}

void PhaseRequirements::one_or_file(const At& item,
                                    std::vector<Line>& lines) const {
  const std::string text = item.text();
  const bool python = runtime_ == "python";
  if (text.starts_with("-r ")) {
    const auto file = (place_.folder / text.substr(3)).lexically_normal();
    for (const auto& [package, rest] : read_requirements(file)) {
      lines.push_back({item, package, rest, true});
    }
    return;
  }
  if (text.starts_with("-")) {
    if (!python) throw PlanError("rung reads requirements and -r FILE");
    const auto read = [&](const std::filesystem::path& path) {
      constexpr std::size_t kMost = 1 << 20;
      return read_text_file(place_.folder / path, kMost);
    };
    for (const auto& [package, rest] : parse_pip_file(text, "option", read)) {
      lines.push_back({item, package, rest, false});
    }
    return;
  }
  const auto [package, rest] =
      python ? parse_pip_requirement(text) : parse_npm_requirement(text);
  lines.push_back({item, package, rest, false});
}

}  // namespace rung
