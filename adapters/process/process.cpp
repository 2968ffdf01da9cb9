#include "adapters/process/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/process/keeper.hpp"
#include "adapters/process/launcher.hpp"
#include "adapters/process/spec.hpp"
#include "adapters/process/tree.hpp"

namespace rung {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

/// Output wakes wait() at most this often.
constexpr milliseconds kQuiet{1};

FileDescriptor check(int fd, const ProcessSpec& spec, const std::string& doing) {
  return FileDescriptor(check_errno(fd, spec, doing));
}

FileDescriptor memory(std::string_view text, const ProcessSpec& spec) {
  FileDescriptor file = check(memfd_create("rung", MFD_CLOEXEC), spec, "memfd_create");
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = write(file.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) check(-1, spec, "write to memory");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

FileDescriptor open_input(const ProcessSpec& spec) {
  if (!spec.input.empty()) return memory(spec.input, spec);
  const std::string path =
      spec.input_file.empty() ? "/dev/null" : spec.input_file.string();
  return check(open(path.c_str(), O_RDONLY | O_CLOEXEC), spec, path);
}

std::string packed(const ProcessSpec& spec) {
  std::string text = absolute_path(spec.cwd) + '\0';
  for (const std::string& argument : spec.argv) {
    text.append(argument).push_back('\0');
  }
  for (const auto& [name, value] : spec.env) {
    text.append(name).append("=").append(value).push_back('\0');
  }
  return text;
}

timespec timespec_of(Time::duration left) {
  const auto ns = std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::nanoseconds>(left).count());
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

/// The last MiB of a ring while its writer goes on writing.
std::string tail(const keeper::Ring& ring) {
  const std::size_t size = ring.bytes.size();
  const std::uint64_t end = ring.written.load(std::memory_order_acquire);
  std::uint64_t begin = end > keeper::kKept ? end - keeper::kKept : 0;
  std::string text(end - begin, '\0');
  const std::size_t first =
      std::min<std::size_t>(text.size(), size - begin % size);
  std::memcpy(text.data(), ring.bytes.data() + begin % size, first);
  std::memcpy(text.data() + first, ring.bytes.data(), text.size() - first);
  // What the writer may have overtaken meanwhile is not to be trusted.
  std::atomic_thread_fence(std::memory_order_acquire);
  const std::uint64_t dirty =
      ring.written.load(std::memory_order_relaxed) + keeper::kChunk;
  const std::uint64_t safe = dirty > size ? dirty - size : 0;
  if (safe > begin) {
    text.erase(0, std::min<std::size_t>(safe - begin, text.size()));
    begin = safe;
  }
  if (begin > 0) {  // from the beginning of a line, if lines there are
    const std::size_t line = text.find('\n');
    if (line < keeper::kChunk) text.erase(0, line + 1);
  }
  return text;
}

/// Has the launcher end what the keeper `pid`, which was killed, has left; 0 =
/// what any of them has. Waits for it.
void sweep(pid_t pid) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return;
  }
  const FileDescriptor answer(ends[0]);
  {
    const FileDescriptor other(ends[1]);
    keeper::Request request;
    request.kind = keeper::Request::sweep;
    request.pid = pid;
    keeper::Fds fds;
    fds.fill(-1);
    fds[keeper::control] = other.get();
    Launcher::send(request, fds);
  }
  keeper::Report report;
  recv(answer.get(), &report, sizeof report, 0);  // end of file: all done
}

}  // namespace

struct Process::State {
  std::string name;
  FileDescriptor control, notify;
  keeper::Output* output = nullptr;
  pid_t pid = 0, keeper = 0;
  Time started;
  /// Output is news again from then on: a flood wakes nobody all the time.
  Time quiet_until;
  std::optional<Exit> exit;
  bool gone = false;  ///< nothing of the tree is left
  pid_t stuck = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (output != nullptr) munmap(output, sizeof *output);
  }

  /// One message, which must be there or come. False: the keeper has ended.
  bool receive(keeper::Report& report) const {
    ssize_t got;
    do {
      got = recv(control.get(), &report, sizeof report, 0);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof report);
  }

  void take_report() {
    keeper::Report report;
    if (!receive(report)) {
      lose_keeper();
    } else if (report.kind == keeper::Report::exited) {
      exit = Exit{report.code, report.signal, report.oom};
    } else if (report.kind == keeper::Report::stuck) {
      stuck = report.pid;
    } else if (report.kind == keeper::Report::gone) {
      gone = true;
    }
  }

  /// Somebody killed the keeper: the launcher has its children now.
  void lose_keeper() {
    gone = true;
    if (!exit) exit = Exit{.code = 0, .signal = SIGKILL, .oom = false};
    sweep(keeper);
    // Where the launcher was killed as well they have become init's.
    kill_session(keeper);
  }

  /// Polls until `end`; fds[0] is reports(), and a report is taken.
  void wait_until(Time end, std::span<pollfd> fds) {
    const timespec limit = timespec_of(end - std::chrono::steady_clock::now());
    const int ready = ppoll(fds.data(), fds.size(), &limit, nullptr);
    if (ready > 0 && fds[0].revents != 0) take_report();
  }

  [[nodiscard]] pollfd reports() const {
    // A negative descriptor is skipped: once gone there is nothing to hear.
    return {.fd = gone ? -1 : control.get(), .events = POLLIN, .revents = 0};
  }
};

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;

Process& Process::operator=(Process&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Process::~Process() {
  if (state_ == nullptr) return;
  try {
    stop();
  } catch (const Error&) {
    // Its keeper goes on trying, also after rung has ended.
  }
}

Process Process::start(const ProcessSpec& spec) {
  for (int tried = 1; tried < 4; ++tried) {
    if (auto process = try_start(spec)) return std::move(*process);
    sweep(0);  // it may run already
  }
  throw PlatformError("cannot run " + spec.argv.front() +
                      ": the process that watched it was killed");
}

std::optional<Process> Process::try_start(const ProcessSpec& spec) {
  validate(spec);
  auto state = std::make_unique<State>();
  state->name = spec.argv.front();
  keeper::Request request;
  request.argc = static_cast<std::uint32_t>(spec.argv.size());
  request.envc = static_cast<std::uint32_t>(spec.env.size());
  request.apart = spec.apart;
  request.has_log_file = !spec.log_file.empty();
  request.stop_signal = spec.stop_signal;
  request.orphan_grace_us = microseconds(spec.orphan_grace).count();

  const FileDescriptor payload = memory(packed(spec), spec);
  const FileDescriptor input = open_input(spec);
  const FileDescriptor log = request.has_log_file ? FileDescriptor(open_log(spec)) : FileDescriptor();
  const FileDescriptor output =
      check(memfd_create("rung-log", MFD_CLOEXEC), spec, "memfd_create");
  if (ftruncate(output.get(), sizeof(keeper::Output)) != 0) {
    check(-1, spec, "ftruncate");
  }
  void* shared = mmap(nullptr, sizeof(keeper::Output), PROT_READ, MAP_SHARED,
                      output.get(), 0);
  if (shared == MAP_FAILED) check(-1, spec, "mmap");
  state->output = static_cast<keeper::Output*>(shared);
  state->notify =
      check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), spec, "eventfd");
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    check(-1, spec, "socketpair");
  }
  state->control = FileDescriptor(ends[0]);
  FileDescriptor theirs(ends[1]);
  Launcher::send(request, {theirs.get(), payload.get(), output.get(),
                           state->notify.get(), input.get(), log.get()});
  theirs = FileDescriptor();  // now only the keeper has it: its death is our end of file

  keeper::Report report;
  if (!state->receive(report)) return std::nullopt;
  if (report.kind == keeper::Report::failed) {
    throw_cannot_execute(spec, report.error, report.in_cwd);
  }
  state->pid = report.pid;
  state->keeper = report.keeper;
  state->started = std::chrono::steady_clock::now();
  return Process(std::move(state));
}

pid_t Process::pid() const {
  return state_->pid;
}

pid_t Process::keeper() const {
  return state_->keeper;
}

Time Process::started() const {
  return state_->started;
}

std::optional<Exit> Process::exited() {
  if (!state_->exit && !state_->gone) {
    std::array<pollfd, 1> on{state_->reports()};
    state_->wait_until({}, on);
  }
  return state_->exit;
}

bool Process::wait(microseconds at_most) {
  State& state = *state_;
  const Time end = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    Interruption::check();
    const bool had_ended = state.exit.has_value();
    const bool quiet = std::chrono::steady_clock::now() < state.quiet_until;
    std::array<pollfd, 3> on{
        {state.reports(),
         {.fd = Interruption::fd(), .events = POLLIN, .revents = 0},
         {.fd = quiet ? -1 : state.notify.get(),
          .events = POLLIN,
          .revents = 0}}};
    state.wait_until(quiet ? std::min(end, state.quiet_until) : end, on);
    if (on[2].revents != 0) {
      std::uint64_t count;
      if (read(state.notify.get(), &count, sizeof count) > 0) {
        state.quiet_until = std::chrono::steady_clock::now() + kQuiet;
        return true;
      }
    }
    if (!had_ended && state.exit) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
  }
}

std::optional<Exit> Process::wait_exit(microseconds at_most) {
  const Time end = std::chrono::steady_clock::now() + at_most;
  while (!state_->exit) {
    Interruption::check();
    std::array<pollfd, 2> on{
        {state_->reports(),
         {.fd = Interruption::fd(), .events = POLLIN, .revents = 0}}};
    state_->wait_until(end, on);
    if (!state_->exit && std::chrono::steady_clock::now() >= end) break;
  }
  return state_->exit;
}

std::string Process::log() const {
  return tail(state_->output->both);
}

std::uint64_t Process::written() const {
  return state_->output->both.written.load(std::memory_order_acquire);
}

std::string Process::output() const {
  return tail(state_->output->out);
}

std::vector<pid_t> Process::tree() const {
  std::vector<pid_t> pids;
  if (state_->gone) return pids;
  for (std::size_t room = 64;; room *= 4) {
    pids.resize(room);
    const std::size_t count = descendants_of(state_->keeper, pids);
    if (count < room) {
      pids.resize(count);
      return pids;
    }
  }
}

void Process::stop(milliseconds grace) {
  State& state = *state_;
  if (state.gone) return;
  const keeper::Stop order{.grace_us = microseconds(grace).count()};
  // EPIPE: the keeper has ended; its last words are still to be read.
  send(state.control.get(), &order, sizeof order, MSG_NOSIGNAL);
  while (!state.gone && state.stuck == 0) state.take_report();
  if (state.gone) return;
  throw PlatformError("process " + std::to_string(state.stuck) + " (" +
                      command_name(state.stuck) + ") of " + state.name +
                      " does not end when killed; stop it by hand");
}

Ran run(const ProcessSpec& spec, milliseconds deadline) {
  const Time begin = std::chrono::steady_clock::now();
  Process process = Process::start(spec);
  Ran ran;
  try {
    ran.exit = process.wait_exit(deadline);
  } catch (const Interrupted&) {
    process.stop(spec.grace);
    throw;
  }
  process.stop(ran.exit ? milliseconds(0) : spec.grace);
  ran.took = std::chrono::duration_cast<microseconds>(
      std::chrono::steady_clock::now() - begin);
  ran.log = process.log();
  if (spec.apart) ran.output = process.output();
  return ran;
}

}  // namespace rung
