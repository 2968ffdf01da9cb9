#include "adapters/local/services.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <mutex>

#include "adapters/checkout/surroundings.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/sockets.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/exit_failure.hpp"
#include "core/gates/hold.hpp"
#include "core/text/last_line.hpp"
#include "core/text/printable.hpp"
#include "core/text/redact.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr auto kGrace = std::chrono::seconds(5);

class Service final : public Deployment {
 public:
  Service(const ServiceSpec& spec, const fs::path& folder, const fs::path& cwd)
      : spec_(spec),
        cwd_(cwd),
        port_(free_port()),
        log_file_(folder / (spec.name + ".log")) {
    const fs::path data = folder / spec.name;
    const fs::path temporary = folder / (spec.name + ".tmp");
    std::error_code error;
    const bool is_new = fs::create_directories(data, error);
    fs::create_directories(temporary, error);
    if (error) {
      throw AbortError(fmt::format("service {}: making {}: {}", spec_.name,
                                   data.string(), error.message()));
    }
    const char* home = std::getenv("HOME");
    env_ = environment_of({home == nullptr ? "/" : home, temporary, {}, {},
                           {}});
    for (const auto& [key, value] : spec.env) env_[key] = value;
    env_["PORT"] = std::to_string(port_);
    env_["DATA_DIR"] = data.string();
    if (is_new && !spec.prepare.empty()) {
      const Ran prepared =
          run(process_spec(spec.prepare), std::chrono::minutes(5));
      if (!prepared.succeeded()) {
        throw AbortError(fmt::format(
            "service {}: its prepare command failed; see {}", spec_.name,
            log_file_.string()));
      }
    }
    start();
  }

  void start() {
    if (process_) process_->stop();  // what it left has its port
    process_ = Process::start(process_spec(spec_.start));
  }

  /// It should run, and does not. Without a gate it may be one that goes into
  /// the background.
  [[nodiscard]] bool missing() {
    const auto exit = process_->exited();
    return exit && (spec_.ready || may_be_killed_by_others(*exit));
  }

  std::string url() const override {
    return fmt::format("http://127.0.0.1:{}", port_);
  }
  std::uint16_t routed_port() const override { return port_; }
  const std::map<std::string, std::string>& env() const override {
    return env_;
  }
  std::optional<Exit> exited() override { return process_->exited(); }
  std::optional<std::vector<BoundSocket>> sockets() override {
    return listening_sockets(process_->tree());
  }
  std::string log() override { return process_->log(); }
  void wait(std::chrono::microseconds at_most) override {
    process_->wait(at_most);
  }
  std::chrono::steady_clock::time_point started() const override {
    return process_->started();
  }

  void stop() { process_->stop(kGrace); }
  [[nodiscard]] const fs::path& log_file() const { return log_file_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const ServiceSpec& spec() const { return spec_; }

 private:
  [[nodiscard]] ProcessSpec process_spec(const std::string& command) const {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", command};
    spec.cwd = cwd_;
    spec.env = env_;
    spec.log_file = log_file_;
    // A database that is killed leaves shared memory behind.
    spec.orphan_grace = kGrace;
    return spec;
  }

  ServiceSpec spec_;
  fs::path cwd_;
  std::uint16_t port_;
  fs::path log_file_;
  std::map<std::string, std::string> env_;
  std::optional<Process> process_;
};

}  // namespace

struct Services::State {
  fs::path folder, cwd;
  MakeHealthCheck make_check;
  const Clock& clock;
  Data data;
  std::map<std::string, std::unique_ptr<Service>> running;
  std::mutex mutex{};

  GateResult held(Service& service) const {
    Saved saved;
    const auto check = make_check(*service.spec().ready);
    return hold(*service.spec().ready, *check, service, saved, clock);
  }

  void wait_until_ready(Service& service) const;
};

void Services::State::wait_until_ready(Service& service) const {
  const ServiceSpec& spec = service.spec();
  if (!spec.ready) return;
  GateResult result = held(service);
  if (result.kind == CheckResult::Kind::pass) return;
  const auto exit = service.exited();
  if (exit && may_be_killed_by_others(*exit)) {
    service.start();
    result = held(service);
    if (result.kind == CheckResult::Kind::pass) return;
  }
  Failure failure = result.failure.value_or(Failure{});
  const std::string written = service.log();
  failure = explained(std::move(failure), written);
  failure.message = found_and_likely(failure);
  // A program may complain in words that no rule knows.
  constexpr std::size_t kColumns = 200;
  const std::string words = elided(printable(last_line(written)), kColumns);
  if (!words.empty() && failure.message.find(words) == std::string::npos) {
    failure.message += ": " + words;
  }
  // What it was given may be in what it says.
  Redactor redact;
  redact.add(spec.env);
  failure.message = redact(std::move(failure.message));
  const std::string log = service.log_file().string();
  // The folder goes with this object; the log is what the user needs.
  const fs::path kept = folder.parent_path() / (spec.name + ".log");
  std::error_code error;
  fs::rename(service.log_file(), kept, error);
  throw AbortError(fmt::format("service {} does not become ready: {}; its "
                               "log: {}",
                               spec.name, failure.message,
                               error ? log : kept.string()));
}

Services::Services(fs::path folder, fs::path cwd, MakeHealthCheck make_check,
                   const Clock& clock, Data data)
    : state_(new State{std::move(folder), std::move(cwd),
                       std::move(make_check), clock, data, {}}) {}

Services::~Services() {
  for (auto& [unused, service] : state_->running) {
    try {
      service->stop();
    } catch (const Error&) {
      // Its keeper goes on trying once rung is gone.
    }
  }
  std::error_code error;
  if (state_->data == Data::removed) fs::remove_all(state_->folder, error);
}

void Services::require(const std::vector<ServiceSpec>& wanted) {
  const std::lock_guard lock(state_->mutex);
  std::vector<Service*> started;
  for (const ServiceSpec& spec : wanted) {
    if (state_->running.contains(spec.name)) continue;
    try {
      auto service =
          std::make_unique<Service>(spec, state_->folder, state_->cwd);
      started.push_back(service.get());
      state_->running.emplace(spec.name, std::move(service));
    } catch (const CannotExecute& error) {
      throw AbortError(fmt::format("service {}: {}", spec.name, error.what()));
    }
  }
  for (Service* service : started) state_->wait_until_ready(*service);
}

std::vector<std::string> Services::revive() {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, service] : state_->running) {
    if (!service->missing()) continue;
    service->start();
    names.push_back(name);
  }
  for (const std::string& name : names) {
    state_->wait_until_ready(*state_->running.at(name));
  }
  return names;
}

std::map<std::string, std::string> Services::addresses() const {
  const std::lock_guard lock(state_->mutex);
  std::map<std::string, std::string> addresses;
  for (const auto& [name, service] : state_->running) {
    addresses["services." + name + ".port"] = std::to_string(service->port());
    addresses["services." + name + ".host"] = "127.0.0.1";
    addresses["services." + name + ".data_dir"] =
        (state_->folder / name).string();
  }
  return addresses;
}

}  // namespace rung
