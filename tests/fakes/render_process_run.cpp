#include "tests/fakes/render_process_run.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "adapters/checkout/surroundings.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/sockets.hpp"
#include "core/text/printable.hpp"
#include "tests/fakes/own_network.hpp"

namespace fs = std::filesystem;

namespace rung::fakes {
namespace {

using SteadyClock = std::chrono::steady_clock;

bool loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

/// The status of GET `path`, 0 = no answer in time.
int health_status(int fd, const std::string& path,
                  std::chrono::milliseconds at_most) {
  if (fd < 0) return 0;
  const timeval limit{at_most.count() / 1000, at_most.count() % 1000 * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: health\r\nConnection: close\r\n\r\n";
  static_cast<void>(
      !::send(fd, request.data(), request.size(), MSG_NOSIGNAL));
  std::string head;
  char buffer[512];
  while (head.size() < 12) {
    const auto got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    head.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return head.starts_with("HTTP/1.") && head.size() >= 12
             ? std::atoi(head.c_str() + 9)
             : 0;
}

class ProcessRun : public RenderRun {
 public:
  ProcessRun(const RenderRelease& release, fs::path folder,
             const RenderProcesses& how)
      : release_(release),
        folder_(std::move(folder)),
        times_(how.times),
        fixed_port_(how.fixed_port) {
    fs::create_directories(folder_ / "tmp");
    if (!how.shared_network) {
      if (auto made = OwnNetwork::make()) network_.emplace(*std::move(made));
    }
    app_folder_ = folder_ / "src";
    if (!release_.root_dir.empty()) app_folder_ /= release_.root_dir;
    // A build that was kept is made again, which nobody sees.
    run({"/bin/sh", "-c",
         fmt::format("git clone -q --shared --no-checkout {} {} && git -C {} "
                     "checkout -q {}",
                     shell_quoted(release_.repo),
                     shell_quoted((folder_ / "src").string()),
                     shell_quoted((folder_ / "src").string()),
                     shell_quoted(release_.commit))},
        folder_);
  }
  ~ProcessRun() override {
    process_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  State look() override {
    if (!process_) return state_;
    hear();
    const auto exit = process_->exited();
    if (exit) hear();
    switch (state_) {
      case State::building:
      case State::pre_deploy:
        if (exit) next(*exit);
        break;
      case State::starting:
      case State::healthy:
        if (exit) {
          ended(*exit);
        } else if (state_ == State::starting) {
          scan();
        }
        break;
      default:
        break;
    }
    return state_;
  }
  nlohmann::json reason() const override { return reason_; }
  std::vector<Line> take_lines() override { return std::exchange(lines_, {}); }
  std::vector<std::uint16_t> open_ports() const override { return open_; }
  int connect() override {
    if (open_.empty() || !process_) return -1;
    return network_ ? network_->connect(open_.front())
                    : connect_here(open_.front());
  }

 private:
  enum class Step { checkout, build, pre_deploy, app };

  void run(std::vector<std::string> argv, const fs::path& cwd) {
    ProcessSpec spec;
    spec.argv = std::move(argv);
    spec.cwd = cwd;
    spec.env = environment_of({folder_ / "home", folder_ / "tmp", {}, {}, {}});
    if (step_ != Step::checkout) {
      spec.env["RENDER"] = "true";
      for (const auto& [name, value] : environment_) spec.env[name] = value;
    }
    heard_ = 0;
    process_.emplace(Process::start(spec));
  }

  void say(const std::string& text) {
    const bool build = step_ == Step::checkout || step_ == Step::build;
    if (!(build && release_.built)) lines_.push_back({build, text});
  }

  // Whole lines of what was written since.
  void hear() {
    const std::string log = process_->log();
    const bool over = process_->exited().has_value();
    while (heard_ < log.size()) {
      const auto end = log.find('\n', heard_);
      if (end == log.npos && !over) return;
      say(log.substr(heard_, end == log.npos ? log.npos : end - heard_));
      heard_ = end == log.npos ? log.size() : end + 1;
    }
  }

  void failed(State state, const Exit& exit) {
    state_ = state;
    reason_ = {{"evicted", false}};
    if (exit.signal != 0) {
      reason_["nonZeroExit"] = 128 + exit.signal;
    } else if (exit.code != 0) {
      reason_["nonZeroExit"] = exit.code;
    } else {
      reason_["earlyExit"] = true;
    }
    process_.reset();
  }

  void next(const Exit& exit) {
    const bool good = exit.code == 0 && exit.signal == 0;
    if (!good && step_ == Step::pre_deploy) {
      return failed(State::pre_deploy_failed, exit);
    }
    if (!good) {
      say("==> Build failed");
      return failed(State::build_failed, exit);
    }
    if (step_ == Step::checkout) {
      step_ = Step::build;
      set_environment();
      if (!release_.build.empty()) {
        say("==> Running build command '" + release_.build + "'...");
        return run({"/bin/sh", "-c", release_.build}, app_folder_);
      }
    }
    if (step_ == Step::build) {
      say("==> Build successful");
      step_ = Step::pre_deploy;
      if (!release_.pre_deploy.empty()) {
        state_ = State::pre_deploy;
        return run({"/bin/sh", "-c", release_.pre_deploy}, app_folder_);
      }
    }
    step_ = Step::app;
    state_ = State::starting;
    begun_ = scanned_ = SteadyClock::now();
    say("==> Running '" + release_.start + "'");
    std::vector<std::string> argv = {"/bin/sh", "-c", release_.start};
    if (network_) {
      argv.insert(argv.begin(),
                  {"/usr/bin/nsenter", "--net=" + network_->file(), "--"});
    }
    run(std::move(argv), app_folder_);
  }

  // Source: Render sets PORT to 10000 unless a variable does.
  void set_environment() {
    environment_ = release_.env;
    if (fixed_port_ != 0) return;
    environment_.try_emplace("PORT", "10000");
    if (!network_) environment_["PORT"] = std::to_string(rung::free_port());
  }

  void ended(const Exit& exit) {
    say(fmt::format("==> Exited with status {}",
                    exit.signal != 0 ? 128 + exit.signal : exit.code));
    failed(state_ == State::healthy ? State::exited : State::update_failed,
           exit);
  }

  void scan() {
    const auto now = SteadyClock::now();
    std::vector<std::uint16_t> open;
    for (const BoundSocket& socket : listening_sockets(process_->tree())) {
      if (loopback(socket.address)) continue;
      // Source: Render's documentation, "Port binding": reserved.
      if (socket.port == 18012 || socket.port == 18013 ||
          socket.port == 19099) {
        continue;
      }
      if (fixed_port_ != 0 && socket.port != fixed_port_) continue;
      open.push_back(socket.port);
    }
    // The port asked for comes first, then the lowest.
    const std::string wanted = environment_["PORT"];
    std::stable_sort(open.begin(), open.end(), [&](auto a, auto b) {
      return (std::to_string(a) == wanted) > (std::to_string(b) == wanted);
    });
    open_ = open;
    const bool late = now - begun_ >= times_.limit;
    if (open.empty()) {
      if (late) {
        say("==> Port scan timeout reached, no open ports detected. Bind your "
            "service to at least one port.");
        give_up({{"evicted", false}, {"timedOutSeconds", 900}});
      } else if (now - scanned_ >= times_.scan) {
        scanned_ = now;
        say("==> No open ports detected, continuing to scan...");
      }
      return;
    }
    if (!release_.health_path.empty()) {
      const int status =
          health_status(connect(), release_.health_path, times_.health);
      if (status < 200 || status >= 400) {
        if (late) {
          give_up({{"evicted", false},
                   {"unhealthy",
                    status == 0 ? "HTTP health check failed (timed out)"
                                : fmt::format("HTTP health check failed "
                                              "(responded with status code {})",
                                              status)}});
        }
        return;
      }
    }
    say(fmt::format("==> Detected service running on port {}", open.front()));
    state_ = State::healthy;
  }

  void give_up(nlohmann::json reason) {
    state_ = State::update_failed;
    reason_ = std::move(reason);
    process_.reset();
  }

  RenderRelease release_;
  fs::path folder_, app_folder_;
  RenderTimes times_;
  std::uint16_t fixed_port_;
  std::optional<OwnNetwork> network_;
  std::map<std::string, std::string> environment_;
  Step step_ = Step::checkout;
  State state_ = State::building;
  std::optional<Process> process_;
  std::size_t heard_ = 0;
  std::vector<Line> lines_;
  std::vector<std::uint16_t> open_;
  nlohmann::json reason_ = nlohmann::json::object();
  SteadyClock::time_point begun_{}, scanned_{};
};

}  // namespace

MakeRenderRun really_run(RenderProcesses how) {
  auto number = std::make_shared<std::atomic<int>>(0);
  return [how = std::move(how), number](const RenderRelease& release) {
    return std::make_unique<ProcessRun>(
        release, how.work / ("deploy-" + std::to_string(++*number)), how);
  };
}

}  // namespace rung::fakes
