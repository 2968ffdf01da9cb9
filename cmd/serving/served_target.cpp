#include "cmd/serving/served_target.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "adapters/local/local_live.hpp"
#include "cmd/workshop/deploy_prober.hpp"
#include "core/base/error.hpp"
#include "core/text/redact.hpp"
#include "core/text/short_id.hpp"
#include "plans/generate/service_address.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr std::string_view kLive = "live-";

fs::path live_folder(const fs::path& folder, const std::string& target) {
  return folder / ".rung" / (std::string(kLive) + target);
}

/// Whether another plan of the same folder brought this up.
bool is_of_other_plan(const Serving& serving, const Planned& planned) {
  std::error_code error;
  return !serving.plan.empty() && serving.plan != planned.plan().name &&
         serving.plan_file != planned.plan().file.string() &&
         fs::exists(serving.plan_file, error);
}

void require_own(const Supervisor& supervisor, const Planned& planned,
                 const Target& target) {
  const auto serving = supervisor.serving();
  if (!serving || !is_of_other_plan(*serving, planned)) return;
  throw UsageError(fmt::format(
      "target {} serves plan {} of {}: stop that first (rung stop {}), or give "
      "the target another name in one of the two",
      target.name, serving->plan, serving->plan_file, serving->plan_file));
}

bool has_local(const Planned& planned, const std::string& name) {
  const auto& targets = planned.plan().targets;
  return std::any_of(targets.begin(), targets.end(), [&](const Target& one) {
    return one.adapter == "local" && one.name == name;
  });
}

/// To look at what serves there, and to stop it; it cannot start anything.
Supervisor supervisor_at(const fs::path& folder, const std::string& target) {
  SupervisorSettings settings;
  settings.folder = live_folder(folder, target);
  return Supervisor(std::move(settings));
}

}  // namespace

std::vector<LiveTarget> live_targets(const fs::path& folder,
                                     const Planned* planned) {
  std::vector<LiveTarget> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / ".rung", error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kLive)) continue;
    const std::string target = name.substr(kLive.size());
    const Supervisor supervisor = supervisor_at(folder, target);
    auto serving = supervisor.serving();
    const bool serves = serving.has_value();
    if (!serves) serving = supervisor.lost();
    if (!serving ||
        (planned != nullptr && is_of_other_plan(*serving, *planned)))
      continue;
    serving->target = target;
    found.push_back({*std::move(serving), serves,
                     planned == nullptr || has_local(*planned, target)});
  }
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return one.serving.target < other.serving.target;
  });
  return found;
}

bool stop_elsewhere(const Planned& planned, const std::string& target) {
  const auto live = live_targets(planned.folder(), &planned);
  const bool left = std::any_of(live.begin(), live.end(), [&](const auto& one) {
    return one.serves && !one.in_plan && one.serving.target == target;
  });
  if (left) supervisor_at(planned.folder(), target).stop();
  return left;
}

Supervisor supervisor_of(const Planned& planned, const Target& target) {
  const fs::path plan = planned.plan().file;
  SupervisorSettings settings;
  settings.folder = live_folder(planned.folder(), target.name);
  settings.emulate = target.emulate;
  settings.cwd = plan.parent_path();
  settings.command = [plan = plan.string(), target = target.name](
                         const std::string& phase, const std::string& release) {
    return std::vector<std::string>{
        fs::read_symlink("/proc/self/exe").string(),
        "supervise", plan, "--phase", phase, "--release", release,
        "--target", target, "--for", std::to_string(getpid())};
  };
  return Supervisor(std::move(settings));
}

ServedTarget::ServedTarget(const Planned& planned, const Target& target,
                           Workshop& workshop)
    : planned_(planned), target_(target), workshop_(workshop) {
  if (target.adapter != "local") {
    platform_ = workshop.platform();
    return;
  }
  Supervisor supervisor = supervisor_of(planned, target);
  require_own(supervisor, planned, target);
  const fs::path folder = supervisor.folder();
  local_ = std::make_unique<LocalLive>(
      std::move(supervisor), [this, folder](const Serving& serving) {
        const WantedRelease wanted{serving.phase, serving.release};
        const Bundle bundle =
            deployable_bundle(wanted, kept(wanted), serving.addresses);
        return contract(local_settings(subject_of(serving.phase), folder),
                        bundle.env, [&] { return serving.port; })
            .env;
      });
}

ServedTarget::~ServedTarget() = default;

Served ServedTarget::served() {
  return Served(*this, WantedRecord(workshop_.journal(), planned_.plan().name,
                                    target_.name));
}

LivePlatform& ServedTarget::live_platform() {
  if (local_) return *local_;
  auto* live = dynamic_cast<LivePlatform*>(platform_.get());
  if (live == nullptr) {
    throw UsageError(fmt::format(
        "target {}: its adapter \"{}\" judges trials but keeps nothing "
        "serving; use --no-serve",
        target_.name, target_.adapter));
  }
  return *live;
}

Subject ServedTarget::subject_of(const std::string& phase) const {
  return planned_.subject(planned_.phase(phase), target_);
}

Release ServedTarget::kept(const WantedRelease& wanted) const {
  auto kept = planned_.kept(workshop_.journal(), wanted.release);
  if (!kept) {
    throw JournalError(fmt::format("release {}: not in the journal",
                                   short_id(wanted.release)));
  }
  return *std::move(kept);
}

Bundle ServedTarget::deployable_bundle(
    const WantedRelease& wanted, const Release& release,
    const std::map<std::string, std::string>& addresses) const {
  const Subject subject = subject_of(wanted.phase);
  std::optional<GitHistory> history;
  if (subject.has_history) history.emplace(subject.repo);
  // Locally the supervisor deploys; here only the environment is of interest.
  const auto digest = release.config.find(kFolderKey);
  if (!local_ && digest != release.config.end() &&
      digest->second != planned_.folder_digest()) {
    refuse_changed(subject.repo / subject.path);
  }
  const ReleaseFiles files =
      local_ ? ReleaseFiles{history ? &*history : nullptr,
                            subject.repo / subject.path}
             : files_of(release, subject, {}, history ? &*history : nullptr);
  return deployable(release, wanted.release, subject, addresses, files);
}

Bundle ServedTarget::bundle(const WantedRelease& wanted,
                            const Release* exact) {
  if (local_) {
    // The supervisor makes its own, with its own services' addresses.
    Bundle id_only;
    id_only.id = wanted.release;
    return id_only;
  }
  return deployable_bundle(wanted, exact != nullptr ? *exact : kept(wanted),
                           workshop_.addresses());
}

Observation ServedTarget::judge(const WantedRelease& wanted,
                                Deployment& deployment) {
  const Subject subject = subject_of(wanted.phase);
  const auto addresses =
      local_ ? local_->addresses() : workshop_.addresses();
  Redactor redact;
  redact.add(deployment.env(), subject.secret_names);
  std::vector<Gate> gates;
  for (const Gate& gate : subject.gates) {
    gates.push_back(fill_in(gate, addresses));
  }
  ProbeSettings settings = workshop_.probe_settings();
  settings.gates = gates;
  settings.redact = redact;
  return ::rung::judge(deployment, settings, workshop_.clock());
}

bool ServedTarget::trials_need_its_place(
    const std::optional<WantedRelease>& wanted) {
  if (!local_) return wanted && platform_->capabilities().shares_live_port;
  if (target_.port != 0) return true;
  // With `port: auto` a trial gets a port of its own, unless the release says
  // which one it wants.
  return wanted && workshop_.journal()
                           .kept_release(wanted->release)
                           .value_or(Journal::Kept{})
                           .release.env.count("PORT") != 0;
}

bool ServedTarget::may_restart() const { return local_ != nullptr; }

}  // namespace rung
