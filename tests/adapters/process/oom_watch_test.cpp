#include "adapters/process/oom_watch.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/fakes/temp_folder.hpp"

namespace fs = std::filesystem;

namespace rung::oom_watch_test {
namespace {

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("A kill for want of memory is read from the group's counter",
          "[adapters][oom_watch]") {
  const fakes::TempFolder folder;
  const fs::path group = folder.path() / "above" / "own";
  fs::create_directories(group);
  const fs::path events = folder.path() / "above" / "memory.events";
  const fs::path vmstat = folder.path() / "vmstat";
  write(events, "low 0\noom 3\noom_kill 3\noom_group_kill 0\n");
  write(vmstat, "nr_free 9\noom_kill 7\n");
  CHECK(OomWatch::events_of(group) == events.string());
  const OomWatch watch({.memory_events = OomWatch::events_of(group),
                        .vmstat = vmstat.string(),
                        .kernel_log = ""});
  // This process is in its own group, so that the group's counter decides.
  CHECK_FALSE(watch.killed(getpid()));
  write(vmstat, "nr_free 9\noom_kill 8\n");  // somebody else's
  CHECK_FALSE(watch.killed(getpid()));
  write(events, "low 0\noom 4\noom_kill 4\noom_group_kill 0\n");
  CHECK(watch.killed(getpid()));
}

TEST_CASE("Without a group's counter the machine's is read",
          "[adapters][oom_watch]") {
  const fakes::TempFolder folder;
  const fs::path vmstat = folder.path() / "vmstat";
  write(vmstat, "oom_kill 7\n");
  const OomWatch watch({.memory_events = "",
                        .vmstat = vmstat.string(),
                        .kernel_log = ""});
  CHECK_FALSE(watch.killed(getpid()));
  write(vmstat, "oom_kill 8\n");
  CHECK(watch.killed(getpid()));
  const OomWatch blind({.memory_events = "",
                        .vmstat = (folder.path() / "none").string(),
                        .kernel_log = ""});
  CHECK_FALSE(blind.killed(getpid()));
}

TEST_CASE("The kernel's log names whom it killed since",
          "[adapters][oom_watch]") {
  const fakes::TempFolder folder;
  const fs::path log = folder.path() / "kmsg";
  const std::string words =
      "3,9,9,-;Memory cgroup out of memory: Killed process ";
  write(log, words + "4711 (python3) total-vm:9kB\n");
  const OomWatch watch({.memory_events = "",
                        .vmstat = "",
                        .kernel_log = log.string()});
  CHECK_FALSE(watch.killed(4711));  // one of that number, before
  std::ofstream(log, std::ios::app) << words << "47 (node) total-vm:9kB\n";
  CHECK_FALSE(watch.killed(4));
  std::ofstream(log, std::ios::app) << words << "48 (node) total-vm:9kB\n";
  CHECK(watch.killed(48));
}

}  // namespace rung::oom_watch_test
