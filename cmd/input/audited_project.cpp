#include "cmd/input/audited_project.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>

#include "adapters/git/history.hpp"
#include "adapters/sources/source_files.hpp"
#include "cmd/input/declared_packages.hpp"
#include "cmd/input/deployed_project.hpp"
#include "cmd/input/runtime_versions.hpp"
#include "core/audit/address_findings.hpp"
#include "core/audit/database_urls.hpp"
#include "core/audit/health_path.hpp"
#include "core/audit/platform_traces.hpp"
#include "core/audit/source_collection.hpp"
#include "core/base/error.hpp"
#include "core/text/service_scheme.hpp"
#include "core/variables/language.hpp"
#include "plans/env/meaning.hpp"
#include "plans/generate/release_of.hpp"
#include "plans/reading/reader.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestAtCommit = 1 << 20;  // bytes of a file

std::string random_key() {
  std::random_device device;
  std::string key;
  for (int i = 0; i < 8; ++i) key += fmt::format("{:08x}", device());
  return key;
}

class ProjectAudit {
 public:
  explicit ProjectAudit(const AuditOptions& options)
      : options_(options), key_(random_key()) {
    const auto dialect = dialect_from(options.dialect);
    if (!dialect) {
      throw UsageError(fmt::format("audit --dialect {}: one of docker, compose, "
                                   "dotenv-python, dotenv-node, sh",
                                   options.dialect));
    }
    dialect_ = *dialect;
    std::error_code error;
    if (fs::is_directory(options.what, error)) {
      folder_ = options.what;
    } else if (fs::exists(options.what, error)) {
      plan_ = read_plan(options.what);
      folder_ = plan_->repo / plan_->path;
    } else {
      throw UsageError(fmt::format(
          "audit {}: there is no such file or folder; give a plan or a folder",
          options.what));
    }
  }

  AuditInput read() {
    if (plan_) {
      add_plan();
    }
    for (const std::string& file : options_.env_files) {
      add_env_file(file, file, true);
    }
    find_env_files();
    SourceCollection sources;
    const SourceWalk walk =
        walk_sources(folder_, [&](const std::string& path,
                                  const std::string& text) {
          sources.add(path, text);
        });
    input_.reads = sources.reads();
    input_.files = sources.size();
    input_.unread_files = walk.unreadable;
    if (walk.stopped) {
      // Then nothing may be called unread.
      ++input_.unread_files;
      input_.notes.push_back(
          "the folder has more than 128 MiB or 100,000 files of sources; the "
          "rest was not read: audit a folder below it");
    }
    add_found(sources);
    if (!options_.against.empty()) compare_with_commit();
    add_mentions(sources, walk);
    if (std::all_of(input_.columns.begin(), input_.columns.end(),
                    [](const AuditColumn& c) { return c.example; })) {
      input_.notes.push_back(
          "no environment is known, so nothing can be called missing; give "
          "the env file of one: --env-file FILE");
    }
    return std::move(input_);
  }

 private:
  void add_found(const SourceCollection& sources) {
    const Deployed deployed = deployed_project(folder_, plan_);
    const auto texts = sources.texts();
    input_.found = address_findings(deployed, texts, input_);
    for (const auto& more :
         {health_findings(deployed, texts),
          database_findings(urls_, deployed, texts, input_.reads),
          platform_findings(deployed, urls_, texts),
          python_needs(declared_for_python(folder_, texts), deployed, texts),
          node_needs(declared_for_node(folder_, texts), deployed, texts),
          version_findings(texts)}) {
      input_.found.insert(input_.found.end(), more.begin(), more.end());
    }
  }

  void add_plan() {
    const std::size_t last = plan_->phases.size() - 1;
    const auto secrets = secrets_of(*plan_, last);
    const Release release = release_of(*plan_, last, {}, CommitId{});
    AuditColumn column{.name = plan_->name,
                       .file = shown(plan_->file),
                       .example = false,
                       .cells = {}};
    const auto places = env_file_places(last);
    for (const auto& [name, value] : release.env) {
      AuditCell cell = audit_cell(key_, value, 0);
      cell.unknown = secrets.count(name) != 0;
      if (cell.unknown) cell.empty = cell.placeholder = false;
      if (const auto it = places.find(name);
          it != places.end() && !cell.unknown && it->second.value == value) {
        cell.file = it->second.file;
        cell.line = it->second.line;
      }
      if (!cell.unknown) {
        add_url(name, value, cell.file.empty() ? column.file : cell.file,
                cell.line);
      }
      column.cells[name] = std::move(cell);
    }
    input_.columns.push_back(std::move(column));
    input_.notes.insert(input_.notes.end(), plan_->warnings.begin(),
                        plan_->warnings.end());
  }

  struct EnvFilePlace {
    std::string value, file;
    int line = 0;
  };
  /// Where the env files of the plan set what they set, the last ones up to a
  /// phase. What has changed since the plan was read has no line.
  [[nodiscard]] std::map<std::string, EnvFilePlace> env_file_places(
      std::size_t last) const {
    std::map<std::string, EnvFilePlace> places;
    const auto add = [&](const std::vector<EnvFile>& files) {
      for (const EnvFile& file : files) {
        std::map<std::string, int> lines;
        try {
          for (const EnvVar& var :
               read_env_told_file(file.file, file.dialect).read.vars) {
            lines[var.name] = var.line;
          }
        } catch (const PlanError&) {
        }
        for (const auto& [name, value] : file.values) {
          const auto line = lines.find(name);
          places[name] = {value, shown(file.file),
                          line == lines.end() ? 0 : line->second};
        }
      }
    };
    add(plan_->env_files);
    for (std::size_t i = 0; i <= last; ++i) add(plan_->phases[i].env_files);
    return places;
  }

  [[nodiscard]] static std::string shown(const fs::path& file) {
    std::error_code error;
    const fs::path near = fs::proximate(file, error);
    return error ? file.string() : near.string();
  }

  AuditColumn column_of(const ToldEnv& told, const std::string& name,
                        const std::string& file) {
    AuditColumn column{.name = name,
                       .file = file,
                       .example = is_example_name(file_name(file)),
                       .cells = {}};
    for (const EnvVar& var : told.read.vars) {
      column.cells[var.name] = audit_cell(key_, var.value, var.line);
    }
    return column;
  }

  void add_url(const std::string& name, const std::string& value,
               const std::string& file, int line) {
    if (!service_of_url(value)) return;
    urls_.push_back(
        {name, value, line > 0 ? fmt::format("{}:{}", file, line) : file});
  }

  void add_env_file(const fs::path& file, const std::string& name,
                    bool given) {
    try {
      const ToldEnv told = read_env_told_file(shown(file), dialect_);
      AuditColumn column = column_of(told, name, shown(file));
      if (given) column.example = false;  // the user says it is one
      const bool example = column.example;
      for (const EnvVar& var : told.read.vars) {
        if (!example) add_url(var.name, var.value, column.file, var.line);
      }
      input_.columns.push_back(std::move(column));
      if (!example) {
        input_.notes.insert(input_.notes.end(), told.notes.begin(),
                            told.notes.end());
      }
    } catch (const PlanError& error) {
      if (given) throw;
      input_.notes.push_back(fmt::format("left out: {}", error.what()));
    }
  }

  /// The env files that lie in the folder. Where a plan or the user says which
  /// are meant, only examples.
  void find_env_files() {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entries(folder_, error), end;
         !error && entries != end; entries.increment(error)) {
      const std::string name = entries->path().filename().string();
      std::error_code of_entry;
      if (!is_env_file_name(name) || name == ".envrc" ||
          !fs::is_regular_file(entries->symlink_status(of_entry))) {
        continue;
      }
      const bool chosen = plan_ || !options_.env_files.empty();
      if (chosen && !is_example_name(name)) continue;
      found.push_back(entries->path());
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& file : found) {
      add_env_file(file, file.filename().string(), false);
    }
  }

  /// What the sources read and the env files set at the other commit.
  void compare_with_commit() {
    const GitHistory history(folder_);
    const CommitId commit = history.resolve(options_.against);
    const std::string inside = history.path_inside(folder_);
    const std::string prefix = inside.empty() ? "" : inside + '/';
    SourceCollection sources;
    for (const std::string& file : history.list_files(commit, inside)) {
      const std::string path = file.substr(prefix.size());
      const bool env_file = is_env_file_name(file_name(path)) &&
                            path.find('/') == path.npos;
      if (!env_file && is_left_out_by_name(path)) continue;
      const auto text = history.read_file(commit, file);
      if (!text || text->size() > kLargestAtCommit) continue;
      if (!env_file) {
        sources.add(path, *text);
      } else if (!is_example_name(path)) {
        add_removed(path, *text);
      }
    }
    input_.against = options_.against;
    input_.read_before = sources.reads();
  }

  void add_removed(const std::string& path, const std::string& text) {
    std::set<std::string> now;
    bool found = false;
    for (const AuditColumn& column : input_.columns) {
      std::error_code error;
      if (column.name != path &&
          !fs::equivalent(column.file, folder_ / path, error)) {
        continue;
      }
      found = true;
      for (const auto& [name, cell] : column.cells) now.insert(name);
    }
    std::error_code error;
    if (!found && fs::exists(folder_ / path, error)) return;  // not compared
    try {
      for (const EnvVar& var : read_env_text(text, dialect_, path).vars) {
        if (now.count(var.name) == 0) {
          input_.removed.push_back({var.name, path, var.line});
        }
      }
    } catch (const PlanError& problem) {
      input_.notes.push_back(fmt::format("at {}: left out: {}",
                                         options_.against, problem.what()));
    }
  }

  void add_mentions(const SourceCollection& sources, const SourceWalk& walk) {
    std::set<std::string> names;
    for (const AuditColumn& column : input_.columns) {
      for (const auto& [name, cell] : column.cells) names.insert(name);
    }
    for (const AuditRemoval& removal : input_.removed) {
      names.insert(removal.name);
    }
    for (const VariableUse& use : input_.reads.uses) names.erase(use.name);
    if (names.empty()) return;
    MentionSearch search(names);
    sources.look_for_mentions(search);
    const LeftOutLook left_out = look_into_left_out(
        folder_, walk, [&](const std::string& path, const std::string& text) {
          search.look_into(path, text);
        });
    input_.left_out_files = left_out.files;
    input_.closed_files = left_out.closed;
    input_.left_out_rest = left_out.stopped;
    input_.mentions = search.found();
    if (!plan_) return;
    // The plan sets them: that is no read.
    std::error_code error;
    const std::string own =
        fs::relative(plan_->file, folder_, error).generic_string();
    for (auto& [name, places] : input_.mentions) {
      std::erase_if(places, [&](const AuditMention& place) {
        return place.file == own;
      });
    }
    std::erase_if(input_.mentions,
                  [](const auto& one) { return one.second.empty(); });
  }

  const AuditOptions& options_;
  std::string key_;
  Dialect dialect_ = Dialect::compose;
  fs::path folder_;
  std::optional<Plan> plan_;
  AuditInput input_;
  std::vector<UrlVariable> urls_;
};

}  // namespace

AuditInput audited_project(const AuditOptions& options) {
  return ProjectAudit(options).read();
}

}  // namespace rung
