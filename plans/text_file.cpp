#include "plans/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"

namespace rung {
namespace {

class OpenFile {
 public:
  /// Does not wait for the other end of a pipe, which nobody may ever open.
  explicit OpenFile(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

  /// 0 = the end; negative = errno says why not.
  ssize_t read(char* to, std::size_t size) {
    for (;;) {
      const ssize_t count = ::read(fd_, to, size);
      if (count < 0 && errno == EAGAIN) {
        is_ready(-1);
      } else if (count >= 0 || errno != EINTR) {
        return count;
      }
    }
  }
  /// Waits for what can be read; a negative time is endless.
  bool is_ready(int at_most_ms) {
    pollfd waiting = {fd_, POLLIN, 0};
    return ::poll(&waiting, 1, at_most_ms) > 0;
  }

 private:
  int fd_;
};

}  // namespace

std::string read_text_file(const std::filesystem::path& file,
                           std::size_t at_most) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    throw PlanError(fmt::format("{}: there is no such file", file.string()));
  }
  if (std::filesystem::is_directory(status)) {
    throw PlanError(fmt::format("{}: a folder, not a file; name a file in it", file.string()));
  }
  OpenFile in(file);
  const auto cannot = [&] {
    return PlanError(fmt::format("{}: cannot be read: {}", file.string(),
                                 std::strerror(errno)));
  };
  if (!in.is_open()) throw cannot();
  // Read in pieces: what is named may be a device or pipe with no size.
  std::string text;
  char piece[65536];
  const bool is_pipe = std::filesystem::is_fifo(status);
  bool has_writer = !is_pipe;  // has, or had
  bool waited = false;
  for (;;) {
    const ssize_t count = in.read(piece, sizeof piece);
    if (count < 0) throw cannot();
    if (count == 0) {
      if (has_writer) return text;
      constexpr int kWriterMs = 2000;
      if (waited) {
        throw PlanError(
            fmt::format("{}: a pipe that nobody writes to", file.string()));
      }
      waited = true;
      has_writer = in.is_ready(kWriterMs);
      continue;
    }
    has_writer = true;
    text.append(piece, static_cast<std::size_t>(count));
    if (text.size() > at_most) {
      throw PlanError(
          fmt::format("{}: larger than {} KiB, which is not "
                      "expected of such a file",
                      file.string(), at_most / 1024));
    }
  }
}

}  // namespace rung
