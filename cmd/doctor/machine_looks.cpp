#include "cmd/doctor/machine_looks.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "adapters/checkout/trial_cache.hpp"
#include "adapters/doctor/machine_state.hpp"
#include "adapters/doctor/programs.hpp"
#include "adapters/doctor/repository_state.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/small_file.hpp"
#include "cmd/input/subject.hpp"
#include "core/base/error.hpp"
#include "core/doctor/repository_state.hpp"
#include "core/doctor/tool_version.hpp"
#include "core/text/json_text.hpp"
#include "plans/requirements/npm_range.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

Look disk_look(const char* name, const fs::path& folder) {
  return single_look(row_of(name, folder.string(), kDiskExpected), [folder] {
    const auto space = disk_space(folder);
    return space ? judged_disk(*space)
                 : not_known("the file system cannot be asked");
  });
}

struct WantedVersion {
  std::string words;  ///< "18", ">=18"; "" = any
  std::string whence;
  bool is_range = false;  ///< npm's
};

WantedVersion wanted_version(const std::string& tool, const fs::path& folder) {
  const auto from = [&](const char* file, unsigned parts) -> WantedVersion {
    return {version_wanted(small_file_text(folder / file).value_or(""), parts),
            file};
  };
  if (tool == "node" || tool == "npm") {
    const auto package =
        json_from(small_file_text(folder / "package.json").value_or(""));
    if (package.is_object() && package.contains("engines") &&
        package["engines"].is_object() && package["engines"].contains(tool) &&
        package["engines"][tool].is_string()) {
      return {package["engines"][tool], "engines of package.json", true};
    }
    if (tool == "npm") return {};
    for (const char* file : {".nvmrc", ".node-version"}) {
      if (auto found = from(file, 1); !found.words.empty()) return found;
    }
  } else if (tool == "python" || tool == "python3") {
    for (const char* file : {".python-version", "runtime.txt"}) {
      if (auto found = from(file, 2); !found.words.empty()) return found;
    }
  }
  return {};
}

Judged judged_tool(const WantedTool& tool, const WantedVersion& wanted,
                   const fs::path& source, const fs::path& folder,
                   std::chrono::milliseconds at_most) {
  const fs::path program =
      program_in(own_variable("PATH"), tool.name, source);
  if (program.empty()) {
    if (!tool.certain) return not_known("not in PATH; " + tool.why_not);
    return failing("not in PATH",
                   fmt::format("install {}, or add its folder to PATH",
                               tool.name));
  }
  const std::string version = program_version(program, folder, at_most);
  std::string found =
      version.empty()
          ? program.string()
          : fmt::format("{} at {}", version, program.string());
  if (wanted.words.empty()) return fine(std::move(found));
  if (version.empty()) {
    return not_known(found + ", but its version is unknown");
  }
  const std::optional<bool> fits =
      wanted.is_range ? npm_satisfies(version, wanted.words)
                      : std::optional(version_begins(version, wanted.words));
  if (!fits) {
    return not_known(fmt::format("{}; rung cannot read the range {}", found,
                                 wanted.words));
  }
  if (*fits) return fine(std::move(found));
  return failing(std::move(found),
                 fmt::format("use {} {} ({})", tool.name, wanted.words,
                             wanted.whence));
}

}  // namespace

Look tool_look(const WantedTool& tool, const fs::path& source,
               const fs::path& folder, std::chrono::milliseconds at_most) {
  const WantedVersion wanted = wanted_version(tool.name, folder);
  return single_look(
      row_of("tool", tool.name,
             wanted.words.empty()
                 ? std::string("in PATH")
                 : fmt::format("{} ({})", wanted.words, wanted.whence)),
      [=] { return judged_tool(tool, wanted, source, folder, at_most); });
}

std::vector<Look> machine_looks(const fs::path& source,
                                const fs::path& trials) {
  std::vector<Look> looks;
  const fs::path cache = usual_trial_place(trials);
  looks.push_back(disk_look("disk of the cache", cache));
  looks.push_back(disk_look("disk of the source", source));
  looks.push_back(
      single_look(row_of("cache", cache.string(), kCacheExpected), [trials] {
        std::uint64_t bytes = 0;
        for (const CachedTrials& one : cached_trials(trials))
          bytes += one.bytes;
        return judged_cache(bytes);
      }));
  looks.push_back(single_look(row_of("memory", "this machine", kMemoryExpected),
                              [] { return judged_memory(memory_space()); }));
  looks.push_back(
      single_look(row_of("open files", "this shell", kFilesExpected), [] {
        const OpenFileLimits limits = open_file_limits();
        return judged_open_files(limits.soft, limits.hard);
      }));
  return looks;
}

std::vector<Look> repository_looks(const fs::path& source,
                                   bool must_be_pushed) {
  Look look;
  const std::string shown = source.string();
  look.rows = {row_of("git repository", shown, "one that rung can read"),
               row_of("git history", shown, "whole"),
               row_of("git work tree", shown, "as committed"),
               row_of("git branch", shown, "not behind its upstream"),
               row_of("git operation", shown, "none in progress")};
  look.look = [source, must_be_pushed](LookRows& rows) {
    if (!is_inside_a_repository(source)) {
      rows.tell(0, not_known("none here, so no search among commits",
                             "git init, or name the folder of the repository"));
      for (std::size_t i = 1; i < 5; ++i) rows.drop(i);
      return;
    }
    try {
      const RepositoryState state = repository_state(source);
      rows.tell(0, fine(state.head.empty() ? "without a commit"
                                           : "at " + state.head));
      rows.tell(1, judged_history(state));
      rows.tell(2, judged_work_tree(state));
      rows.tell(3, judged_branch(state, must_be_pushed));
      rows.tell(4, judged_operation(state));
    } catch (const HistoryError& error) {
      rows.tell(0, failing(error.what(), "git status and git fsck show more"));
      for (std::size_t i = 1; i < 5; ++i) rows.drop(i);
    }
  };
  return {std::move(look)};
}

}  // namespace rung
