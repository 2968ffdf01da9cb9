#include "adapters/process/spec.hpp"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

namespace rung {

void validate(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    throw PlatformError("cannot run: the command is empty");
  }
  const auto has_nul = [](const std::string& text) {
    return text.find('\0') != std::string::npos;
  };
  for (const std::string& argument : spec.argv) {
    if (has_nul(argument)) {
      throw PlatformError("cannot run a command with a NUL byte in it");
    }
  }
  for (const auto& [name, value] : spec.env) {
    if (name.empty() || has_nul(name) || name.find('=') != std::string::npos) {
      throw PlatformError("cannot run " + spec.argv.front() +
                          ": an environment variable's name is empty or holds "
                          "\"=\" or a NUL byte");
    }
    if (has_nul(value)) {
      throw PlatformError("cannot run " + spec.argv.front() +
                          ": the value of " + name + " holds a NUL byte");
    }
  }
}

int check_errno(int result, const ProcessSpec& spec, const std::string& doing) {
  if (result >= 0) return result;
  throw PlatformError("cannot run " + spec.argv.front() + ": " + doing + ": " +
                      std::generic_category().message(errno));
}

int open_log(const ProcessSpec& spec) {
  return check_errno(open(spec.log_file.c_str(),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                     spec, spec.log_file.string());
}

std::string absolute_path(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

[[noreturn]] void throw_cannot_execute(const ProcessSpec& spec, int error,
                                       bool in_cwd) {
  throw CannotExecute("cannot run " + spec.argv.front() + " in " +
                          absolute_path(spec.cwd) + ": " +
                          (in_cwd ? "the directory: " : "") +
                          std::generic_category().message(error),
                      error);
}

}  // namespace rung
