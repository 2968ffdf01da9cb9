#include "cmd/running/pruning.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "adapters/process/file_text.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"
#include "plans/env/without.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// An env file and what is to be in it.
struct FileEdit {
  fs::path file, copy;
  std::string before, after;
};

mode_t mode_of(const fs::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 07777 : 0600;
}

void write(const fs::path& file, const std::string& text, mode_t mode) {
  if (replace_file(file, text, mode)) return;
  throw PlanError(
      fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
}

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

std::vector<FileEdit> edits(const std::vector<EnvFile>& files,
                            const std::set<std::string>& names,
                            const fs::path& copies) {
  std::vector<FileEdit> all;
  for (const EnvFile& env : files) {
    // Through a link to the file itself, which may lie elsewhere.
    FileEdit edit{.file = fs::canonical(env.file),
                  .copy = {},
                  .before = file_text(env.file),
                  .after = {}};
    edit.after =
        without_variables(edit.before, names, env.dialect, env.file.string());
    const bool again = std::any_of(
        all.begin(), all.end(),
        [&](const FileEdit& other) { return other.file == edit.file; });
    if (edit.after == edit.before || again) continue;
    edit.copy = copies / fmt::format("{}-{}", all.size() + 1,
                                     edit.file.filename().string());
    all.push_back(std::move(edit));
  }
  return all;
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
  return pruning;
}

PrunedFiles pruned_files(const Planned& planned, std::size_t phase,
                         const std::set<std::string>& names,
                         const fs::path& copies) {
  const Plan& plan = planned.plan();
  PrunedFiles pruned;
  std::set<std::string> deleted = names;
  for (const std::string& name : set_in_plan(plan, phase)) {
    if (deleted.erase(name) > 0) pruned.left.push_back(name);
  }
  const std::vector<FileEdit> all =
      edits(env_files_of(plan, phase), deleted, copies);
  if (all.empty()) return pruned;
  Release wanted = planned.release(phase);
  for (const std::string& name : deleted) wanted.env.erase(name);

  fs::create_directories(copies);
  fs::permissions(copies, fs::perms::owner_all);
  for (const FileEdit& edit : all) write(edit.copy, edit.before, 0600);
  std::size_t written = 0;
  const auto put_back = [&] {
    while (written-- > 0) {
      write(all[written].file, all[written].before, mode_of(all[written].file));
    }
  };
  try {
    for (const FileEdit& edit : all) {
      write(edit.file, edit.after, mode_of(edit.file));
      ++written;
    }
    // The values of other variables may be made of these, and a line may set
    // several.
    if (Planned(plan.file).release(phase) != wanted) {
      throw PlanError(
          "with these lines deleted, other variables change, too (their values "
          "use one, or share its line); delete them by hand");
    }
  } catch (...) {
    put_back();
    throw;
  }
  for (const FileEdit& edit : all) {
    pruned.changed.push_back(edit.file.string());
    pruned.kept.push_back(edit.copy.string());
  }
  return pruned;
}

}  // namespace rung
