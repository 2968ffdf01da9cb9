#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace rung {

/// Takes the Docker Engine's log stream apart: frames of an 8-byte header
/// [stream,0,0,0,size big-endian] and `size` bytes, in pieces cut anywhere.
/// With a TTY there are no frames and the bytes are passed on.
class LogFrames {
 public:
  using Take = std::function<void(int stream, std::string_view text)>;
  LogFrames(bool tty, Take take) : tty_(tty), take_(std::move(take)) {}
  /// `stream` is 1 (stdout) or 2 (stderr). Bytes that cannot be a frame make
  /// the rest plain text: lost words are worse than an odd one.
  void feed(std::string_view bytes);

 private:
  bool tty_;
  Take take_;
  std::string header_;
  int stream_ = 1;
  std::size_t left_ = 0;  ///< of the frame begun
};

/// The end of a growing text, from the beginning of a line.
class LogTail {
 public:
  explicit LogTail(std::size_t most = 1 << 20) : most_(most) {}
  void add(std::string_view text);
  [[nodiscard]] std::string text() const;

 private:
  std::size_t most_;
  std::string text_;
  bool cut_ = false;
};

}  // namespace rung
