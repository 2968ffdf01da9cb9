#include "adapters/process/detached.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "adapters/process/session_spawn.hpp"
#include "adapters/process/spec.hpp"

namespace rung {
namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> array;
  array.reserve(strings.size() + 1);
  for (std::string& string : strings) array.push_back(string.data());
  array.push_back(nullptr);
  return array;
}

/// What the process in the middle says of its child.
struct Result {
  pid_t pid = 0;
  int error = 0;
  bool in_cwd = false;
};

}  // namespace

pid_t start_detached(const ProcessSpec& spec) {
  validate(spec);
  const std::string cwd = absolute_path(spec.cwd);
  std::vector<std::string> arguments = spec.argv, pairs;
  for (const auto& [name, value] : spec.env) {
    pairs.emplace_back(name).append("=").append(value);
  }
  std::vector<char*> argv = pointers(arguments);
  std::vector<char*> env = pointers(pairs);
  const int null =
      check_errno(open("/dev/null", O_RDWR | O_CLOEXEC), spec, "/dev/null");
  const int log = spec.log_file.empty() ? null : open_log(spec);

  SessionSpawn spawn(null, log, log);

  std::array<int, 2> answer{};
  Result result;
  result.error = pipe2(answer.data(), O_CLOEXEC) == 0 ? 0 : errno;
  if (result.error == 0) {
    // A child of a child that ends at once: whoever is pid 1 inherits it and
    // takes leave of it, so no zombie of it is left for rung. Between fork
    // and _exit only what is safe with threads: all memory is prepared.
    const pid_t middle = fork();
    if (middle == 0) {
      result.in_cwd = chdir(cwd.c_str()) != 0;
      environ = env.data();  // its PATH is searched, not ours
      result.error = result.in_cwd
                         ? errno
                         : posix_spawnp(&result.pid, argv[0], spawn.files(),
                                        spawn.how(), argv.data(), env.data());
      [[maybe_unused]] const auto n = write(answer[1], &result, sizeof result);
      _exit(0);
    }
    if (middle < 0) result.error = errno;
    close(answer[1]);
    if (middle > 0) {
      if (read(answer[0], &result, sizeof result) != sizeof result) {
        result.error = ECHILD;
      }
      while (waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    close(answer[0]);
  }
  if (log != null) close(log);
  close(null);
  if (result.error != 0) {
    throw_cannot_execute(spec, result.error, result.in_cwd);
  }
  return result.pid;
}

}  // namespace rung
