#include "cmd/input/planned.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "adapters/checkout/builds.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/process.hpp"
#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/line_end.hpp"
#include "plans/env/meaning.hpp"
#include "plans/generate/release_of.hpp"
#include "plans/reading/reader.hpp"
#include "plans/requirements/requirements.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

std::string read_secret(const Plan& plan, const std::string& name,
                        const SecretSource& source) {
  const auto refuse = [&](const std::string& why) -> PlanError {
    return PlanError(
        fmt::format("{}: secrets/{}: {}", plan.file.string(), name, why));
  };
  switch (source.from) {
    case SecretSource::From::env: {
      const char* value = std::getenv(source.what.c_str());
      if (value == nullptr) {
        throw refuse(fmt::format("the variable {} is not set", source.what));
      }
      return value;
    }
    case SecretSource::From::file: {
      std::ifstream file(source.what, std::ios::binary);
      if (!file) throw refuse(fmt::format("cannot read {}", source.what));
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      return std::string(without_line_end(text));
    }
    case SecretSource::From::command: {
      ProcessSpec spec;
      spec.argv = {"/bin/sh", "-c", source.what};
      spec.cwd = plan.file.parent_path();
      spec.apart = true;
      spec.env = own_environment();
      const Ran ran = run(spec, std::chrono::seconds(60));
      if (!ran.succeeded()) throw refuse("its command failed");
      return std::string(without_line_end(ran.output));
    }
  }
  return {};
}

}  // namespace

Planned::Planned(const std::string& file, Secrets read)
    : plan_(read_plan(file)) {
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    sources_.merge(secrets_of(plan_, i));
  }
  if (read == Secrets::now) static_cast<void>(secrets());
}

const std::map<std::string, std::string>& Planned::secrets() const {
  if (!secrets_) {
    std::map<std::string, std::string> values;
    for (const auto& [name, source] : sources_) {
      values[name] = read_secret(plan_, name, source);
    }
    secrets_ = std::move(values);
  }
  return *secrets_;
}

const Target& Planned::target(const std::string& name) const {
  const Target* found = nullptr;
  std::vector<std::string_view> names;
  for (const Target& target : plan_.targets) {
    names.push_back(target.name);
    if (name.empty() ? found == nullptr || (target.adapter == "local" &&
                                            found->adapter != "local")
                     : target.name == name) {
      found = &target;
    }
  }
  if (found == nullptr) {
    if (name.empty() && plan_.targets.empty()) {
      static const Target kLocal = [] {
        Target target;
        target.name = "local";
        return target;
      }();
      return kLocal;
    }
    throw UsageError(fmt::format("{}: no target \"{}\"{}; it has {}",
                                 plan_.file.string(), name,
                                 did_you_mean(name, names),
                                 fmt::join(names, ", ")));
  }
  return *found;
}

std::size_t Planned::phase(const std::string& name) const {
  if (name.empty()) return plan_.phases.size() - 1;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    if (plan_.phases[i].name == name) return i;
    names.push_back(plan_.phases[i].name);
  }
  throw UsageError(fmt::format("{}: no phase \"{}\"{}; it has {}",
                               plan_.file.string(), name,
                               did_you_mean(name, names),
                               fmt::join(names, ", ")));
}

std::vector<fs::path> Planned::apart() const {
  std::vector<fs::path> apart = {plan_.file};
  if (!plan_.trials.empty()) apart.push_back(plan_.trials);
  return apart;
}

const std::string& Planned::folder_digest() const {
  if (folder_digest_.empty()) {
    folder_digest_ = take_folder({plan_.repo / plan_.path, apart()},
                                 plan_.trials, folder(), plan_.repo);
  }
  return folder_digest_;
}

fs::path Planned::folder() const { return plan_.file.parent_path(); }

Subject Planned::subject(std::size_t phase, const Target& target) const {
  Subject subject;
  subject.name = plan_.name;
  subject.from_plan = true;
  subject.repo = plan_.repo / plan_.path;
  std::error_code error;
  const fs::path repo = fs::canonical(plan_.repo, error);
  if (error || !fs::is_directory(repo)) {
    throw PlanError(fmt::format("{}: source/repo: no such folder: {}",
                                plan_.file.string(), plan_.repo.string()));
  }
  subject.repo = repo;
  subject.path = plan_.path;
  try {
    const GitHistory history(repo);
    const std::string inside = history.path_inside(repo);
    subject.path = inside.empty()        ? plan_.path
                   : plan_.path.empty() ? inside
                                        : inside + "/" + plan_.path;
  } catch (const HistoryError&) {
    if (is_inside_a_repository(repo)) throw;
    subject.has_history = false;
    subject.apart = apart();
  }
  subject.inputs = plan_.inputs;
  subject.build_inputs = plan_.build_inputs;
  subject.build_outputs = plan_.build_outputs;
  subject.build_env = plan_.build_env;
  subject.services = services_of(plan_, phase);
  subject.target = target;
  subject.gates = gates_of(plan_, phase);
  subject.settle = plan_.settle;
  for (const auto& [name, unused] : sources_) subject.secret_names.insert(name);
  subject.private_names = private_names(plan_, phase);
  subject.reads(plan_.file);
  for (const EnvFile& one : plan_.env_files) subject.reads(one.file);
  for (const Phase& one : plan_.phases) {
    for (const EnvFile& env : one.env_files) subject.reads(env.file);
    for (const FileSpec& made : one.files) subject.reads(made.template_file);
  }
  subject.state = folder();
  subject.trials = plan_.trials;
  subject.inherit = plan_.inherit;
  return subject;
}

Release Planned::release(std::size_t phase, const std::string& revision,
                         const std::string& env_file,
                         const std::string& requirements_file,
                         std::vector<std::string>* notes) const {
  CommitId commit;
  const fs::path repo = plan_.repo;
  if (is_inside_a_repository(repo)) {
    commit = GitHistory(repo).resolve(
        revision.empty() ? revision_of(plan_, phase) : revision);
  } else if (!revision.empty()) {
    throw UsageError(fmt::format("{} is not a git repository: no commit \"{}\"",
                                 repo.string(), revision));
  }
  const Plan* plan = &plan_;
  Plan changed;
  if (!env_file.empty() || !requirements_file.empty()) {
    changed = plan_;
    plan = &changed;
  }
  if (!env_file.empty()) {
    // The same dialect, for the file stands where the plan's own stands.
    EnvFile file;
    file.file = fs::absolute(env_file);
    if (!plan_.env_files.empty()) file.dialect = plan_.env_files[0].dialect;
    for (const Phase& p : plan_.phases) {
      if (plan_.env_files.empty() && !p.env_files.empty()) {
        file.dialect = p.env_files[0].dialect;
        break;
      }
    }
    ToldEnv told = read_env_told_file(file.file, file.dialect);
    file.values = told.read.values();
    if (notes != nullptr) {
      notes->insert(notes->end(), told.notes.begin(), told.notes.end());
    }
    changed.env_files = {file};
    for (Phase& p : changed.phases) p.env_files.clear();
  }
  Release release = release_of(*plan, phase, secrets(), commit);
  const bool deploys_files = std::any_of(
      plan_.targets.begin(), plan_.targets.end(),
      [](const Target& target) { return target.adapter != "cloudrun"; });
  if (commit.hex.empty() && deploys_files) {
    release.config[kFolderKey] = folder_digest();
  }
  if (!requirements_file.empty()) {
    release.requirements = read_requirements(requirements_file);
    if (release.config.count("requirements-file") == 0) {
      release.config["requirements-file"] =
          requirements_path(requirements_file);
    }
  }
  return release;
}

std::map<std::string, std::string> Planned::environment(
    const Plan& plan, std::size_t phase) const {
  return release_of(plan, phase, secrets(), {}).env;
}

std::optional<Release> Planned::kept(const Journal& journal,
                                     const std::string& id) const {
  auto kept = journal.kept_release(id);
  if (!kept) return std::nullopt;
  for (const auto& [name, unused] : kept->secret_hashes) {
    const auto now = secrets().find(name);
    if (now == secrets().end()) {
      throw PlanError(fmt::format(
          "{}: the release to restore needs the secret {}, which the plan no "
          "longer declares",
          plan_.file.string(), name));
    }
    kept->release.env[name] = now->second;
  }
  return std::move(kept->release);
}

std::vector<std::string> Planned::changed_secrets(const Journal& journal,
                                                  const std::string& id) const {
  const auto kept = journal.kept_release(id);
  std::vector<std::string> changed;
  for (const auto& [name, hash] :
       kept.value_or(Journal::Kept{}).secret_hashes) {
    const auto now = secrets().find(name);
    if (now != secrets().end() && journal.keyed_hash(now->second) != hash) {
      changed.push_back(name);
    }
  }
  return changed;
}

}  // namespace rung
