#include "tests/fakes/cloudrun_instance.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "adapters/checkout/worktree.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/sockets.hpp"
#include "core/base/error.hpp"
#include "tests/fakes/own_network.hpp"

namespace rung::fakes {
namespace {

class LookedUpInstance final : public CloudRunInstance {
 public:
  LookedUpInstance(CloudRunOutcome outcome, const Clock& clock)
      : outcome_(std::move(outcome)), clock_(clock), begun_(clock.now()) {}
  State look() override {
    return clock_.now() - begun_ < outcome_.start ? State::starting
                                                  : outcome_.end;
  }
  int code() const override { return outcome_.code; }
  std::vector<std::string> take_lines() override {
    return std::exchange(outcome_.lines, {});
  }

 private:
  CloudRunOutcome outcome_;
  const Clock& clock_;
  Clock::Time begun_;
};

class Ended final : public CloudRunInstance {
 public:
  explicit Ended(State state) : state_(state) {}
  State look() override { return state_; }
  std::vector<std::string> take_lines() override { return {}; }

 private:
  State state_;
};

/// The status of a GET of the startup probe; 0 = no connection, -1 = no answer.
int probed(int fd, const std::string& path) {
  if (fd < 0) return 0;
  const std::string request = "GET " + path +
                              " HTTP/1.1\r\nHost: localhost\r\n"
                              "User-Agent: GoogleHC/1.0\r\n"
                              "Connection: close\r\n\r\n";
  int status = -1;
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    pollfd answer{fd, POLLIN, 0};
    char head[64] = {};
    constexpr int kPatience = 1000;
    if (::poll(&answer, 1, kPatience) > 0 &&
        ::recv(fd, head, sizeof head - 1, 0) > 12) {
      status = std::atoi(head + 9);
    }
  }
  ::close(fd);
  return status;
}

class Running final : public CloudRunInstance {
 public:
  Running(CloudRunRevision revision, Process process,
          std::optional<OwnNetwork> network, std::uint16_t assigned)
      : revision_(std::move(revision)),
        network_(std::move(network)),
        process_(std::move(process)),
        assigned_(assigned) {}

  State look() override {
    if (state_ == State::starting) state_ = starting();
    if (state_ == State::ready && process_.exited()) {
      code_ = process_.exited()->code;
      state_ = State::exited_later;
    }
    return state_;
  }
  int code() const override { return code_; }
  int connect() const override {
    if (address_ == 0) return -1;
    return network_ ? network_->connect(address_) : connect_here(address_);
  }
  std::vector<std::string> take_lines() override {
    std::vector<std::string> lines;
    const std::string log = process_.log();
    for (auto end = log.find('\n', taken_); end != log.npos;
         end = log.find('\n', taken_)) {
      lines.push_back(log.substr(taken_, end - taken_));
      taken_ = end + 1;
    }
    return lines;
  }

 private:
  State starting() {
    if (const auto exit = process_.exited()) {
      code_ = exit->signal != 0 ? 128 + exit->signal : exit->code;
      return State::exited;
    }
    int status = 0;
    for (const BoundSocket& socket : listening_sockets(process_.tree())) {
      // From outside a container its loopback cannot be reached.
      const bool reachable =
          socket.address != "127.0.0.1" && socket.address != "::1";
      if (!reachable ||
          (socket.port != assigned_ && socket.port != revision_.port)) {
        continue;
      }
      address_ = socket.port;
      if (revision_.probe_path.empty()) return State::ready;
      status = probed(connect(), revision_.probe_path);
      // Source: Cloud Run: 200 to 399 is success.
      if (status >= 200 && status < 400) return State::ready;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - process_.started() < revision_.start_deadline) {
      return State::starting;
    }
    address_ = 0;
    code_ = status;
    process_.stop();
    return status > 0 ? State::unhealthy : State::no_listen;
  }

  CloudRunRevision revision_;
  std::optional<OwnNetwork> network_;
  Process process_;
  std::uint16_t assigned_, address_ = 0;
  State state_ = State::starting;
  int code_ = 0;
  std::size_t taken_ = 0;
};

std::string tag_of(const std::string& image) {
  const auto colon = image.rfind(':');
  return colon == std::string::npos ? "" : image.substr(colon + 1);
}

}  // namespace

MakeCloudRunInstance looked_up_instances(
    std::function<CloudRunOutcome(const CloudRunRevision&)> table,
    const Clock& clock) {
  return [table = std::move(table), &clock](const CloudRunRevision& revision) {
    return std::make_unique<LookedUpInstance>(table(revision), clock);
  };
}

MakeCloudRunInstance running_instances(CloudRunProcesses how) {
  return [how = std::move(how)](const CloudRunRevision& revision)
             -> std::unique_ptr<CloudRunInstance> {
    std::filesystem::path folder;
    try {
      const GitHistory history(how.repository);
      Worktree checkout(history, how.work / revision.name, how.path);
      checkout.move_to(CommitId{tag_of(revision.image)});
      folder = checkout.folder();
    } catch (const HistoryError&) {
      return std::make_unique<Ended>(CloudRunInstance::State::no_image);
    }
    std::optional<OwnNetwork> network;
    if (!how.shared_network) {
      if (auto made = OwnNetwork::make()) network.emplace(*std::move(made));
    }
    const std::uint16_t port = network ? revision.port : rung::free_port();
    ProcessSpec spec;
    spec.argv = revision.command;
    if (spec.argv.empty()) spec.argv = {"/bin/sh", "-c", how.command};
    spec.cwd = folder;
    spec.env = revision.env;
    spec.env.emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
    spec.env["PORT"] = std::to_string(port);
    spec.env["K_SERVICE"] = revision.service;
    spec.env["K_CONFIGURATION"] = revision.service;
    spec.env["K_REVISION"] = revision.name;
    if (network) {
      spec.argv.insert(spec.argv.begin(),
                       {"/usr/bin/nsenter", "--net=" + network->file(), "--"});
    }
    CloudRunRevision scaled = revision;
    scaled.start_deadline = std::min(revision.start_deadline, how.patience);
    Process process = Process::start(spec);
    return std::make_unique<Running>(std::move(scaled), std::move(process),
                                     std::move(network), port);
  };
}

}  // namespace rung::fakes
