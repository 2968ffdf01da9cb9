#include "adapters/platform/living_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

fs::path lock_file(const fs::path& state, const std::string& run) {
  return state.string() + ".run-" + run;
}

}  // namespace

LivingRun::LivingRun(const fs::path& state, const std::string& run)
    : file_(lock_file(state, run)) {
  std::error_code ignored;
  fs::create_directories(file_.parent_path(), ignored);
  for (;;) {
    lock_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat now {};
    if (lock_ < 0 || ::flock(lock_, LOCK_SH) != 0 ||
        ::fstat(lock_, &now) != 0) {
      const int error = errno;
      if (lock_ >= 0) ::close(lock_);
      throw JournalError(fmt::format("locking {}: {}", file_.string(),
                                     std::strerror(error)));
    }
    if (now.st_nlink > 0) return;
    ::close(lock_);  // another worker has just taken it away
  }
}

LivingRun::~LivingRun() {
  // The last worker takes the file away; nobody takes up a run that is over.
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) ::unlink(file_.c_str());
  ::close(lock_);
}

bool lives(const fs::path& state, const std::string& run) {
  const int lock =
      ::open(lock_file(state, run).c_str(), O_RDWR | O_CLOEXEC);
  if (lock < 0) return false;
  const bool free = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
  ::close(lock);
  return !free;
}

}  // namespace rung
