#include "core/report/html_logs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/report/foreign_text.hpp"
#include "core/report/html_pictures.hpp"
#include "core/text/printable.hpp"
#include "core/text/split.hpp"

namespace rung {
namespace {

constexpr std::size_t kLongestPageLog = 200'000;
constexpr std::size_t kNone = std::string::npos;

std::vector<std::string> shown_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (const auto line : lines_of(text)) lines.push_back(printable(line));
  return lines;
}

/// The last line that has this text: there it all ends.
std::size_t line_with(const std::vector<std::string>& lines,
                      const std::string& text) {
  constexpr std::size_t kShortest = 4;
  // A failure quotes a line's beginning.
  const std::string quoted = printable(text).substr(0, 100);
  if (quoted.size() < kShortest) return kNone;
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (lines[i].find(quoted) != std::string::npos) return i;
  }
  return kNone;
}

/// The last line of the output, if the failure ends with it: what a command
/// said of itself.
std::size_t last_line(const std::vector<std::string>& lines,
                      const std::string& message) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (lines[i].find_first_not_of(' ') == std::string::npos) continue;
    const std::string_view line = lines[i];
    // A long message has lost its beginning.
    constexpr std::size_t kQuoted = 100;
    const std::string_view end =
        line.substr(line.size() - std::min(line.size(), kQuoted));
    return printable(message).ends_with(end) ? i : kNone;
  }
  return kNone;
}

}  // namespace

std::string html_log(const PostedLog& log) {
  // What matters of a log stands at its end.
  std::size_t from =
      log.text.size() > kLongestPageLog ? log.text.size() - kLongestPageLog : 0;
  if (from > 0) from = std::min(log.text.find('\n', from), log.text.size() - 1);
  const auto lines = shown_lines(std::string_view(log.text).substr(from));
  std::size_t cause = line_with(lines, log.likely);
  if (cause == kNone) cause = line_with(lines, log.evidence);
  const std::size_t last = last_line(lines, log.message);
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = xml_text(lines[i]);
    text += i == cause  ? "<mark>\u25b6 " + line + "</mark>\n"
            : i == last ? "<mark>\u25a0 " + line + "</mark>\n"
                        : line + "\n";
  }
  std::string out = fmt::format("<details>\n<summary>{}</summary>\n",
                                log.name.empty() ? "log" : html_part(log.name));
  if (from > 0) {
    out += fmt::format("<p>The first {} bytes are left out.</p>\n", from);
  }
  if (cause != kNone) out += "<p>\u25b6 marks the likely cause.</p>\n";
  if (last != kNone && last != cause) {
    out += "<p>\u25a0 marks the last line that it said.</p>\n";
  }
  return out + "<pre>" + text + "</pre>\n</details>\n";
}

}  // namespace rung
