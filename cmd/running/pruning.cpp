#include "cmd/running/pruning.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/process/small_file.hpp"
#include "core/base/error.hpp"
#include "plans/env/without.hpp"
#include "plans/reading/reader.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

using Environment = std::map<std::string, std::string>;

/// Through a link to the file itself, which may lie elsewhere.
fs::path real_path(const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  return error ? file : real;
}

/// Of the plan and its phases up to this one.
std::vector<EnvFile> env_files_of(const Plan& plan, std::size_t phase) {
  std::vector<EnvFile> files = plan.env_files;
  for (std::size_t i = 0; i <= phase; ++i) {
    const auto& own = plan.phases[i].env_files;
    files.insert(files.end(), own.begin(), own.end());
  }
  return files;
}

/// What is set beside env files; a secret is declared in the plan, too.
std::set<std::string> set_in_plan(const Plan& plan, std::size_t phase) {
  std::set<std::string> names;
  const auto add = [&](const auto& map) {
    for (const auto& [name, unused] : map) names.insert(name);
  };
  add(plan.env);
  add(plan.secrets);
  for (std::size_t i = 0; i <= phase; ++i) {
    add(plan.phases[i].env);
    add(plan.phases[i].secrets);
  }
  return names;
}

PlanError changed_meanwhile(const Plan& plan) {
  return PlanError(fmt::format(
      "{} or its env files changed while rung tried; nothing is deleted, run "
      "this again",
      plan.file.string()));
}

const std::string& text_in(const EnvTexts& texts, const EnvFile& env,
                           const Plan& plan) {
  const auto it = texts.find(real_path(env.file));
  if (it == texts.end()) throw changed_meanwhile(plan);
  return it->second;
}

/// Variables that differ in another way than that one of `deleted` is gone.
std::vector<std::string> otherwise_changed(
    const Environment& before, const Environment& after,
    const std::set<std::string>& deleted) {
  std::vector<std::string> names;
  for (const auto& [name, value] : before) {
    const auto it = after.find(name);
    const bool gone = it == after.end();
    if (gone ? !deleted.contains(name) : it->second != value) {
      names.push_back(name);
    }
  }
  for (const auto& [name, unused] : after) {
    if (!before.contains(name)) names.push_back(name);
  }
  return names;
}

/// How often a release passed that lacks these and nothing else.
std::size_t passes_without(const Report& report,
                           const std::set<std::string>& names) {
  std::size_t passes = 0;
  for (const ReportProbe& trial : report.trials) {
    if (trial.verdict != Verdict::good || !trial.place) continue;
    std::set<std::string> changed;
    for (const std::uint32_t i : trial.place->changes) {
      if (i < report.changes.size()) changed.insert(report.changes[i].name);
    }
    if (changed == names) ++passes;
  }
  return passes;
}

}  // namespace

std::optional<Pruning> pruning_of(const Report& report,
                                  const std::set<std::string>& names) {
  const bool healthy = report.outcome == Report::Outcome::not_reproducible;
  if ((!healthy && report.outcome != Report::Outcome::culprit) ||
      report.hidden) {
    return std::nullopt;
  }
  Pruning pruning{.needed = {}, .can_go = names};
  for (const ReportFinding& finding : report.findings) {
    Pruning::Needed needed{.names = {}, .failure = finding.failure};
    for (const ReportDelta& delta : finding.culprit) {
      needed.names.push_back(delta.name);
      pruning.can_go.erase(delta.name);
    }
    pruning.needed.push_back(std::move(needed));
  }
  if (!pruning.can_go.empty()) {
    pruning.passes = passes_without(report, pruning.can_go);
  }
  return pruning;
}

EnvTexts env_texts(const Plan& plan) {
  EnvTexts texts;
  for (const EnvFile& env : env_files_of(plan, plan.phases.size() - 1)) {
    // A pipe is read once, with the plan.
    texts[real_path(env.file)] = small_file_text(env.file).value_or("");
  }
  return texts;
}

Deletion deletion_of(const Planned& planned, std::size_t phase,
                     const std::set<std::string>& names,
                     const EnvTexts& texts) {
  const Plan& plan = planned.plan();
  Deletion deletion;
  std::set<std::string> deleted = names;
  for (const std::string& name : set_in_plan(plan, phase)) {
    if (deleted.erase(name) > 0) deletion.left[name];
  }
  std::set<fs::path> files;
  for (const EnvFile& env : env_files_of(plan, phase)) {
    const fs::path real = real_path(env.file);
    if (!files.insert(real).second) continue;
    for (auto& [name, set_in] : deletion.left) {
      if (env.values.contains(name)) set_in.push_back(real.string());
    }
  }
  EnvTexts rest = texts;
  const auto deleting = [&](const EnvFile& env, const Environment& outer) {
    const std::string& text = text_in(texts, env, plan);
    const fs::path real = real_path(env.file);
    if (files.contains(real)) {
      rest[real] = without_variables(rest[real], deleted, env.dialect,
                                     env.file.string(), outer);
    }
    return text;
  };
  const Plan now = read_plan(plan.file, deleting);
  if (now.phases.size() != plan.phases.size()) throw changed_meanwhile(plan);
  const auto without = [&] {
    try {
      return read_plan(plan.file, [&](const EnvFile& env, const auto&) {
        return text_in(rest, env, plan);
      });
    } catch (const PlanError& error) {
      throw PlanError(fmt::format(
          "without these lines the plan cannot be read ({}); delete by hand",
          error.what()));
    }
  }();
  for (std::size_t i = 0; i < plan.phases.size(); ++i) {
    const Environment before = planned.environment(plan, i);
    if (planned.environment(now, i) != before) throw changed_meanwhile(plan);
    Environment after = planned.environment(without, i);
    auto others = otherwise_changed(before, after, deleted);
    for (const std::string& name : deleted) {
      if (i == phase && after.contains(name)) others.push_back(name);
    }
    // The values of other variables may be made of these, or hidden by them.
    if (!others.empty()) {
      throw PlanError(fmt::format(
          "with these lines deleted, other variables change, too: in phase {} "
          "{}; delete by hand",
          plan.phases[i].name, fmt::join(others, ", ")));
    }
    if (after != before) deletion.envs[i] = std::move(after);
  }
  for (const auto& [file, text] : rest) {
    const std::string& before = texts.at(file);
    if (text != before) deletion.edits.push_back({file, before, text});
  }
  return deletion;
}

void require_no_other_plan(const Plan& plan,
                           const std::vector<EnvEdit>& edits) {
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(plan.file.parent_path(), error)) {
    const fs::path& file = entry.path();
    const std::string end = file.extension().string();
    if ((end != ".yaml" && end != ".yml") ||
        fs::equivalent(file, plan.file, error)) {
      continue;
    }
    const std::string text = small_file_text(file).value_or("");
    if (!text.starts_with("rung:") && text.find("\nrung:") == text.npos) {
      continue;
    }
    std::set<fs::path> used;
    bool readable = true;
    try {
      const Plan other = read_plan(file);
      for (const auto& [real, unused] : env_texts(other)) used.insert(real);
    } catch (const Error&) {
      readable = false;  // a name in it is enough
    }
    for (const EnvEdit& edit : edits) {
      const bool uses =
          readable ? used.contains(edit.file)
                   : text.find(edit.file.filename().string()) != text.npos;
      if (!uses) continue;
      throw PlanError(fmt::format(
          "{} uses {}, too, and rung tries one plan; delete by hand what both "
          "can do without",
          file.string(), edit.file.string()));
    }
  }
}

}  // namespace rung
