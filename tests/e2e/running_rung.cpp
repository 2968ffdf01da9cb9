#include "tests/e2e/running_rung.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/fakes/text_of.hpp"

namespace rung::e2e {
namespace {

using fakes::text_of;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

RunningRung::RunningRung(const std::vector<std::string>& arguments,
                         const std::filesystem::path& cwd,
                         const std::map<std::string, std::string>& more_env) {
  std::vector<std::string> words = {RUNG_BINARY}, settings;
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (more_env.count(text.substr(0, text.find('='))) == 0) {
      settings.push_back(text);
    }
  }
  for (const auto& [name, value] : more_env) {
    settings.push_back(name + "=" + value);
  }
  // A second for each healthy probe, where settling is not the subject.
  if (more_env.count("RUNG_SETTLE") == 0) settings.push_back("RUNG_SETTLE=0s");
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addchdir_np(&files, cwd.c_str());
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(
      &files, 1, (output_.path() / "out").c_str(), kWrite, 0600);
  posix_spawn_file_actions_addopen(
      &files, 2, (output_.path() / "talk").c_str(), kWrite, 0600);
  // A shell's background job ignores SIGINT, and so would all it starts.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGINT);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error =
      posix_spawn(&pid_, RUNG_BINARY, &files, &attributes,
                  pointers(words).data(), pointers(settings).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  REQUIRE(error == 0);
  handle_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  REQUIRE(handle_ >= 0);
}

RunningRung::~RunningRung() {
  if (!reaped_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(handle_);
}

bool RunningRung::ended_within(std::chrono::microseconds at_most) const {
  const auto ns = std::chrono::nanoseconds(at_most).count();
  const timespec limit{.tv_sec = ns / 1'000'000'000,
                       .tv_nsec = ns % 1'000'000'000};
  pollfd waiting{.fd = handle_, .events = POLLIN, .revents = 0};
  return ppoll(&waiting, 1, &limit, nullptr) > 0;
}

void RunningRung::signal(int number) const {
  REQUIRE_FALSE(reaped_);  // the number may be another's by now
  kill(pid_, number);
}

Result RunningRung::result() {
  INFO(log());
  REQUIRE(ended_within(std::chrono::minutes(5)));
  int status = 0;
  REQUIRE(waitpid(pid_, &status, 0) == pid_);
  reaped_ = true;
  Result result;
  result.exit =
      WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.out = text_of(output_.path() / "out");
  result.log = log();
  return result;
}

std::string RunningRung::log() const {
  return text_of(output_.path() / "out") + text_of(output_.path() / "talk");
}

}  // namespace rung::e2e
