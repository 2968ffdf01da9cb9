#include "tests/fakes/render_host.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <stdexcept>

#include "adapters/process/process.hpp"
#include "tests/fakes/becomes_true.hpp"

namespace rung::fakes {
namespace {

using namespace std::chrono_literals;

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

std::string output_of(std::vector<std::string> argv) {
  ProcessSpec spec;
  spec.argv = std::move(argv);
  spec.apart = true;
  // Not run(): whoever tests what an interruption does shall not stop us.
  Process process = Process::start(spec);
  while (!process.exited()) std::this_thread::sleep_for(1ms);
  if (process.exited()->code != 0) return "";
  std::string text = process.output();
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

FrontDoor::FrontDoor(std::function<int()> connect)
    : connect_(std::move(connect)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address),
             sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("no port for a service's front door");
  }
  thread_ = std::thread([this] { accept_all(); });
}

FrontDoor::~FrontDoor() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_, &one, sizeof one));
  thread_.join();
  for (Passage& passage : passages_) passage.thread.join();
  ::close(listener_);
  ::close(stop_);
}

void FrontDoor::accept_all() {
  for (;;) {
    pollfd both[] = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    ::poll(both, 2, -1);
    if (both[0].revents != 0) return;
    const int outside = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (outside < 0) continue;
    for (auto passage = passages_.begin(); passage != passages_.end();) {
      if (!passage->over) {
        ++passage;
        continue;
      }
      passage->thread.join();
      passage = passages_.erase(passage);
    }
    Passage& passage = passages_.emplace_back();
    passage.thread = std::thread([this, outside, &passage] {
      pass(outside);
      passage.over = true;
    });
  }
}

void FrontDoor::pass(int outside) {
  const int inside = connect_();
  if (inside < 0) {
    char request[4096];
    static_cast<void>(!::recv(outside, request, sizeof request, 0));
    const std::string answer = http_reply(502, "Bad Gateway");
    send_all(outside, answer.data(), answer.size());
    ::close(outside);
    return;
  }
  bool open = true;
  while (open) {
    pollfd all[] = {{stop_, POLLIN, 0}, {outside, POLLIN, 0},
                    {inside, POLLIN, 0}};
    ::poll(all, 3, -1);
    if (all[0].revents != 0) break;
    for (const auto& [from, to, at] :
         {std::tuple{outside, inside, 1}, std::tuple{inside, outside, 2}}) {
      if (all[at].revents == 0) continue;
      char buffer[16384];
      const auto got = ::recv(from, buffer, sizeof buffer, 0);
      open = open && got > 0 &&
             send_all(to, buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(inside);
  ::close(outside);
}

RenderHost::RenderHost(Settings settings) {
  RenderServer::Settings server;
  server.token = settings.token;
  server.limits = settings.limits;
  server.runs = really_run({work_.path(), settings.times,
                            settings.shared_network, settings.fixed_port});
  server.head = [](const std::string& repo) {
    return output_of({"/usr/bin/git", "-C", repo, "rev-parse", "main"});
  };
  server.has_commit = [](const std::string& repo, const std::string& commit) {
    return !output_of({"/usr/bin/git", "-C", repo, "rev-parse", "--verify",
                       "--quiet", commit + "^{commit}"})
                .empty();
  };
  server.url = [this](const std::string& service) { return front_of(service); };
  server_ = std::make_unique<RenderServer>(std::move(server), clock_);
  api_ = std::make_unique<ApiServer>(
      [this](const ApiCall& call) {
        std::function<ApiAnswer(const ApiCall&)> before;
        {
          const std::lock_guard lock(mutex_);
          before = before_;
        }
        return before ? before(call) : (*server_)(call);
      },
      settings.port == 0 ? free_port() : settings.port);
  ticker_ = std::thread([this] {
    while (!stopping_) {
      server_->tick();
      std::this_thread::sleep_for(10ms);
    }
  });
}

RenderHost::~RenderHost() {
  stopping_ = true;
  ticker_.join();
  api_.reset();
  fronts_.clear();
}

bool RenderHost::quiet_within(const std::string& service,
                              std::chrono::seconds at_most) {
  return becomes_true([&] { return server_->view(service).quiet; }, at_most);
}

std::string RenderHost::serve(const RenderServer::NewService& service,
                              const std::string& commit) {
  const std::string id = server_->add(service, commit);
  if (!quiet_within(id, std::chrono::seconds(30)) ||
      server_->view(id).live_commit != commit) {
    throw std::runtime_error("the fake Render does not serve " + service.name);
  }
  return id;
}

void RenderHost::put_before(std::function<ApiAnswer(const ApiCall&)> handler) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(handler);
}

// Called with the server's lock held, as connect() takes it later: a door is
// only opened by those who come from outside.
std::string RenderHost::front_of(const std::string& service) {
  const std::lock_guard lock(mutex_);
  auto& door = fronts_[service];
  if (!door) {
    door = std::make_unique<FrontDoor>(
        [this, service] { return server_->connect(service); });
  }
  return door->url();
}

}  // namespace rung::fakes
