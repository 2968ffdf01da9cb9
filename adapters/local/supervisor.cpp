#include "adapters/local/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "adapters/gates/who_answers.hpp"
#include "adapters/process/detached.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/file_text.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/sockets.hpp"
#include "adapters/process/system_clock.hpp"
#include "adapters/process/tree.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/exit_failure.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

// The whole file, for writing, by one process: the supervisor.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// Waits to the end, whatever the user wishes meanwhile: half stopped, it would
// look like serving to whoever restores it.
template <typename Runs>
void end_supervisor(int pid, Runs runs) {
  using Steady = std::chrono::steady_clock;
  kill(pid, SIGTERM);
  // It gives its programs 5 s each, then kills them.
  const auto until = Steady::now() + std::chrono::seconds(20);
  while (runs()) {
    if (Steady::now() > until) {
      kill(pid, SIGKILL);  // its keepers kill what it started
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

class Attached final : public Deployment {
 public:
  Attached(Serving serving, std::map<std::string, std::string> env,
           Emulation emulate, fs::path log_file,
           std::function<Exit()> how_it_ended)
      : serving_(std::move(serving)),
        env_(std::move(env)),
        emulate_(emulate),
        log_file_(std::move(log_file)),
        how_it_ended_(std::move(how_it_ended)),
        // Deadlines of gates count from when rung began to look.
        started_(std::chrono::steady_clock::now()) {}

  std::string url() const override { return serving_.url; }
  std::uint16_t routed_port() const override { return serving_.port; }
  Emulation emulates() const override { return emulate_; }
  const std::map<std::string, std::string>& env() const override {
    return env_;
  }
  std::optional<Exit> exited() override {
    if (started_at(serving_.pid) == serving_.pid_started) return std::nullopt;
    return how_it_ended_();
  }
  std::optional<std::vector<BoundSocket>> sockets() override {
    return listening_sockets(tree());
  }
  std::optional<std::vector<PortListener>> listeners(
      std::uint16_t port) override {
    return port_listeners(port, [this] { return tree(); });
  }
  std::string log() override {
    constexpr std::streamoff kMost = 1 << 20;
    std::ifstream in(log_file_, std::ios::binary | std::ios::ate);
    if (!in) return "";
    const std::streamoff size = in.tellg();
    in.seekg(std::max<std::streamoff>(0, size - kMost));
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void wait(std::chrono::microseconds at_most) override {
    clock_.sleep(std::min<std::chrono::microseconds>(
        at_most, std::chrono::milliseconds(2)));
  }
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

 private:
  [[nodiscard]] std::vector<pid_t> tree() const {
    std::vector<pid_t> pids(4096);
    // The services beside it have ports of their own.
    const bool kept = serving_.keeper != 0 &&
                      started_at(serving_.keeper) == serving_.keeper_started;
    pids.resize(descendants_of(kept ? serving_.keeper : serving_.pid, pids));
    return pids;
  }

  Serving serving_;
  std::map<std::string, std::string> env_;
  Emulation emulate_;
  fs::path log_file_;
  std::function<Exit()> how_it_ended_;
  std::chrono::steady_clock::time_point started_;
  SystemClock clock_;
};

}  // namespace

Supervisor::Supervisor(SupervisorSettings settings)
    : settings_(std::move(settings)) {}

fs::path Supervisor::log_file() const { return folder() / "log"; }
fs::path Supervisor::state_file() const { return folder() / "serving.json"; }
fs::path Supervisor::lock_file() const { return folder() / "lock"; }

void Supervisor::become_supervisor() const {
  // Open until this process ends, which gives the lock back.
  const int file =
      open(lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  SystemClock clock;
  // One that rung started just before it was killed is about to leave.
  const auto until = clock.now() + std::chrono::seconds(2);
  struct flock lock = whole_file();
  while (file < 0 || fcntl(file, F_SETLK, &lock) != 0) {
    if (file < 0 || clock.now() > until) {
      throw AbortError(fmt::format(
          "{}: held by the supervisor {}; rung stop ends it",
          lock_file().string(), running().value_or(0)));
    }
    clock.sleep(std::chrono::milliseconds(2));
  }
}

std::optional<int> Supervisor::running() const {
  const int file = open(lock_file().c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct flock lock = whole_file();
  const bool asked = fcntl(file, F_GETLK, &lock) == 0;
  close(file);
  if (!asked || lock.l_type == F_UNLCK) return std::nullopt;
  return lock.l_pid;
}

std::optional<Serving> Supervisor::on_record() const {
  const auto json =
      nlohmann::json::parse(file_text(state_file()), nullptr, false);
  if (!json.is_object() || !json.contains("pid")) return std::nullopt;
  Serving serving;
  try {
    serving.pid = json.at("pid");
    serving.pid_started = json.at("pid_started");
    serving.keeper = json.value("keeper", 0);
    serving.keeper_started = json.value("keeper_started", std::uint64_t{0});
    serving.release = json.at("release");
    serving.phase = json.at("phase");
    serving.plan = json.value("plan", "");
    serving.plan_file = json.value("plan_file", "");
    serving.target = json.at("target");
    serving.port = json.at("port");
    serving.url = json.at("url");
    serving.addresses = json.at("addresses");
    serving.since_ms = json.at("since_ms");
    if (json.contains("exit")) {
      const auto& exit = json["exit"];
      serving.exit = Exit{exit.at("code"), exit.at("signal"), exit.at("oom")};
    }
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // cut short: its writer died while writing
  }
  return serving;
}

std::optional<Serving> Supervisor::serving() const {
  auto serving = on_record();
  if (!serving || serving->pid_started == 0 ||
      started_at(serving->pid) != serving->pid_started) {
    return std::nullopt;
  }
  return serving;
}

std::optional<Serving> Supervisor::lost() const {
  return serving() ? std::nullopt : on_record();
}

bool Supervisor::killed() const {
  const auto lost = this->lost();
  return lost && (!lost->exit || may_be_killed_by_others(*lost->exit));
}

void Supervisor::stop() {
  // Whoever holds the lock, also one that is still starting because the rung
  // that wanted it was killed: it has not written down that it serves.
  while (const auto pid = running()) {
    end_supervisor(*pid, [&] { return running() == pid; });
  }
  std::error_code error;
  fs::remove(state_file(), error);
}

void Supervisor::start(const std::string& phase, const std::string& release_id) {
  stop();
  std::error_code error;
  fs::create_directories(folder(), error);
  fs::remove(log_file(), error);
  ProcessSpec spec;
  spec.argv = settings_.command(phase, release_id);
  spec.cwd = settings_.cwd;
  // It reads secrets from where the plan says: maybe from the environment.
  spec.env = own_environment();
  const fs::path talk = folder() / "supervisor.log";
  fs::remove(talk, error);
  spec.log_file = talk;
  const pid_t pid = start_detached(spec);
  const std::uint64_t started = started_at(pid);
  const auto runs = [&] {
    return started != 0 && started_at(pid) == started;
  };
  SystemClock clock;
  const auto until = clock.now() + std::chrono::minutes(35);  // it may build
  for (;;) {
    const bool ran = runs();  // before its record, which comes first
    const auto now = on_record();
    if (now && now->pid == pid && now->pid_started == started) return;
    if (!ran) {
      std::string said = file_text(talk);
      while (!said.empty() && said.back() == '\n') said.pop_back();
      said.erase(0, said.rfind('\n') + 1);
      // Whatever ends it but SIGKILL, it says a word.
      if (said.empty()) {
        throw RemovedError(
            "starting what should serve: its supervisor was killed");
      }
      throw AbortError("starting what should serve: " + said);
    }
    if (clock.now() > until) {
      end_supervisor(pid, runs);
      throw AbortError("starting what should serve: not started in 35 minutes");
    }
    try {
      clock.sleep(std::chrono::milliseconds(2));
    } catch (const Interrupted&) {
      end_supervisor(pid, runs);  // nobody would find it later
      throw;
    }
  }
}

std::unique_ptr<Deployment> Supervisor::attach(
    std::map<std::string, std::string> env) const {
  return std::make_unique<Attached>(
      on_record().value_or(Serving{}), std::move(env), settings_.emulate,
      log_file(),
      [supervisor = *this] {
        const auto record = supervisor.on_record();
        return record && record->exit ? *record->exit
                                      : Exit{.code = 0, .signal = SIGKILL};
      });
}

}  // namespace rung
