#include "cmd/workshop/deploy_prober.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "adapters/git/history.hpp"
#include "adapters/local/local_platform.hpp"
#include "cmd/workshop/mixed_packages.hpp"
#include "cmd/workshop/platforms.hpp"
#include "cmd/workshop/source_check.hpp"
#include "cmd/workshop/without_folder.hpp"
#include "core/text/redact.hpp"
#include "plans/generate/generate.hpp"
#include "plans/generate/service_address.hpp"
#include "plans/requirements/npm_lock.hpp"

namespace rung {
namespace {

class DeployProber final : public Prober {
 public:
  DeployProber(const Bench& bench, std::size_t worker)
      : bench_(bench),
        without_folder_(bench.work / std::to_string(worker)),
        platform_(make_platform(bench, std::to_string(worker))),
        local_(dynamic_cast<LocalPlatform*>(platform_.get())) {
    if (!bench.subject.has_history) return;
    history_.emplace(bench.subject.repo);
    if (needs_checkout(bench.subject)) {
      source_.emplace(*history_, bench.subject);
    }
  }

  ProbeEvidence probe(const Release& release,
                      const std::function<void(Stage)>& on_stage,
                      std::optional<std::chrono::milliseconds> enough) override {
    if (bench_.revive_services) bench_.revive_services();
    ProbeEvidence evidence = probed(release, on_stage, enough);
    if (evidence.observation.verdict == Verdict::good ||
        !bench_.revive_services) {
      return evidence;
    }
    // Without its database a sound release fails too.
    const auto revived = bench_.revive_services();
    if (revived.empty()) return evidence;
    evidence = probed(release, on_stage, enough);
    evidence.observation.notes.push_back(fmt::format(
        "service {} had stopped; rung started it and the trial again",
        fmt::join(revived, ", ")));
    return evidence;
  }

  bool ready(const Release& release) override {
    return local_ != nullptr && local_->builds().ready(release);
  }

  bool build_reads(const Release& release, const std::string& name) override {
    const auto build = release.config.find("build");
    return local_ == nullptr || build == release.config.end() ||
           build->second.empty() || local_->builds().build_reads(release, name);
  }

 private:
  ProbeEvidence probed(const Release& release,
                       const std::function<void(Stage)>& on_stage,
                       std::optional<std::chrono::milliseconds> enough) {
    if (source_) {
      on_stage(Stage::source);
      if (auto seen = source_->unjudged(release.commit)) {
        return {.observation = *std::move(seen),
                .log = "",
                .found = {},
                .not_run = ""};
      }
    }
    on_stage(Stage::build);
    Bundle bundle;
    try {
      bundle = deployable(release, release_id(release, bench_.key.id_key()),
                          bench_.subject, bench_.addresses,
                          files_of(release, bench_.subject, bench_.work,
                                   history_ ? &*history_ : nullptr));
    } catch (const CannotCombine& no) {
      ProbeEvidence evidence;
      evidence.observation = not_together(no.what());
      return evidence;
    }
    Redactor redact;
    redact.add(bundle.env, bench_.subject.secret_names);
    redact.add(release.env, bench_.subject.secret_names);
    ProbeSettings settings;
    std::vector<Gate> gates;
    for (const Gate& gate : bench_.subject.gates) {
      gates.push_back(fill_in(gate, bench_.addresses));
    }
    settings.gates = gates;
    settings.make_check = bench_.make_check;
    settings.on_stage = on_stage;
    settings.redact = [&](std::string text) {
      return without_folder_(redact(std::move(text)));
    };
    settings.settle = bench_.subject.settle;
    settings.enough = enough;
    ProbeEvidence evidence =
        rung::probe(*platform_, bundle, settings, bench_.clock);
    excuse_own_files(evidence.observation, evidence.log, release, bundle,
                     as_given(release, bench_));
    if (source_) {
      auto& notes = evidence.observation.notes;
      for (std::string& note : source_->notes(release.commit)) {
        notes.push_back(std::move(note));
      }
    }
    return evidence;
  }

  const Bench& bench_;
  WithoutFolder without_folder_;
  std::unique_ptr<Platform> platform_;
  LocalPlatform* local_;  ///< nullptr: another platform
  std::optional<GitHistory> history_;
  std::optional<SourceCheck> source_;
};

// What the user works in: nothing on a trial's PATH comes from there.
std::filesystem::path root_of(const Subject& subject) {
  std::filesystem::path at = subject.repo;
  for (const auto& part : std::filesystem::path(subject.path)) {
    if (!part.empty() && part != ".") at = at.parent_path();
  }
  return subject.has_history && at.has_relative_path() ? at : subject.repo;
}

}  // namespace

LocalSettings local_settings(const Subject& subject,
                             const std::filesystem::path& work) {
  LocalSettings settings;
  settings.build.source = subject.repo;
  settings.build.path = subject.path;
  settings.build.has_history = subject.has_history;
  settings.build.apart = subject.apart;
  settings.build.work = work;
  settings.build.build_inputs = subject.build_inputs;
  settings.build.build_env = subject.build_env;
  if (subject.from_nothing) {
    settings.build.build_env.reads = BuildEnv::Reads::all;
    settings.build.build_inputs.clear();
  }
  settings.build.secret_names = subject.secret_names;
  settings.build.deadline = subject.build_deadline;
  settings.build.project = root_of(subject);
  settings.build.inherit = subject.inherit;
  settings.emulate = subject.target.emulate;
  settings.port = subject.target.port;
  settings.inject_port = subject.target.inject_port;
  return settings;
}

ReleaseFiles files_of(const Release& release, const Subject& subject,
                      const std::filesystem::path& work,
                      const GitHistory* history) {
  if (history != nullptr) return {history, ""};
  const PlainFolder source = plain_folder(subject);
  const auto digest = release.config.find(kFolderKey);
  if (digest == release.config.end()) return {nullptr, source.folder};
  // Other platforms take the files from where they are.
  if (subject.target.adapter != "local") return {nullptr, source.folder};
  return {nullptr, FolderCopies(source, work).at(digest->second)};
}

Bundle deployable(const Release& release, const std::string& id,
                  const Subject& subject,
                  const std::map<std::string, std::string>& addresses,
                  const ReleaseFiles& files) {
  GenerateOptions options;
  options.name = subject.name;
  options.secrets = subject.secret_names;
  options.secrets.insert(subject.private_names.begin(),
                         subject.private_names.end());
  for (const std::string& path : files_merged(release)) {
    if (files.history == nullptr) {
      const auto file = files.folder / path;
      if (std::filesystem::is_regular_file(file)) {
        std::ifstream in(file, std::ios::binary);
        options.existing[path] = {std::istreambuf_iterator<char>(in), {}};
      }
      continue;
    }
    const auto text = files.history->read_file(
        release.commit,
        subject.path.empty() ? path : subject.path + "/" + path);
    if (text) options.existing[path] = *text;
  }
  Bundle bundle = bundle_of(release, addresses, options);
  bundle.id = id;
  return bundle;
}

bool as_given(const Release& release, const Bench& bench) {
  const auto& given = bench.given_requirements;
  return given.empty() || std::find(given.begin(), given.end(),
                                    release.requirements) != given.end();
}

std::unique_ptr<Prober> make_deploy_prober(const Bench& bench,
                                           std::size_t worker) {
  return std::make_unique<DeployProber>(bench, worker);
}

}  // namespace rung
