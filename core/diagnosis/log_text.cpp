#include "core/diagnosis/log_text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

#include "core/diagnosis/carrier.hpp"

namespace rung {
namespace {

constexpr std::size_t kLongestLine = 16 * 1024;  ///< rules see no further

/// Colour codes, window titles and control characters go; a carriage return
/// inside a line (a progress bar) begins a new one.
std::string cleaned(std::string_view log) {
  std::string out;
  out.reserve(log.size());
  for (std::size_t i = 0; i < log.size(); ++i) {
    const auto c = static_cast<unsigned char>(log[i]);
    if (c == 0x1b && i + 1 < log.size() && log[i + 1] == '[') {
      i += 2;
      while (i < log.size() && (log[i] < 0x40 || log[i] > 0x7e) &&
             log[i] != '\n') {
        ++i;
      }
      if (i < log.size() && log[i] == '\n') out += '\n';
    } else if (c == 0x1b && i + 1 < log.size() && log[i + 1] == ']') {
      while (i < log.size() && log[i] != '\a' && log[i] != '\n') ++i;
      if (i < log.size() && log[i] == '\n') out += '\n';
    } else if (c == '\r') {
      if (i + 1 >= log.size() || log[i + 1] != '\n') out += '\n';
    } else if (c == '\n' || c >= 0x20) {
      if (c != 0x7f) out += log[i];
    } else if (c == '\t') {
      out += ' ';
    }
  }
  return out;
}

/// What tools put before the lines of others. Anchored and possessive enough
/// for a DFA; no captures.
const RE2& prefix_pattern() {
  static const auto pattern = [] {
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    auto compiled = std::make_unique<RE2>(
        // Any number of these, in any order:
        R"((?:[ \t]+)"
        R"(|//[ \t])"
        R"(|remote: ?)"
        // 2026-01-02T03:04:05.678Z, [2026-01-02 03:04:05 +0000], 03:04:05.6
        R"(|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|UTC| ?[+-]\d\d:?\d\d)?\]?[ :|]?)"
        R"(|\[?\d\d?:\d\d:\d\d(?:[.,]\d+)?(?: ?[AP]M)?\]?:?(?: |$))"
        // Coolify: 2026-Jan-02 03:04:05.678901
        R"(|\[?\d{4}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\]? ?)"
        // syslog and journald: May 04 02:18:35 host name[12]:
        R"(|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d+ \d\d:\d\d:\d\d(?:\.\d+)? (?:[\w.-]+ [\w./@-]+(?:\[\d+\])?: )?(?:(?:AM|PM) )?)"
        // Heroku and Fly: app[web.1]: / app[6e82...] lhr [info]
        R"(|(?:app|heroku|runner|proxy|health|machine)\[[^\]]*\](?: [a-z]{3} ?\[\w+\]|:) ?)"
        R"(|(?:heroku|app)/[\w.-]+: +)"
        // CRI: 2026-01-02T03:04:05.678Z stderr F message
        R"(|(?:stdout|stderr) [FP] )"
        // kubectl logs --prefix, stern: [pod/web-7d4f/app], web-5d4f8b-x2x4z
        // app
        R"(|\[pod/[\w./-]+\] )"
        R"(|[a-z0-9][a-z0-9-]*-[a-f0-9]{6,10}-[a-z0-9]{5} [a-z0-9][a-z0-9-]* (?:[|>] )?)"
        // journalctl -o short-iso: 2026-01-02T03:04:05+0000 host unit[12]:
        R"(|[\w.-]+ [\w./@-]+\[\d+\]: )"
        // Google's console, Azure App Service: DEFAULT 2026-..., ERROR - text
        R"(|(?:DEFAULT|DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL) \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z? )"
        R"(|(?:VERBOSE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL) +- )"
        // DigitalOcean: [web] [2026-01-02 03:04:05] text, boxes in a build
        R"(|\[[a-z][\w.-]*\] \[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] )"
        "|\xe2\x94\x82 *"
        // docker-compose: "web-1  | ", swarm: "web.1.x2k4@host | ", a table
        R"(|[A-Za-z0-9][\w.@-]*-?\d* +\| ?|\| )"
        // Cloud Foundry: [APP/PROC/WEB/0] OUT, capistrano: INFO [1f2e3d4c]
        R"(|\[(?:APP|STG|CELL|API|RTR|SSH|HEALTH|PROXY)(?:/[\w./-]+)?\] +(?:\[?(?:OUT|ERR)\]? *)?)"
        R"(|(?:DEBUG|INFO|WARN|ERROR) ?\[[0-9a-f]{8}\] +)"
        // Turborepo: "web:build: ", App Engine's plugin for Maven
        R"(|[@a-z][\w@./-]*:(?:build|compile|deploy|dev|start|lint|test|typecheck): )"
        R"(|\[(?:INFO|ERROR)\] GCLOUD: ?)"
        // klog: E0102 03:04:05.678901    7 file.go:12]
        R"(|[EF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.-]+:\d+\] )"
        // Errors of Spring Boot, Nest and Serilog behind the time
        R"(|(?:ERROR|FATAL) +\d+ --- \[[^\]]*\] (?:\[[^\]]*\] )?[\w.$\[\]/-]+ +: )"
        R"(|\[Nest\] \d+ +- \d+/\d+/\d+, \d+:\d\d:\d\d [AP]M +(?:(?:ERROR|FATAL) +)?\[\w+\] )"
        R"(|\[\d\d:\d\d:\d\d (?:ERR|FTL)\] )"
        // BuildKit: "#13 0.928 ", "0.928 "
        R"(|#\d+ (?:\d+\.\d+ )?)"
        R"(|\d+\.\d{1,4} )"
        R"(|Step #\d+(?: - "[^"]*")?: ?)"
        // kubectl describe: Warning  Failed  3s (x4 over 9s)  kubelet  Error
        R"(|(?:Normal|Warning) +[A-Z]\w+ +[\w<>]+(?: \(x\d+ over [\w<>]+\))? +[a-z][\w./-]*(?:, \S+)? +)"
        // kubectl get events, today's columns and those of old
        R"(|[\dhmsd]+ +(?:Normal|Warning) +[A-Z]\w+ +[a-z]+/\S+ +)"
        R"(|[\dhmsd]+ +[\dhmsd]+ +\d+ +\S+ +[A-Z]\w+ +(?:\S+ +)?(?:Normal|Warning) +[A-Z]\w+ +\S+(?:, \S+)? +)"
        // GitHub Actions
        R"(|##\[(?:error|group|warning|command)\])"
        R"(|\[(?:inf|err|info|error|stdout|stderr)\] )*)",
        options);
    assert(compiled->ok());
    return compiled;
  }();
  return *pattern;
}

/// Dashboards list the newest line first. Equal times say nothing, so a few
/// clear steps must point one way.
bool newest_first(const std::vector<LogLine>& lines) {
  int up = 0, down = 0;
  double before = -1;
  const auto count = std::min<std::size_t>(lines.size(), 400);
  for (std::size_t i = 0; i < count; ++i) {
    if (lines[i].prefix.size() < 8) continue;
    const auto now = log_time(lines[i].prefix);
    if (!now) continue;
    if (before >= 0 && *now > before) ++up;
    if (before >= 0 && *now < before) ++down;
    before = *now;
  }
  return down >= 3 && down > 4 * up;
}

LogLine split(std::string_view whole) {
  // A logger's level in front of an exception is one more prefix; elsewhere it
  // tells how serious a line is.
  static const RE2 level(
      R"(\[?(?:INFO|ERROR|CRITICAL|FATAL)\]?:? +((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?:[: ]|$)))",
      RE2::Quiet);
  re2::StringPiece rest(whole.data(), whole.size()), exception;
  RE2::Consume(&rest, prefix_pattern());
  re2::StringPiece behind = rest;
  if (RE2::Consume(&behind, level, &exception)) {
    rest.remove_prefix(
        static_cast<std::size_t>(exception.data() - rest.data()));
  }
  LogLine line{.whole = whole,
               .prefix = whole.substr(0, whole.size() - rest.size()),
               .text = whole.substr(whole.size() - rest.size())};
  while (!line.text.empty() && line.text.back() == ' ') {
    line.text.remove_suffix(1);
  }
  return line;
}

}  // namespace

LogText::LogText(std::string_view log) {
  const auto inner = log_in_json(log);
  clean_ = cleaned(inner ? *inner : log);
  const std::string_view all(clean_);
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::min(all.find('\n', begin), all.size());
    add_line(all.substr(begin, end - begin));
    begin = end + 1;
  }
  if (newest_first(lines_)) std::reverse(lines_.begin(), lines_.end());
}

void LogText::add_line(std::string_view whole) {
  // A record is read whole: cut short, it would be no JSON.
  const LogLine line = split(whole);
  if (auto record = carried(line.text)) {
    add_carried(line.prefix, std::move(record->message),
                std::move(record->time));
  } else {
    lines_.push_back(split(whole.substr(0, kLongestLine)));
  }
}

void LogText::add_carried(std::string_view prefix, std::string message,
                          std::string time) {
  const std::string_view all = unwrapped_.emplace_back(cleaned(message));
  if (!time.empty()) prefix = unwrapped_.emplace_back(std::move(time));
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::min(all.find('\n', begin), all.size());
    LogLine line =
        split(all.substr(begin, std::min(end - begin, kLongestLine)));
    if (line.prefix.empty()) line.prefix = prefix;
    lines_.push_back(line);
    begin = end + 1;
  }
}

std::optional<double> log_time(std::string_view prefix) {
  static const RE2 pattern(
      R"((?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d\d):(\d\d):(\d\d(?:\.\d+)?))",
      RE2::Quiet);
  int hour = 0, minute = 0;
  double second = 0;
  std::string year, month, day;
  if (!RE2::PartialMatch(re2::StringPiece(prefix.data(), prefix.size()),
                         pattern, &year, &month, &day, &hour, &minute,
                         &second)) {
    return std::nullopt;
  }
  double days = 0;
  if (!year.empty()) {
    days = (std::stoi(year) * 12.0 + std::stoi(month)) * 31.0 + std::stoi(day);
  }
  return days * 86400.0 + hour * 3600.0 + minute * 60.0 + second;
}

}  // namespace rung
