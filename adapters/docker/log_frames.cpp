#include "adapters/docker/log_frames.hpp"

#include <algorithm>

namespace rung {

// Source: Docker Engine API, "ContainerAttach", Stream format.
void LogFrames::feed(std::string_view bytes) {
  constexpr std::size_t kHeader = 8;
  while (!bytes.empty()) {
    if (tty_) {
      take_(1, bytes);
      return;
    }
    if (left_ > 0) {
      const auto part = bytes.substr(0, left_);
      take_(stream_, part);
      left_ -= part.size();
      bytes.remove_prefix(part.size());
      continue;
    }
    const auto part =
        bytes.substr(0, std::min(bytes.size(), kHeader - header_.size()));
    header_ += part;
    bytes.remove_prefix(part.size());
    if (header_.size() < kHeader) return;
    const auto byte = [this](std::size_t i) {
      return static_cast<unsigned char>(header_[i]);
    };
    if (byte(0) > 3 || byte(1) != 0 || byte(2) != 0 || byte(3) != 0) {
      tty_ = true;
      take_(1, header_);
      header_.clear();
      continue;
    }
    stream_ = byte(0);
    left_ = 0;
    for (std::size_t i = 4; i < kHeader; ++i) left_ = left_ << 8U | byte(i);
    header_.clear();
  }
}

void LogTail::add(std::string_view text) {
  text_ += text;
  // Cut now and then rather than at every line.
  if (text_.size() > 2 * most_) {
    text_.erase(0, text_.size() - most_);
    cut_ = true;
  }
}

std::string LogTail::text() const {
  const bool longer = text_.size() > most_;
  std::string text = longer ? text_.substr(text_.size() - most_) : text_;
  if (longer || cut_) {
    const auto end = text.find('\n');
    if (end != std::string::npos) text.erase(0, end + 1);
  }
  return text;
}

}  // namespace rung
