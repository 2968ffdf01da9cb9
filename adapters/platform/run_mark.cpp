#include "adapters/platform/run_mark.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <iterator>
#include <mutex>
#include <set>
#include <sstream>
#include <vector>

#include "adapters/process/boot_id.hpp"
#include "adapters/process/tree.hpp"
#include "core/text/split.hpp"

namespace rung {
namespace {

std::mutex mutex;
std::multiset<std::string>& runs_of_this_process() {
  static std::multiset<std::string> runs;
  return runs;
}

std::string machine() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  std::string text = name.data();
  for (char& c : text) {
    if (c == '/') c = '-';
  }
  return text;
}

// Pids mean something within one of these only.
std::string pid_namespace() {
  std::array<char, 64> text{};
  const auto size =
      readlink("/proc/self/ns/pid", text.data(), text.size() - 1);
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

// "" = no such process.
std::string start_of(std::string_view pid) {
  pid_t number = 0;
  std::from_chars(pid.data(), pid.data() + pid.size(), number);
  const std::uint64_t ticks = started_at(number);
  return ticks == 0 ? "" : std::to_string(ticks);
}

}  // namespace

RunMark::RunMark(std::string run) : run_(std::move(run)) {
  const std::lock_guard lock(mutex);
  runs_of_this_process().insert(run_);
}

RunMark::~RunMark() {
  const std::lock_guard lock(mutex);
  auto& runs = runs_of_this_process();
  if (const auto mine = runs.find(run_); mine != runs.end()) runs.erase(mine);
}

std::string RunMark::process() {
  const std::string pid = std::to_string(getpid());
  return fmt::format("{}/{}/{}/{}/{}", machine(), boot_id(), pid_namespace(),
                     pid, start_of(pid));
}

RunMark::Fate RunMark::fate(const std::string& run, std::string_view process) {
  const std::string own = process == "" ? "" : RunMark::process();
  if (process == own && !own.empty()) {
    const std::lock_guard lock(mutex);
    return runs_of_this_process().contains(run) ? Fate::living : Fate::gone;
  }
  const auto theirs = split(process, '/');
  const auto ours = split(own, '/');
  if (theirs.size() != 5 || ours.size() != 5) return Fate::elsewhere;
  if (theirs[0] != ours[0]) return Fate::elsewhere;
  if (theirs[1] != ours[1]) return Fate::gone;  // before a reboot
  if (theirs[2] != ours[2]) return Fate::elsewhere;
  return !theirs[4].empty() && start_of(theirs[3]) == theirs[4]
             ? Fate::living
             : Fate::gone;
}

}  // namespace rung
