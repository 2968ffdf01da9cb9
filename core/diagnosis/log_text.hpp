#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// One line of a log. Views into LogText's own copy.
struct LogLine {
  std::string_view whole;   ///< without colour codes and control characters
  std::string_view prefix;  ///< timestamp, "remote:", "app[web.1]:", ...
  std::string_view text;    ///< the rest, blanks trimmed on both sides
};

/// A parsed log, oldest line first (it reverses a log that lists the newest
/// line first). Records of logging libraries and platforms are replaced by the
/// messages in them. Log text is untrusted data: any bytes, any length.
class LogText {
 public:
  explicit LogText(std::string_view log);
  LogText(const LogText&) = delete;
  LogText& operator=(const LogText&) = delete;

  [[nodiscard]] const std::vector<LogLine>& lines() const { return lines_; }

 private:
  void add_line(std::string_view whole);
  void add_carried(std::string_view prefix, std::string message,
                   std::string time);

  std::string clean_;
  std::deque<std::string> unwrapped_;  ///< what some lines view
  std::vector<LogLine> lines_;
};

/// The time in a line's prefix, in seconds from some day. Use it only to
/// compare lines of one log.
std::optional<double> log_time(std::string_view prefix);

}  // namespace rung
