#include "adapters/local/redacted_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"

namespace rung {
namespace {

int opened(int fd, const std::filesystem::path& file) {
  if (fd >= 0) return fd;
  throw AbortError(fmt::format("opening {}: {}", file.string(),
                               std::generic_category().message(errno)));
}

int open_to_append(const std::filesystem::path& file) {
  return open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

}  // namespace

RedactedLog::RedactedLog(std::filesystem::path file, Redactor redact,
                         std::size_t most)
    : path_(std::move(file)),
      redact_(std::move(redact)),
      most_(most),
      file_(opened(open_to_append(path_), path_)) {
  std::array<int, 2> ends{};
  opened(pipe2(ends.data(), O_CLOEXEC), path_);
  out_.reset(ends[0]);
  in_.reset(ends[1]);
  fcntl(out_.get(), F_SETFL, O_NONBLOCK);
  stop_.reset(opened(eventfd(0, EFD_CLOEXEC), path_));
  copier_ = std::thread([this] { copy(); });
}

RedactedLog::~RedactedLog() {
  eventfd_write(stop_.get(), 1);
  copier_.join();
}

std::filesystem::path RedactedLog::entry() const {
  return fmt::format("/proc/{}/fd/{}", getpid(), in_.get());
}

void RedactedLog::copy() {
  // A line is redacted as a whole, unless its writer leaves it unfinished.
  constexpr int kUnfinishedMs = 200;
  constexpr std::size_t kLongest = 1 << 16;
  std::array<char, 1 << 16> block{};
  for (bool stopping = false;;) {
    const ssize_t n = read(out_.get(), block.data(), block.size());
    if (n > 0) {
      pending_.append(block.data(), static_cast<std::size_t>(n));
      put(pending_.size() > kLongest);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (stopping) break;
    std::array<pollfd, 2> waits{{{out_.get(), POLLIN, 0},
                                 {stop_.get(), POLLIN, 0}}};
    const int ready =
        poll(waits.data(), waits.size(), pending_.empty() ? -1 : kUnfinishedMs);
    if (ready == 0) put(true);
    // What is in the pipe is read first.
    stopping = ready > 0 && waits[1].revents != 0;
  }
  put(true);
}

void RedactedLog::begin_anew_if_needed() {
  struct stat status {};
  const bool there = stat(path_.c_str(), &status) == 0;
  if (there && static_cast<std::size_t>(status.st_size) < most_) return;
  if (there) {
    std::error_code error;
    std::filesystem::rename(path_, path_.string() + ".1", error);
    if (error) return;
  }
  // Where that fails, the one from before is written on.
  if (const int file = open_to_append(path_); file >= 0) file_.reset(file);
}

void RedactedLog::put(bool all) {
  const std::size_t size = all ? pending_.size() : pending_.rfind('\n') + 1;
  if (size == 0) return;
  const std::string text = redact_(pending_.substr(0, size));
  pending_.erase(0, size);
  begin_anew_if_needed();
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n =
        write(file_.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // a full disk does not stop what serves
    done += static_cast<std::size_t>(n);
  }
}

}  // namespace rung
