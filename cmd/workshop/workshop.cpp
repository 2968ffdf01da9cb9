#include "cmd/workshop/workshop.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "adapters/checkout/folder_copies.hpp"
#include "adapters/checkout/trial_cache.hpp"
#include "adapters/gates/health_checks.hpp"
#include "adapters/journal/journal_folder.hpp"
#include "adapters/journal/sqlite_journal.hpp"
#include "adapters/local/services.hpp"
#include "adapters/process/system_clock.hpp"
#include "adapters/process/tree.hpp"
#include "cmd/workshop/command_prober.hpp"
#include "cmd/workshop/deploy_prober.hpp"
#include "cmd/workshop/platforms.hpp"
#include "cmd/workshop/side_by_side.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {

namespace {

std::string run_name(const SealKey& key) {
  return fmt::format("{}-{}-{}", key.fingerprint().substr(0, 8), getpid(),
                     started_at(getpid()));
}

}  // namespace

struct Workshop::State {
  std::unique_ptr<SqliteJournal> journal;
  std::unique_ptr<FileLock> lock;
  TrialPlace place;
  SystemClock clock;
  Bench bench;
  std::unique_ptr<Services> services;
  SideBySide side_by_side;
  std::vector<std::unique_ptr<Prober>> probers;
  bool clean = false;
  std::vector<std::string> cleaned;

  State(Subject subject, fs::path plan_folder)
      : journal(SqliteJournal::open(subject.state)),
        lock(journal->lock()),
        place(trial_place(subject.trials, subject.state, subject.repo)),
        bench{std::move(subject),
              plan_folder,
              place.folder,
              journal->folder() / "targets",
              run_name(journal->key()),
              journal->key(),
              {},
              clock,
              [plan_folder](const Gate& gate) {
                return make_health_check(gate, plan_folder);
              }} {
    sweep();
    trim_cache(place);
  }

  void clean_up() {
    if (std::exchange(clean, true)) return;
    const auto done = make_platform(bench, "clean-up")->clean_up();
    cleaned.insert(cleaned.end(), done.begin(), done.end());
  }

  // The lock is ours, so what other runs left was left by dead ones.
  void sweep() {
    std::error_code error;
    // Until now trials stood inside of the user's repository.
    if (const fs::path old = journal->folder() / "work"; fs::exists(old)) {
      remove_whole(old);
      cleaned.push_back(fmt::format("removed {}: trials are in {} now",
                                    old.string(), place.folder.string()));
    }
    if (!place.inside.empty()) {
      cleaned.push_back(
          fmt::format("trials are inside the project {}: a tool that looks "
                      "into parent folders finds the project's files too",
                      place.inside));
    }
    for (const auto& entry : fs::directory_iterator(journal->folder(), error)) {
      if (entry.path().filename().string().rfind("services-", 0) == 0) {
        std::error_code ignored;
        fs::remove_all(entry.path(), ignored);
      }
    }
  }
};

Workshop::Workshop(Subject subject, fs::path plan_folder)
    : state_(std::make_unique<State>(std::move(subject),
                                     std::move(plan_folder))) {}
Workshop::~Workshop() = default;

const Subject& Workshop::subject() const { return state_->bench.subject; }
Journal& Workshop::journal() const { return *state_->journal; }
const Clock& Workshop::clock() const { return state_->clock; }

void Workshop::set_gates(std::vector<Gate> gates,
                         std::vector<ServiceSpec> services) {
  state_->bench.subject.gates = std::move(gates);
  state_->bench.subject.services = std::move(services);
}

void Workshop::set_ends(std::optional<Subject::Ends> ends) {
  state_->bench.subject.ends = std::move(ends);
}

void Workshop::begin_search(const Release& good, const Release& bad) {
  state_->probers.clear();
  state_->bench.build_base = good.env;
  state_->bench.given_requirements = {good.requirements, bad.requirements};
  for (const Release* end : {&good, &bad}) {
    for (const auto& [name, value] : end->env) {
      state_->bench.decided_names.insert(name);
    }
  }
}

void Workshop::end_search() {
  Bench& bench = state_->bench;
  state_->probers.clear();
  bench.subject.ends.reset();
  bench.subject.from_nothing = false;
  bench.build_base.reset();
  bench.given_requirements.clear();
  bench.decided_names.clear();
}

bool Workshop::has_files(const Release& release, const Release& today) const {
  const Subject& subject = state_->bench.subject;
  const auto digest = release.config.find(kFolderKey);
  if (subject.has_history || digest == release.config.end()) return true;
  const auto now = today.config.find(kFolderKey);
  if (now != today.config.end() && now->second == digest->second) return true;
  return subject.target.adapter == "local" &&
         FolderCopies(plain_folder(subject), state_->bench.work)
             .has(digest->second);
}

std::vector<std::string> Workshop::changed_files(const Release& before,
                                                 const Release& after) const {
  const auto from = before.config.find(kFolderKey);
  const auto to = after.config.find(kFolderKey);
  if (from == before.config.end() || to == after.config.end()) return {};
  return FolderCopies(plain_folder(state_->bench.subject), state_->bench.work)
      .changed(from->second, to->second);
}

void Workshop::start_from_nothing(bool yes) {
  if (state_->bench.subject.from_nothing == yes) return;
  state_->bench.subject.from_nothing = yes;
  state_->probers.clear();
}

const std::vector<std::unique_ptr<Prober>>& Workshop::probers(
    std::size_t workers) {
  Bench& bench = state_->bench;
  const bool deploys = bench.subject.predicate.empty();
  if (workers > 1 && deploys && bench.subject.target.port != 0) {
    throw UsageError(fmt::format(
        "--workers {}: every trial needs port {}; give the target `port: auto` "
        "(--port 0) to run several at a time",
        workers, bench.subject.target.port));
  }
  if (workers > 1 && deploys &&
      !make_platform(bench, "0")->capabilities().several_trials) {
    throw UsageError(fmt::format("--workers {}: target {} runs one trial at a "
                                 "time",
                                 workers, bench.subject.target.name));
  }
  if (deploys) state_->clean_up();
  if (deploys && reaches_this_machine(bench.subject.target) &&
      !bench.subject.services.empty()) {
    if (!state_->services) {
      state_->services = std::make_unique<Services>(
          state_->journal->folder() /
              ("services-" + std::to_string(getpid())),
          bench.plan_folder, bench.make_check, state_->clock);
      bench.revive_services = [services = state_->services.get()] {
        return services->revive();
      };
    }
    state_->services->require(bench.subject.services);
    bench.addresses = state_->services->addresses();
  }
  if (workers > 1 && trials_share_a_machine()) {
    state_->side_by_side.expect_company();
  }
  while (state_->probers.size() < workers) {
    const std::size_t worker = state_->probers.size();
    auto prober = deploys ? make_deploy_prober(bench, worker)
                          : make_command_prober(bench, worker);
    if (trials_share_a_machine()) {
      prober = run_side_by_side(std::move(prober), state_->side_by_side);
    }
    state_->probers.push_back(std::move(prober));
  }
  return state_->probers;
}

bool Workshop::trials_share_a_machine() const {
  const Subject& subject = state_->bench.subject;
  return !subject.predicate.empty() || reaches_this_machine(subject.target);
}

std::string Workshop::one_at_a_time() const {
  return state_->side_by_side.why_not();
}

std::unique_ptr<Platform> Workshop::platform() {
  state_->clean_up();
  return make_platform(state_->bench, "live");
}

std::unique_ptr<Platform> Workshop::platform_for_reading() {
  return make_platform(state_->bench, "reading");
}

const std::vector<std::string>& Workshop::cleaned() const {
  return state_->cleaned;
}

const std::map<std::string, std::string>& Workshop::addresses() const {
  return state_->bench.addresses;
}

ProbeSettings Workshop::probe_settings() const {
  ProbeSettings settings;
  settings.gates = state_->bench.subject.gates;
  settings.make_check = state_->bench.make_check;
  settings.settle = state_->bench.subject.settle;
  return settings;
}

fs::path Workshop::folder(const std::string& name) const {
  const fs::path folder = state_->journal->folder() / name;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw AbortError(
        fmt::format("making {}: {}", folder.string(), error.message()));
  }
  return folder;
}

namespace {

std::unique_ptr<SqliteJournal> existing_journal(const fs::path& folder) {
  if (!fs::exists(folder / ".rung" / "journal.db")) {
    throw JournalError(fmt::format(
        "{}: no journal there yet; rung climb or rung bisect makes one",
        (folder / ".rung").string()));
  }
  return SqliteJournal::open(folder);
}

}  // namespace

std::unique_ptr<Journal> open_journal(const fs::path& folder) {
  return existing_journal(folder);
}

std::shared_ptr<void> hold_journal(const fs::path& folder) {
  return {existing_journal(folder)->lock()};
}

bool is_at_work(const fs::path& folder) {
  return JournalFolder(folder).is_locked_for_run();
}

}  // namespace rung
