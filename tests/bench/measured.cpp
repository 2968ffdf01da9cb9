#include "tests/bench/measured.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace rung::bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

std::string value_in(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto at = line.find_first_not_of(": \t", line.find(':'));
    return at == line.npos ? "" : line.substr(at);
  }
  return "unknown";
}

}  // namespace

Measured measured(const std::vector<std::string>& argv,
                  const std::filesystem::path& cwd) {
  // What outlives its parent becomes ours: nobody's time is lost.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    throw std::runtime_error("prctl: cannot become a subreaper");
  }
  std::vector<char*> words;
  for (const std::string& word : argv) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  // A file, not a pipe: reading must not wake us while the command works.
  FILE* out = std::tmpfile();
  if (out == nullptr) throw std::runtime_error("cannot make a file");

  const auto begun = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid == 0) {
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(fileno(out), 1);
    dup2(null, 2);
    if (chdir(cwd.c_str()) == 0) execvp(words.front(), words.data());
    _exit(127);
  }
  if (pid < 0) throw std::runtime_error("fork failed");

  Measured result;
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t ended = wait4(-1, &status, 0, &usage);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) break;
    if (ended == pid) {
      result.seconds = std::chrono::duration<double>(
                           std::chrono::steady_clock::now() - begun)
                           .count();
      result.exit =
          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    result.cpu += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    result.peak_mb =
        std::max(result.peak_mb, static_cast<double>(usage.ru_maxrss) / 1024);
  }
  std::rewind(out);
  for (int c; (c = std::fgetc(out)) != EOF;) {
    result.out += static_cast<char>(c);
  }
  std::fclose(out);
  if (result.exit == 127) {
    throw std::runtime_error("cannot run " + argv.front());
  }
  return result;
}

double median(std::vector<double> numbers) {
  if (numbers.empty()) throw std::runtime_error("a median of nothing");
  const auto middle =
      numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

std::string machine() {
  utsname system{};
  uname(&system);
  std::string load;
  std::getline(std::ifstream("/proc/loadavg"), load, '/');
  load.erase(load.rfind(' '));
  return fmt::format("{} cores, {}, {} memory, Linux {}, load {}",
                     std::thread::hardware_concurrency(),
                     value_in("/proc/cpuinfo", "model name"),
                     value_in("/proc/meminfo", "MemTotal"), system.release,
                     load);
}

}  // namespace rung::bench
