#include "tests/bench/storm_world.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/fakes/text_of.hpp"

namespace fs = std::filesystem;

namespace rung::bench {
namespace {

using fakes::text_of;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

Member::Kind kind_of(const fs::path& process) {
  const std::string name = text_of(process / "comm");
  if (name == "launcher\n") return Member::Kind::launcher;
  if (name == "keeper\n") return Member::Kind::keeper;
  if (name != "rung\n") return Member::Kind::trial;
  const std::string words = text_of(process / "cmdline");
  return words.find(std::string("\0supervise", 10)) != std::string::npos
             ? Member::Kind::supervisor
             : Member::Kind::rung;
}

}  // namespace

std::vector<Member> members(const fs::path& folder, const std::string& mark) {
  const std::string wanted = "RUNG_STORM=" + mark + '\0';
  std::vector<Member> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code error;
    const std::string cwd = fs::read_symlink(entry.path() / "cwd", error);
    if (error) continue;
    if (cwd.rfind(folder.string() + '/', 0) != 0 && cwd != folder &&
        text_of(entry.path() / "environ").find(wanted) == std::string::npos) {
      continue;
    }
    found.push_back({std::stoi(name), kind_of(entry.path())});
  }
  return found;
}

nlohmann::json Ended::json() const {
  return nlohmann::json::parse(out, nullptr, false);
}

Running::Running(const std::vector<std::string>& arguments,
                 const fs::path& folder, const std::string& mark)
    : folder_(folder) {
  std::vector<std::string> words = {RUNG_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> env = {
      "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "RUNG_SETTLE=0s",
      "HOME=" + (folder / "home").string(), "RUNG_STORM=" + mark,
      "XDG_CACHE_HOME=" + (folder / "cache").string()};
  for (const char* output : {"out", "talk"}) fs::remove(folder / output);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&files, 1, "out", kWrite, 0600);
  posix_spawn_file_actions_addopen(&files, 2, "talk", kWrite, 0600);
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  posix_spawnattr_setpgroup(&how, 0);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawn(&pid_, RUNG_BINARY, &files, &how,
                                pointers(words).data(), pointers(env).data());
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) handle_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (handle_ < 0) throw std::runtime_error("cannot start " RUNG_BINARY);
}

Running::~Running() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(handle_);
}

bool Running::ended_within(std::chrono::microseconds at_most) const {
  const auto us = at_most.count();
  const timespec limit{.tv_sec = us / 1'000'000,
                       .tv_nsec = us % 1'000'000 * 1000};
  pollfd waiting{.fd = handle_, .events = POLLIN, .revents = 0};
  return ppoll(&waiting, 1, &limit, nullptr) > 0;
}

Ended Running::end(std::chrono::seconds deadline) {
  const bool hung = !ended_within(deadline);
  if (hung) kill(pid_, SIGKILL);
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  Ended ended;
  ended.exit = hung                  ? -1
               : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                     : WEXITSTATUS(status);
  ended.out = text_of(folder_ / "out");
  ended.talk = text_of(folder_ / "talk");
  return ended;
}

App::App(const fs::path& folder) : repository_(folder) {
  const std::string rules =
      "sleep 3\nport PORT\nif-set BREAK: die 1 Error: BREAK is not supported\n";
  for (int i = 0; i <= 12; ++i) {
    std::map<std::string, std::string> files = {{"number", std::to_string(i)}};
    if (i == 0) files["behaviour"] = rules;
    if (i == 9) files["behaviour"] = "sleep 3\ndie 1 Error: no such module: nine\n";
    repository_.commit_files(files);
    commits_.push_back(repository_.head());
  }
  repository_.check_out();
}

Scenario::Scenario(Kind kind, const App& app, fs::path folder,
                   std::uint16_t port)
    : kind_(kind), app_(app), folder_(std::move(folder)), port_(port) {}

const char* name_of(Scenario::Kind kind) {
  switch (kind) {
    case Scenario::Kind::commits: return "bisect of commits";
    case Scenario::Kind::variables: return "bisect of variables";
    case Scenario::Kind::predicate: return "bisect by command";
    case Scenario::Kind::up: return "climb to the top";
    case Scenario::Kind::broken: return "climb that breaks";
    case Scenario::Kind::fixed_port: return "climb on one port";
  }
  return "";
}

void Scenario::write_plan(const std::string& third) const {
  std::ofstream out(plan());
  out << "rung: 1\nname: ladder\ntrials: trials\nsource: {repo: "
      << app_.root().string() << ", commit: " << app_.commit(0)
      << "}\nruntime: other\nstart: exec " RUNG_TEST_SERVICE
      << "\ntargets:\n  local: {adapter: local, inject_port: true, port: "
      << (kind_ == Kind::fixed_port ? std::to_string(port_) : "auto")
      << "}\ngates: [{http: /health, status: 200, deadline: 10s, "
         "interval: 5ms}]\n";
  if (kind_ != Kind::fixed_port) {
    std::ofstream(folder_ / "behaviour") << "port PORT\n";
    out << "services:\n  store:\n    start: exec " RUNG_TEST_SERVICE
           "\n    ready: {tcp: \"127.0.0.1:$PORT\", interval: 5ms}\n";
  }
  out << "phases:\n  - name: bare\n  - name: settled\n    env: {MODE: on}\n"
      << "  - name: full\n    env: {A: 1, B: 2, C: 3" << third << "}\n";
}

void Scenario::prepare(const std::string& mark) const {
  for (const char* made : {"home", "cache", "state"}) {
    fs::create_directories(folder_ / made);
  }
  std::ofstream(folder_ / "good.env") << "A=1\nB=2\nC=3\nE=5\n";
  std::ofstream(folder_ / "bad.env") << "A=2\nB=3\nC=4\nBREAK=1\nD=4\n";
  if (!serves()) return;
  write_plan("");
  if (kind_ == Kind::fixed_port) {
    const Ended top =
        Running(command(), folder_, mark).end(std::chrono::seconds(60));
    if (top.exit != 0) throw std::runtime_error("cannot serve: " + top.talk);
  }
  if (kind_ != Kind::up) write_plan(", D: 5, BREAK: 4");
}

std::vector<std::string> Scenario::command() const {
  if (serves()) return {"climb", plan(), "--json"};
  std::vector<std::string> words = {
      "bisect", "--source", app_.root(), "--state", folder_ / "state",
      "--json"};
  const auto add = [&](std::vector<std::string> more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (kind_ == Kind::variables) {
    add({"--good", app_.commit(0), "--bad", app_.commit(0), "--good-env",
         folder_ / "good.env", "--bad-env", folder_ / "bad.env"});
  } else {
    add({"--good", app_.commit(0), "--bad", app_.commit(12)});
  }
  if (kind_ == Kind::predicate) {
    add({"--command", "sleep 0.01; test $(cat number) -lt 9"});
  } else {
    add({"--start", "exec " RUNG_TEST_SERVICE, "--gate",
         "http /health status=200 interval=5ms deadline=10s"});
  }
  return words;
}

bool Scenario::right(const Ended& ended) const {
  const nlohmann::json said = ended.json();
  if (!said.is_object()) return false;
  if (kind_ == Kind::up) {
    return ended.exit == 0 && said.value("outcome", "") == "healthy";
  }
  if (ended.exit != 1 || !said.contains("culprits") ||
      said["culprits"].size() != 1 || said["culprits"][0].size() != 1) {
    return false;
  }
  const nlohmann::json& culprit = said["culprits"][0][0];
  if (serves() && said.value("restored", false) == false) return false;
  return serves() || kind_ == Kind::variables
             ? culprit.value("name", "") == "BREAK"
             : culprit.value("id", "") == app_.commit(9);
}

}  // namespace rung::bench
