#include "plans/generate/outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plans/generate/generate.hpp"
#include "plans/generate/release_of.hpp"
#include "plans/generate/service_address.hpp"

namespace rung {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// The shortest difference, by longest common subsequence; generated files
/// have few lines.
std::vector<OutlineChange> difference(const Lines& before, const Lines& after) {
  const std::size_t n = before.size(), m = after.size();
  std::vector<OutlineChange> changes;
  if (n * m > 4'000'000) {
    for (const auto& line : before) changes.push_back({'-', line});
    for (const auto& line : after) changes.push_back({'+', line});
    return changes;
  }
  std::vector<std::vector<std::uint32_t>> common(
      n + 1, std::vector<std::uint32_t>(m + 1));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = before[i] == after[j]
                         ? common[i + 1][j + 1] + 1
                         : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && before[i] == after[j]) {
      ++i, ++j;
    } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
      changes.push_back({'-', before[i++]});
    } else {
      changes.push_back({'+', after[j++]});
    }
  }
  return changes;
}

/// Keys added, taken away and changed; `show` gives the text of a key.
template <class Map, class Show>
std::vector<OutlineChange> keys_changed(const Map& before, const Map& after,
                                        Show&& show) {
  std::vector<OutlineChange> changes;
  for (const auto& [key, value] : before) {
    if (after.count(key) == 0) changes.push_back({'-', show(key, value)});
  }
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end()) {
      changes.push_back({'+', show(key, value)});
    } else if (!(old->second == value)) {
      changes.push_back({'~', show(key, value)});
    }
  }
  return changes;
}

/// Everything about a phase that can be shown.
struct Face {
  std::map<std::string, std::string> env;      ///< real values: never shown
  std::map<std::string, std::string> secrets;  ///< name -> where from
  std::map<std::string, std::string> config;
  std::map<std::string, std::string> files;  ///< made from masked values
  std::map<std::string, std::string> services;
  Lines gates;
  std::string commit;
};

std::string source_of(const SecretSource& source) {
  switch (source.from) {
    case SecretSource::From::file:
      return "file " + source.what;
    case SecretSource::From::command:
      return "a command";
    case SecretSource::From::env:
      return "env " + source.what;
  }
  return "";
}

Face face_of(const Plan& plan, std::size_t phase) {
  Face face;
  Release release = release_of(plan, phase, {}, {});
  face.env = release.env;
  for (const auto& [name, source] : secrets_of(plan, phase)) {
    face.secrets[name] = source_of(source);
    face.env.erase(name);
  }
  for (const auto& [key, value] : release.config) {
    if (!path_in_key(key)) face.config[key] = value;
  }
  for (auto& [name, value] : release.env) {
    const auto references = service_references(value);
    value = references.empty() ? "[value]" : "${" + references[0].key + "}";
  }
  if (release.env.count("PORT") != 0) {
    release.config["platform:container-port"] = "[value of PORT]";
  }
  const GenerateOptions options{plan.name, {}, private_names(plan, phase), {}};
  face.files = generated_files(release, release.env, options);
  for (const ServiceSpec& service : services_of(plan, phase)) {
    face.services[service.name] = service.start;
  }
  for (const Gate& gate : gates_of(plan, phase)) {
    face.gates.push_back(gate.text);
  }
  face.commit = revision_of(plan, phase);
  return face;
}

PhaseOutline compared(const Face& before, const Face& after) {
  PhaseOutline result;
  const auto add = [&](std::string name, std::vector<OutlineChange> changes) {
    if (!changes.empty()) {
      result.sections.push_back({std::move(name), std::move(changes)});
    }
  };
  const auto key_only = [](const std::string& key, const auto&) { return key; };
  const auto key_and_value = [](const std::string& key,
                                const std::string& value) {
    return value.empty() ? key : key + ": " + value;
  };
  if (before.commit != after.commit) {
    add("commit", {{before.commit.empty() ? '+' : '~', after.commit}});
  }
  std::set<std::string> paths;
  for (const auto* face : {&before, &after}) {
    for (const auto& [path, text] : face->files) paths.insert(path);
  }
  for (const auto& path : paths) {
    const auto text = [&](const Face& face) {
      const auto it = face.files.find(path);
      return it == face.files.end() ? Lines() : lines_of(it->second);
    };
    add(path, difference(text(before), text(after)));
  }
  add("env", keys_changed(before.env, after.env, key_only));
  add("secrets", keys_changed(before.secrets, after.secrets, key_and_value));
  add("config", keys_changed(before.config, after.config, key_and_value));
  add("services", keys_changed(before.services, after.services, key_only));
  add("gates", difference(before.gates, after.gates));
  return result;
}

}  // namespace

std::vector<PhaseOutline> outline(const Plan& plan) {
  std::vector<PhaseOutline> result;
  Face below;
  for (std::size_t i = 0; i < plan.phases.size(); ++i) {
    Face face = face_of(plan, i);
    PhaseOutline phase = compared(below, face);
    phase.name = plan.phases[i].name;
    phase.approve = plan.phases[i].approve;
    result.push_back(std::move(phase));
    below = std::move(face);
  }
  return result;
}

std::string describe(const Plan& plan) {
  std::string text;
  for (const PhaseOutline& phase : outline(plan)) {
    text += fmt::format("phase {}{}\n", phase.name,
                        phase.approve ? " (waits for approval)" : "");
    for (const auto& section : phase.sections) {
      text += fmt::format("  {}\n", section.name);
      for (const auto& change : section.changes) {
        text += fmt::format("    {} {}\n", change.sign, change.text);
      }
    }
    if (phase.sections.empty()) text += "  no change\n";
  }
  return text;
}

}  // namespace rung
