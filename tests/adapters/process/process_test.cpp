#include "adapters/process/process.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/process/detached.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/process/launcher.hpp"
#include "adapters/process/run_group.hpp"
#include "adapters/process/sockets.hpp"
#include "adapters/process/system_clock.hpp"
#include "adapters/process/tree.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/effort.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::process_test {
namespace {

using fakes::becomes_true;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

ProcessSpec shell(std::string script) {
  return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

/// Names this test's processes: all that a program starts inherits it.
std::string new_mark() {
  static int count = 0;
  return "RUNG_MARK=" + std::to_string(getpid()) + "-" +
         std::to_string(++count);
}

ProcessSpec zoo(std::vector<std::string> words, const std::string& mark) {
  ProcessSpec spec;
  spec.argv = {"python3", RUNG_SOURCE_DIR "/tests/process_zoo.py"};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  spec.env["PATH"] = "/usr/bin:/bin";
  spec.env["RUNG_MARK"] = mark.substr(mark.find('=') + 1);
  return spec;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Processes whose environment has the mark, zombies not counted.
std::vector<pid_t> marked(const std::string& mark) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string env = content(entry.path() / "environ");
    if (('\0' + env).find('\0' + mark + '\0') != std::string::npos) {
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

bool says(Process& process, const std::string& words) {
  const auto end = Steady::now() + 20s;
  while (process.log().find(words) == std::string::npos) {
    if (Steady::now() > end) return false;
    process.wait(100ms);
  }
  return true;
}

Steady::duration time_of(const std::function<void()>& work) {
  const auto begin = Steady::now();
  work();
  return Steady::now() - begin;
}

std::string temporary_file(const std::string& name) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("rung-" + std::to_string(getpid()) + "-" + name);
  std::filesystem::remove(path);
  return path;
}

}  // namespace

TEST_CASE("A program gets exactly its environment", "[adapters][process]") {
  setenv("RUNG_TEST_LEAK", "1", 1);
  ProcessSpec spec{.argv = {"env"}};
  spec.env = {{"A", "1 2"}, {"B", ""}, {"C", "a\nb=c"}};
  const Ran ran = run(spec, 10s);
  CHECK(ran.succeeded());
  CHECK(ran.log == "A=1 2\nB=\nC=a\nb=c\n");
}

TEST_CASE(
    "A program gets no descriptor but its three, no signal blocked "
    "or ignored, no terminal",
    "[adapters][process]") {
  const int leak = open("/dev/null", O_RDONLY);  // not close-on-exec
  REQUIRE(leak >= 0);
  signal(SIGPIPE, SIG_IGN);
  const Ran fds = run({.argv = {"/bin/ls", "/proc/self/fd"}}, 10s);
  CHECK(fds.log == "0\n1\n2\n3\n");  // 3 is ls reading the directory
  const std::string status =
      run({.argv = {"/bin/cat", "/proc/self/status"}}, 10s).log;
  for (const std::string field : {"\nSigBlk:\t", "\nSigIgn:\t"}) {
    const auto at = status.find(field);
    REQUIRE(at != std::string::npos);
    const auto set = std::stoull(status.substr(at + field.size()), nullptr, 16);
    CAPTURE(field);
    // 32 and 33 are glibc's own; posix_spawn leaves them ignored.
    CHECK((set & 0x7fffffff) == 0);
  }
  CHECK(run(shell("exec < /dev/tty"), 10s).exit->code != 0);
  signal(SIGPIPE, SIG_DFL);
  close(leak);
}

TEST_CASE("What cannot be executed is told from what exits",
          "[adapters][process]") {
  CHECK_THROWS_MATCHES(
      Process::start({.argv = {"/no/such/program"}}), CannotExecute,
      Catch::Predicate<CannotExecute>([](const CannotExecute& e) {
        const std::string what = e.what();
        return e.error() == ENOENT &&
               what.find("/no/such/program") != std::string::npos &&
               what.find("No such file") != std::string::npos;
      }));
  CHECK_THROWS_WITH(
      Process::start({.argv = {"true"}, .cwd = "/no/such/place"}),
      Catch::Contains("/no/such/place: the directory: No such file"));
  CHECK_THROWS_WITH(Process::start({.argv = {"/etc/passwd"}}),
                    Catch::Contains("Permission denied"));
  ProcessSpec elsewhere{.argv = {"true"}};
  elsewhere.env["PATH"] = "/no/such/place";
  CHECK_THROWS_AS(Process::start(elsewhere), CannotExecute);
  CHECK_THROWS_AS(Process::start({}), PlatformError);

  CHECK(run(shell("no-such-command"), 10s).exit->code == 127);
  CHECK(run(shell("/etc/passwd"), 10s).exit->code == 126);
  CHECK(run(shell("exit 125"), 10s).exit->code == 125);
  const Ran killed = run(shell("kill -KILL $$"), 10s);
  CHECK(killed.exit->signal == SIGKILL);
  CHECK_FALSE(killed.exit->oom);
  CHECK(
      run(shell("ulimit -c unlimited 2>&-; kill -SEGV $$"), 10s).exit->signal ==
      SIGSEGV);
}

TEST_CASE("A NUL byte is refused and its value is not shown",
          "[adapters][process]") {
  ProcessSpec spec{.argv = {"true"}};
  spec.env["TOKEN"] = std::string("hush\0hush", 9);
  CHECK_THROWS_WITH(
      Process::start(spec),
      Catch::Contains("TOKEN holds a NUL") && !Catch::Contains("hush"));
}

TEST_CASE("A program reads its input and then end of file",
          "[adapters][process]") {
  ProcessSpec spec{.argv = {"cat"}};
  spec.input = std::string(3'000'000, 'i') + "\nend";
  spec.apart = true;
  const Ran ran = run(spec, 10s);
  CHECK(ran.output.substr(ran.output.size() - 4) == "\nend");
  CHECK(run({.argv = {"cat"}}, 10s).log.empty());
}

TEST_CASE("Both streams are logged in the order they were written",
          "[adapters][process]") {
  const auto copy = temporary_file("copy");
  ProcessSpec spec = shell(
      "i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1));"
      "echo $i >&2; i=$((i+1)); done");
  spec.log_file = copy;
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + "\n";
  CHECK(run(spec, 10s).log == expected);
  CHECK(content(copy) == expected);
  CHECK((std::filesystem::status(copy).permissions() &
         std::filesystem::perms::mask) ==
        (std::filesystem::perms::owner_read |
         std::filesystem::perms::owner_write));
  std::filesystem::remove(copy);

  ProcessSpec apart = shell("echo data; echo talk >&2; echo more");
  apart.apart = true;
  const Ran ran = run(apart, 10s);
  CHECK(ran.output == "data\nmore\n");
  CHECK(ran.log.size() == 15);
}

TEST_CASE("A flood neither blocks the program nor fills memory",
          "[adapters][process]") {
  const auto copy = temporary_file("flood");
  ProcessSpec spec = zoo({"flood", "100"}, new_mark());
  spec.log_file = copy;
  Process process = Process::start(spec);
  // Nobody waits and nobody reads: it must come to its end all the same.
  REQUIRE(becomes_true([&] { return process.exited().has_value(); }));
  CHECK(process.exited()->code == 0);
  CHECK(process.written() == 100 * 1024 * 1024 + 14);
  const std::string log = process.log();
  CHECK(log.size() <= 1024 * 1024);
  CHECK(log.size() > 1024 * 1024 - 1024);
  CHECK(log.substr(log.size() - 15) == "\nthe last line\n");
  CHECK(log.substr(0, 1024) == std::string(1023, 'x') + "\n");
  CHECK(std::filesystem::file_size(copy) == process.written());
  std::filesystem::remove(copy);
}

TEST_CASE("A log that is read while it is flooded is never torn",
          "[adapters][process]") {
  // Numbered lines: within one reading they must be consecutive.
  Process process = Process::start(shell("exec seq 1 30000000"));
  int readings = 0;
  while (!process.exited()) {
    process.wait(1ms);
    const std::string log = process.log();
    const auto cut = log.rfind('\n');
    if (cut == std::string::npos) continue;
    ++readings;
    long previous = -1;
    const char* at = log.data();
    while (at < log.data() + cut) {
      char* after = nullptr;
      const long number = std::strtol(at, &after, 10);
      if (previous >= 0 && number != previous + 1) {
        FAIL("after " << previous << " came " << number);
      }
      previous = number;
      at = after + 1;
    }
  }
  CHECK(readings > 3);
}

TEST_CASE("Waiting ends with output, with the exit, or in time",
          "[adapters][process]") {
  // cat answers when the other end of its input does.
  const auto pipe = temporary_file("fifo");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int writer = open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  ProcessSpec spec{.argv = {"cat"}};
  spec.input_file = pipe;
  Process process = Process::start(spec);

  CHECK_FALSE(process.wait(0us));
  const auto idle = time_of([&] { CHECK_FALSE(process.wait(2ms)); });
  CHECK(idle >= 2ms);
  CHECK(idle < 100ms);

  Steady::duration best = 10s;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(write(writer, "x\n", 2) == 2);
    best = std::min(best, time_of([&] { CHECK(process.wait(10s)); }));
    REQUIRE(process.log().size() == 2U * static_cast<unsigned>(i + 1));
  }
  CHECK(best < 3ms);
  // The noisy do not keep us busy.
  Process noisy = Process::start({.argv = {"yes"}});
  int wakes = 0;
  const auto end = Steady::now() + 50ms;
  while (Steady::now() < end) wakes += noisy.wait(10ms) ? 1 : 0;
  CHECK(wakes > 2);
  CHECK(wakes <= 51);

  kill(process.pid(), SIGKILL);
  CHECK(time_of([&] { CHECK(process.wait(10s)); }) < 1s);
  CHECK(process.exited()->signal == SIGKILL);
  CHECK_FALSE(process.wait(1ms));
  close(writer);
  std::filesystem::remove(pipe);
}

TEST_CASE("A command that does not end is stopped at its deadline",
          "[adapters][process]") {
  const std::string mark = new_mark();
  const auto took = time_of([&] {
    const Ran ran = run(zoo({"family"}, mark), 300ms);
    CHECK_FALSE(ran.exit);
    CHECK_FALSE(ran.succeeded());
  });
  CHECK(took >= 300ms);
  CHECK(took < 2s);
  CHECK(marked(mark).empty());
}

TEST_CASE("Whatever a program has become, stop leaves nothing of it",
          "[adapters][process]") {
  const std::string animal =
      GENERATE("daemon", "family", "deaf", "respawn", "hop", "stopped");
  const auto grace = GENERATE(0ms, 50ms);
  CAPTURE(animal, grace.count());
  const std::string mark = new_mark();
  Process process = Process::start(zoo({animal}, mark));
  REQUIRE(says(process, "ready"));
  REQUIRE_FALSE(marked(mark).empty());
  const auto took = time_of([&] { process.stop(grace); });
  CHECK(marked(mark).empty());
  CHECK(process.tree().empty());
  CHECK(took < grace + 500ms);
  process.stop();  // twice is no error
}

TEST_CASE("Stopping is polite first, and returns as soon as all are gone",
          "[adapters][process]") {
  Process process = Process::start(zoo({"polite"}, new_mark()));
  REQUIRE(says(process, "ready"));
  const auto took = time_of([&] { process.stop(20s); });
  CHECK(took < 5s);
  CHECK(process.exited()->code == 7);
  CHECK(process.log() == "ready\ngoodbye\n");
}

TEST_CASE("A process that is let go of is stopped", "[adapters][process]") {
  const std::string mark = new_mark();
  {
    Process process = Process::start(zoo({"family"}, mark));
    REQUIRE(says(process, "ready"));
    Process moved = std::move(process);
    CHECK(moved.tree().size() >= 2);
  }
  CHECK(marked(mark).empty());
}

TEST_CASE("A program that kills its keeper is cleaned up all the same",
          "[adapters][process]") {
  const std::string mark = new_mark();
  Process process = Process::start(zoo({"outlive_keeper"}, mark));
  REQUIRE(becomes_true([&] { return process.exited().has_value(); }));
  process.stop();
  CHECK(marked(mark).empty());
  CHECK(run(shell("true"), 10s).succeeded());
}

TEST_CASE("A program killed for want of memory is told apart",
          "[adapters][process]") {
  // A memory limit that hurts nobody else needs a cgroup of our own.
  std::filesystem::path group = "/sys/fs/cgroup/memory";
  const char* limit = "memory.limit_in_bytes";
  if (!std::filesystem::exists(group / limit)) {
    group = "/sys/fs/cgroup";
    limit = "memory.max";
  }
  group /= "rung-test-" + std::to_string(getpid());
  std::error_code refused;
  std::filesystem::create_directory(group, refused);
  if (!std::filesystem::exists(group / limit)) {
    std::filesystem::remove(group, refused);
    fakes::skipped("no memory cgroup can be made here");
    return;
  }
  std::ofstream(group / limit) << 30'000'000;
  const std::string enter =
      "echo $$ > " + (group / "cgroup.procs").string() + "; ";
  const std::string eat = "python3 -c 'x = bytearray(10**9)'";
  const Ran first = run(shell(enter + "exec " + eat), 20s);
  const Ran second = run(shell(enter + eat + "; exit $?"), 20s);
  CHECK(first.exit->signal == SIGKILL);
  CHECK(first.exit->oom);
  CHECK(second.exit->code == 137);
  CHECK(second.exit->oom);
  CHECK(becomes_true([&] { return std::filesystem::remove(group, refused); }));
}

TEST_CASE("A launcher that is killed is replaced", "[adapters][process]") {
  const auto parent_of = [](pid_t pid) {
    const std::string status =
        content("/proc/" + std::to_string(pid) + "/status");
    return std::stoi(status.substr(status.find("\nPPid:\t") + 7));
  };
  const std::string mark = new_mark();
  Process process = Process::start(zoo({"family"}, mark));
  REQUIRE(says(process, "ready"));
  const pid_t launcher = parent_of(parent_of(process.pid()));
  REQUIRE(parent_of(launcher) == getpid());
  REQUIRE(kill(launcher, SIGKILL) == 0);
  REQUIRE(waitpid(launcher, nullptr, 0) == launcher);
  CHECK(run(shell("true"), 10s).succeeded());
  process.stop();
  CHECK(marked(mark).empty());
}

TEST_CASE("Nothing is left when the launcher and then a keeper are killed",
          "[adapters][process]") {
  const auto parent_of = [](pid_t pid) {
    const std::string status =
        content("/proc/" + std::to_string(pid) + "/status");
    return std::stoi(status.substr(status.find("\nPPid:\t") + 7));
  };
  const std::string mark = new_mark();
  ProcessSpec spec = shell("sleep 1000 & echo ready; sleep 1000");
  spec.env["RUNG_MARK"] = mark.substr(mark.find('=') + 1);
  Process process = Process::start(spec);
  REQUIRE(says(process, "ready"));
  const pid_t keeper = parent_of(process.pid());
  const pid_t launcher = parent_of(keeper);
  REQUIRE(parent_of(launcher) == getpid());
  REQUIRE(kill(launcher, SIGKILL) == 0);
  REQUIRE(waitpid(launcher, nullptr, 0) == launcher);
  REQUIRE(kill(keeper, SIGKILL) == 0);
  CHECK(becomes_true([&] { return process.exited().has_value(); }));
  process.stop();
  CHECK(becomes_true([&] { return marked(mark).empty(); }));
  CHECK(run(shell("true"), 10s).succeeded());
}

TEST_CASE("Many threads run programs at once", "[adapters][process]") {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([t, &right] {
      for (int i = 0; i < 20; ++i) {
        const std::string word = std::to_string(t) + "." + std::to_string(i);
        right += run(shell("echo " + word), 30s).log == word + "\n" ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 160);
}

TEST_CASE("The user's wish to stop ends a wait, not a stop",
          "[adapters][process]") {
  const std::string mark = new_mark();
  Process process = Process::start(zoo({"family"}, mark));
  REQUIRE(says(process, "ready\nready\nready\n"));
  std::thread user([] {
    SystemClock().sleep(20ms);
    Interruption::request();
  });
  // The first wait may still have news of the last "ready".
  CHECK_THROWS_AS(process.wait(20s) && process.wait(20s), Interrupted);
  user.join();
  CHECK_THROWS_AS(SystemClock().sleep(20s), Interrupted);
  CHECK_THROWS_AS(run(shell("sleep 20"), 20s), Interrupted);
  process.stop(5ms);
  CHECK(marked(mark).empty());
  Interruption::clear();
  SystemClock().sleep(1us);
  CHECK(run(shell("true"), 10s).succeeded());
}

TEST_CASE("A detached program lives on in a session of its own",
          "[adapters][process]") {
  const auto log = temporary_file("detached");
  ProcessSpec spec = shell("echo $$ $A; exec sleep 1000");
  spec.env["A"] = "a";
  spec.log_file = log;
  const pid_t pid = start_detached(spec);
  REQUIRE(becomes_true([&] { return content(log).ends_with("\n"); }));
  CHECK(content(log) == std::to_string(pid) + " a\n");
  CHECK(getsid(pid) == pid);
  kill(pid, SIGKILL);
  // Nor is it our child: who looks for it later is not misled by a zombie.
  CHECK(waitpid(pid, nullptr, 0) == -1);
  CHECK_THROWS_AS(start_detached({.argv = {"/no/such/program"}}),
                  CannotExecute);
  spec.log_file = "/no/such/place/log";
  CHECK_THROWS_WITH(start_detached(spec),
                    Catch::Contains("place/log: No such"));
  CHECK_THROWS_WITH(Process::start(spec),
                    Catch::Contains("place/log: No such"));
  std::filesystem::remove(log);
}

// Run by the next test in a process of its own, which is then killed.
TEST_CASE("owner of many processes", "[.process-owner]") {
  const char* ports = std::getenv("RUNG_OWNER_PORTS");
  REQUIRE(ports != nullptr);
  const std::string mark = "RUNG_MARK=" + std::string(getenv("RUNG_MARK"));
  std::vector<Process> processes;
  for (int round = 0;; ++round) {
    processes.push_back(Process::start(
        zoo({"daemon_serve", "127.0.0.1/" + std::string(ports)}, mark)));
    for (const char* animal : {"family", "respawn", "deaf", "hop"}) {
      processes.push_back(Process::start(zoo({animal}, mark)));
    }
    says(processes.front(), "ready");
    write(1, "up\n", 3);
    SystemClock().sleep(20ms);
    processes.clear();
  }
}

/// Starts "owner of many processes"; the pid is a child of the test's.
pid_t start_owner(const std::string& mark, std::uint16_t port) {
  const std::string port_env = "RUNG_OWNER_PORTS=" + std::to_string(port);
  const pid_t owner = fork();
  if (owner == 0) {
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    const char* argv[] = {"rung_tests", "[.process-owner]", nullptr};
    const char* env[] = {mark.c_str(), port_env.c_str(), nullptr};
    execve("/proc/self/exe", const_cast<char**>(argv), const_cast<char**>(env));
    _exit(127);
  }
  return owner;
}

/// The control group of a process, below the mount; "" if it is gone.
std::string group_of(pid_t pid) {
  std::istringstream lines(content("/proc/" + std::to_string(pid) + "/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("0::", 0) == 0) return line.substr(3);
  }
  return "";
}

TEST_CASE("What rung left when all of it was killed, the next rung ends",
          "[adapters][process]") {
  const pid_t trial = fork();
  if (trial == 0) {
    RunGroup::enter();
    const std::string entered = RunGroup::current().filename();
    _exit(entered.rfind("rung-", 0) == 0 ? 0 : 1);
  }
  int allowed = 1;
  REQUIRE(waitpid(trial, &allowed, 0) == trial);
  RunGroup::remove(trial);
  if (allowed != 0) {
    fakes::skipped("no control group (v2) may be made and entered here");
    return;
  }
  const std::string mark = new_mark();
  const std::uint16_t port = free_port();
  const pid_t owner = start_owner(mark, port);
  REQUIRE(becomes_true([&] { return !port_free(port); }));
  // Stopped first: nobody cleans up because another was killed before him.
  std::vector<pid_t> guards{owner};
  kill(owner, SIGSTOP);
  for (const pid_t pid : marked(mark)) {
    const std::string name = command_name(pid);
    if (name != "launcher" && name != "keeper") continue;
    CHECK(group_of(pid).find("/rung-") != std::string::npos);
    guards.push_back(pid);
    kill(pid, SIGSTOP);
  }
  REQUIRE(guards.size() > 2);
  for (const pid_t pid : guards) kill(pid, SIGKILL);
  REQUIRE(waitpid(owner, nullptr, 0) == owner);
  REQUIRE_FALSE(marked(mark).empty());

  const std::string next_mark = new_mark();
  const pid_t next = start_owner(next_mark, free_port());
  CHECK(becomes_true([&] { return marked(mark).empty(); }));
  CHECK(port_free(port));
  CHECK(kill(next, SIGKILL) == 0);  // it lives: its own were not ended
  REQUIRE(waitpid(next, nullptr, 0) == next);
  CHECK(becomes_true([&] { return marked(next_mark).empty(); }));
}

TEST_CASE("Nothing survives an owner that is killed at any moment",
          "[adapters][process]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::uint64_t kills = fakes::effort(60);
  for (std::uint64_t i = 0; i < kills; ++i) {
    const std::string mark = new_mark();
    const std::uint16_t port = free_port();
    const pid_t owner = start_owner(mark, port);
    std::this_thread::sleep_for(std::chrono::microseconds(
        std::uniform_int_distribution<int>(0, 250'000)(random)));
    REQUIRE(kill(owner, SIGKILL) == 0);
    int status = 0;
    REQUIRE(waitpid(owner, &status, 0) == owner);
    REQUIRE(WIFSIGNALED(status));  // it did not fail before
    CAPTURE(i);
    REQUIRE(becomes_true([&] { return marked(mark).empty(); }));
    REQUIRE(port_free(port));
  }
}

}  // namespace rung::process_test
