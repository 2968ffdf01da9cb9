#include "cmd/live.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "adapters/local_builds.hpp"
#include "adapters/process.hpp"
#include "adapters/process_sockets.hpp"
#include "adapters/process_tree.hpp"
#include "adapters/system_clock.hpp"
#include "core/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

std::string file_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Field 22 of /proc/PID/stat; 0 = there is no such process.
std::uint64_t started_at(int pid) {
  const std::string stat = file_text(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string state;
  fields >> state;
  if (state == "Z") return 0;  // dead, only not yet reaped
  std::string field;
  for (int i = 4; i < 22; ++i) fields >> field;
  std::uint64_t ticks = 0;
  fields >> ticks;
  return ticks;
}

// Waits to the end, whatever the user wishes meanwhile: half stopped, it would
// look like serving to whoever restores it.
void end_supervisor(int pid, std::uint64_t started) {
  using Steady = std::chrono::steady_clock;
  kill(pid, SIGTERM);
  // It gives its programs 5 s each, then kills them.
  const auto until = Steady::now() + std::chrono::seconds(20);
  while (started_at(pid) == started) {
    if (Steady::now() > until) {
      kill(pid, SIGKILL);  // its keepers kill what it started
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

class Attached final : public Deployment {
 public:
  Attached(Serving serving, std::map<std::string, std::string> env,
           std::string emulate, fs::path log_file)
      : serving_(std::move(serving)),
        env_(std::move(env)),
        emulate_(std::move(emulate)),
        log_file_(std::move(log_file)),
        // Deadlines of gates count from when rung began to look.
        started_(std::chrono::steady_clock::now()) {}

  std::string url() const override { return serving_.url; }
  std::uint16_t routed_port() const override { return serving_.port; }
  std::string_view emulates() const override { return emulate_; }
  const std::map<std::string, std::string>& env() const override {
    return env_;
  }
  std::optional<Exit> exited() override {
    if (started_at(serving_.pid) == serving_.pid_started) return std::nullopt;
    return Exit{1, 0, false};
  }
  std::optional<std::vector<BoundSocket>> sockets() override {
    std::vector<pid_t> tree(4096);
    tree.resize(descendants_of(serving_.pid, tree));
    return listening_sockets(tree);
  }
  std::string log() override {
    constexpr std::size_t kMost = 1 << 20;
    std::string text = file_text(log_file_);
    if (text.size() > kMost) text.erase(0, text.size() - kMost);
    return text;
  }
  void wait(std::chrono::microseconds at_most) override {
    clock_.sleep(std::min<std::chrono::microseconds>(
        at_most, std::chrono::milliseconds(2)));
  }
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

 private:
  Serving serving_;
  std::map<std::string, std::string> env_;
  std::string emulate_;
  fs::path log_file_;
  std::chrono::steady_clock::time_point started_;
  SystemClock clock_;
};

}  // namespace

Live::Live(const Planned& planned, const Target& target)
    : plan_(planned.plan().file.string()),
      target_(target.name),
      emulate_(target.emulate),
      folder_(planned.folder() / ".rung" / ("live-" + target.name)) {}

fs::path Live::log_file() const { return folder_ / "log"; }
fs::path Live::state_file() const { return folder_ / "serving.json"; }

std::optional<Serving> Live::serving() const {
  const auto json =
      nlohmann::json::parse(file_text(state_file()), nullptr, false);
  if (!json.is_object() || !json.contains("pid")) return std::nullopt;
  Serving serving;
  try {
    serving.pid = json.at("pid");
    serving.pid_started = json.at("pid_started");
    serving.release = json.at("release");
    serving.phase = json.at("phase");
    serving.target = json.at("target");
    serving.port = json.at("port");
    serving.url = json.at("url");
    serving.addresses = json.at("addresses");
    serving.since_ms = json.at("since_ms");
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // cut short: its writer died while writing
  }
  if (serving.pid_started == 0 ||
      started_at(serving.pid) != serving.pid_started) {
    return std::nullopt;
  }
  return serving;
}

void Live::stop() {
  const auto now = serving();
  if (!now) return;
  end_supervisor(now->pid, now->pid_started);
  std::error_code error;
  fs::remove(state_file(), error);
}

void Live::start(const std::string& phase, const std::string& release_id) {
  stop();
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::remove(log_file(), error);
  ProcessSpec spec;
  spec.argv = {fs::read_symlink("/proc/self/exe").string(),
               "serve", plan_, "--phase", phase, "--release", release_id,
               "--target", target_};
  spec.cwd = fs::path(plan_).parent_path();
  // It reads secrets from where the plan says: maybe from the environment.
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      spec.env.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  const fs::path talk = folder_ / "supervisor.log";
  fs::remove(talk, error);
  spec.log_file = talk;
  const pid_t pid = start_detached(spec);
  const std::uint64_t started = started_at(pid);
  SystemClock clock;
  const auto until = clock.now() + std::chrono::minutes(35);  // it may build
  for (;;) {
    const auto now = serving();
    if (now && now->pid == pid) return;
    if (started == 0 || started_at(pid) != started) {
      std::string said = file_text(talk);
      while (!said.empty() && said.back() == '\n') said.pop_back();
      said.erase(0, said.rfind('\n') + 1);
      throw AbortError(fmt::format("starting what should serve: {}",
                                   said.empty() ? "it ended at once" : said));
    }
    if (clock.now() > until) {
      end_supervisor(pid, started);
      throw AbortError("starting what should serve: not started in 35 minutes");
    }
    try {
      clock.sleep(std::chrono::milliseconds(2));
    } catch (const Interrupted&) {
      end_supervisor(pid, started);  // nobody would find it later
      throw;
    }
  }
}

std::unique_ptr<Deployment> Live::attach(
    std::map<std::string, std::string> env) const {
  return std::make_unique<Attached>(serving().value_or(Serving{}),
                                    std::move(env), emulate_, log_file());
}

}  // namespace rung
