#include "adapters/docker/watch.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "adapters/docker/containers.hpp"
#include "adapters/docker/log_frames.hpp"
#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;

/// Wakes up who waits for news in another thread.
class News {
 public:
  News() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throw AbortError("watching a container: too many open files");
  }

  void tell() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = write(fd_.get(), &one, sizeof one);
  }
  void wait(std::chrono::microseconds at_most) const {
    Interruption::check();
    const timespec limit{at_most.count() / 1'000'000,
                         at_most.count() % 1'000'000 * 1000};
    pollfd both[] = {{fd_.get(), POLLIN, 0}, {Interruption::fd(), POLLIN, 0}};
    ppoll(both, 2, &limit, nullptr);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = read(fd_.get(), &count, sizeof count);
    Interruption::check();
  }

 private:
  FileDescriptor fd_;
};

}  // namespace

struct DockerWatch::State {
  std::unique_ptr<DockerEngine> engine;
  std::string container;
  std::optional<unsigned> tail;
  News news;
  std::atomic<bool> ending = false;
  int end_wish = eventfd(0, EFD_CLOEXEC);
  mutable std::mutex mutex;
  LogTail log;
  std::optional<Exit> exit;
  std::exception_ptr lost;  ///< why it cannot be known any more
  std::thread thread = {};

  ~State() { close(end_wish); }

  // From the beginning each time: what was cut off in between is not missed,
  // and nothing comes twice.
  void follow(bool tty) {
    {
      const std::lock_guard lock(mutex);
      log = LogTail();
    }
    LogFrames frames(tty, [this](int, std::string_view text) {
      const std::lock_guard lock(mutex);
      log.add(text);
    });
    ApiRequest request;
    request.path = fmt::format(
        "/containers/{}/logs?stdout=true&stderr=true&follow=true&tail={}",
        container, tail ? std::to_string(*tail) : "all");
    request.timeout = 1h;  // a service may well be silent
    request.repeatable = false;
    request.interrupt = Interrupt::no;
    request.enough = [this] { return ending.load(); };
    request.wake = end_wish;
    request.on_data = [&](std::string_view bytes) {
      frames.feed(bytes);
      news.tell();
      return !ending;
    };
    engine->call(request);
  }

  [[nodiscard]] RemovedError removed() const {
    return RemovedError(fmt::format(
        "watching container {}: somebody removed it", container.substr(0, 12)));
  }

  void ended(DockerContainers& containers, const ContainerFacts& facts) {
    // Removing begins with a signal, and Podman shows what came of that first.
    const bool signalled = facts.exit_code == 0 || facts.exit_code > 128;
    for (int i = 0; signalled && !facts.oom && !ending && i < 20; ++i) {
      if (!containers.inspect(container, Interrupt::no)) throw removed();
      pollfd wish{end_wish, POLLIN, 0};
      ::poll(&wish, 1, 50);
    }
    const std::lock_guard lock(mutex);
    exit = Exit{facts.exit_code, 0, facts.oom};
  }

  void watch() {
    DockerContainers containers(*engine);
    std::chrono::milliseconds pause = 5ms;
    std::optional<int> restarts;
    while (!ending) {
      const auto facts = containers.inspect(container, Interrupt::no);
      if (!facts) {
        throw removed();
      }
      if (!restarts) restarts = facts->restarts;
      try {
        follow(facts->tty);
      } catch (const LostReply&) {
        // The engine was restarted, or the stream was silent for an hour.
      }
      if (facts->over) return ended(containers, *facts);
      // The end of the log is the end of the container, or nearly so.
      const auto after = containers.inspect(container, Interrupt::no);
      if (after && after->over) return ended(containers, *after);
      // Restarted by its policy it runs, but it has ended all the same; with
      // what status is not kept.
      if (after && after->restarts > *restarts) {
        const std::lock_guard lock(mutex);
        exit = Exit{1, 0, after->oom};
        return;
      }
      if (ending) return;
      pollfd wish{end_wish, POLLIN, 0};
      ::poll(&wish, 1, static_cast<int>(pause.count()));
      pause = std::min<std::chrono::milliseconds>(2 * pause, 500ms);
    }
  }

  void run() {
    std::exception_ptr problem;
    try {
      watch();
    } catch (const Error&) {
      problem = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    if (ending && !exit) exit = Exit{137, 0, false};  // killed by withdraw()
    if (!exit) lost = problem;
    news.tell();
  }
};

DockerWatch::DockerWatch(std::unique_ptr<DockerEngine> engine,
                         std::string container, std::optional<unsigned> tail)
    : state_(new State) {
  state_->engine = std::move(engine);
  state_->container = std::move(container);
  state_->tail = tail;
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

DockerWatch::~DockerWatch() {
  end();
}

std::optional<Exit> DockerWatch::exited() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->lost) std::rethrow_exception(state_->lost);
  return state_->exit;
}

std::string DockerWatch::log() const {
  const std::lock_guard lock(state_->mutex);
  return state_->log.text();
}

void DockerWatch::wait(std::chrono::microseconds at_most) {
  state_->news.wait(at_most);
}

void DockerWatch::end() {
  state_->ending = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(state_->end_wish, &one, sizeof one);
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace rung
