#include "core/diagnosis/signature.hpp"

#include <cassert>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/text/byte_pattern.hpp"

namespace rung {
namespace {

constexpr std::size_t kLongest = 400;  ///< what follows is payload

struct Replacement {
  Replacement(const char* pattern, std::string replacement,
              const RE2::Options& options)
      : what(pattern, options), with(std::move(replacement)) {}
  RE2 what;
  std::string with;
};

/// In this order: what is longest and most particular first, so that a UUID is
/// not eaten as five numbers. What names the failure (module, variable, host,
/// a well-known port) must survive.
const std::vector<std::unique_ptr<Replacement>>& replacements() {
  static const auto list = [] {
    constexpr std::pair<const char*, const char*> kRules[] = {
        // Colours and other control sequences.
        {"\x1b\\[[0-9;?]*[A-Za-z]", ""},
        // 2026-01-02T03:04:05.678Z, 2026-01-02 03:04:05,678 +0000
        {R"(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)",
         "<time>"},
        {R"((?i)\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?(?:\d{1,2}[ /-])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ /-]\d{1,4}(?:,? \d{4})?[ :T]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?(?:Z|UTC|GMT|[+-]\d{4}))?)",
         "<time>"},
        {R"(\b\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\b)", "<time>"},
        {R"(\b\d{4}-\d\d-\d\d\b)", "<time>"},
        {R"((?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)",
         "<uuid>"},
        {R"((?i)\b(?:sha(?:1|256|512)[:-])[A-Za-z0-9+/=_-]{8,})", "<hash>"},
        {R"((?i)\b0x[0-9a-f]+\b)", "<address>"},
        // Work and temporary folders: their first varying part.
        {R"((/(?:private/)?(?:var/)?tmp|/dev/shm|/run/user/\d+)(?:/[^\s/'"`:;,()\[\]{}<>]*)?)",
         "<tmp>"},
        {R"((?:/[^\s/'"`:;,()\[\]{}<>]+)*/(?:\.rung|worktrees?|releases|builds?_[0-9a-f]+)/(?:[^\s/'"`:;,()\[\]{}<>]+))",
         "<work>"},
        // IPv6 in brackets, then bare with at least two groups, then IPv4.
        {R"((?i)\[[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:%\w+)?\])", "<ip>"},
        {R"((?i)(^|[\s('"=])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(\b))",
         "\\1<ip>\\2"},
        {R"((?i)(^|[\s('"=])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?([\s)'",:]|$))",
         "\\1<ip>\\2"},
        {R"(\b(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\b)",
         "<ip>"},
        // A port the kernel hands out (Linux: 32768-60999).
        {R"((:|port[ =:]+|port \(|, )(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d\d\d|[45]\d\d\d\d|60\d\d\d|6[1-4]\d\d\d|65[0-5]\d\d)\b)",
         "\\1<port>"},
        {R"((?i)\b(pid|(?:process|thread|worker)(?: id)?)([ =:#(\[]+(?:pid[ =:]+)?)\d+)",
         "\\1\\2<pid>"},
        {R"((^|[\s\]])\[\d+\](\s|$))", "\\1[<pid>]\\2"},
        {R"(\b([A-Za-z_.-]+)\[\d+\])", "\\1[<pid>]"},
        // Durations and sizes.
        {R"((?i)\b\d+(?:\.\d+)? ?(?:ns|us|\x{b5}s|ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?)\b(?:\d+(?:\.\d+)?s\b)?)",
         "<duration>"},
        {R"((?i)\b\d+(?:\.\d+)? ?(?:[kmgt]i?b|bytes)\b)", "<size>"},
        // Where in a file: the statement moves with every edit above it.
        {R"((?i)\b(line|lines|col|column|char|position|offset) \d+)",
         "\\1 <n>"},
        {R"((\.[A-Za-z]{1,5})(?::\d+){1,2}\b)", "\\1:<n>"},
        {R"((\.[A-Za-z]{1,5})\(\d+(?:,\d+)?\))", "\\1(<n>)"},
        {R"((?i)\b((?:attempt|try|retry|retries|retrying|instance|request|restart|job|run|build|revision)[ #:(]*)\d+(?: ?(?:/|of) ?\d+)?)",
         "\\1<n>"},
        // Long numbers; hexadecimal ones are without_hex()'s.
        {R"(\b\d{6,}\b)", "<id>"},
        // Bulky quoted payloads.
        {R"("[^"]{80,}")", "\"<text>\""},
        {R"('[^']{80,}')", "'<text>'"},
        {R"(`[^`]{80,}`)", "`<text>`"},
        {R"(\b[A-Za-z0-9+/_-]{60,}={0,2})", "<text>"},
        {R"([\x00-\x20\x7f]+)", " "},
    };
    std::vector<std::unique_ptr<Replacement>> compiled;
    for (const auto& [what, with] : kRules) {
      compiled.push_back(
          std::make_unique<Replacement>(what, with, byte_options()));
      assert(compiled.back()->what.ok());
    }
    return compiled;
  }();
  return list;
}

/// Commits, container ids, hashes: hexadecimal words of seven characters or
/// more that hold a digit and a letter (RE2 cannot say "both").
std::string without_hex(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_';
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const auto word = text.substr(at, end - at);
    const bool is_id = word.size() >= 7 &&
                       word.find_first_not_of(kHex) == word.npos &&
                       word.find_first_of("0123456789") != word.npos &&
                       word.find_first_not_of("0123456789") != word.npos;
    if (is_id) {
      out += "<id>";
    } else {
      out += word;
    }
    at = end;
  }
  return out;
}

/// The same with <port> for this number, where it stands alone.
std::string without_port(std::string_view text, std::uint16_t port) {
  const std::string number = std::to_string(port);
  const auto is_digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  std::string out;
  std::size_t from = 0;
  for (auto at = text.find(number); at != text.npos;
       at = text.find(number, at + 1)) {
    const std::size_t end = at + number.size();
    if (is_digit(end) || (at > 0 && is_digit(at - 1))) continue;
    out.append(text.substr(from, at - from)).append("<port>");
    from = end;
  }
  return out.append(text.substr(from));
}

/// The port that the kernel chose for a service which asked for any: another
/// one each time. Source: ip(7), ip_local_port_range.
std::optional<std::uint16_t> random_port(const Failure& failure) {
  constexpr std::uint16_t kFirst = 32768, kLast = 60999;
  if (failure.cause != "wrong-port") return std::nullopt;
  std::uint16_t port = 0;
  const char* const end = failure.evidence.data() + failure.evidence.size();
  const auto [at, error] = std::from_chars(failure.evidence.data(), end, port);
  if (error != std::errc() || at != end || port < kFirst || port > kLast) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

std::string signature(Stage stage, std::string_view cause,
                      std::string_view message) {
  // A bound on work: nothing that tells failures apart is this far out.
  std::string text(message.substr(0, 64 * 1024));
  for (const auto& rule : replacements()) {
    RE2::GlobalReplace(&text, rule->what, rule->with);
  }
  text = without_hex(text);
  const auto first = text.find_first_not_of(' ');
  text.erase(0, first == std::string::npos ? text.size() : first);
  if (text.size() > kLongest) text.resize(kLongest);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  std::string result(to_string(stage));
  result.append("/").append(cause).append("/").append(text);
  return result;
}

std::string signature(const Failure& failure) {
  constexpr std::size_t kSeen = 200;  ///< what is further out may be cut off
  std::string text = failure.likely.empty() ? failure.message : failure.likely;
  if (!failure.evidence.empty() &&
      std::string_view(text).substr(0, kSeen).find(failure.evidence) ==
          std::string_view::npos) {
    text = failure.evidence + " " + text;
  }
  if (failure.port != 0) text = without_port(text, failure.port);
  if (const auto random = random_port(failure)) {
    text = without_port(text, *random);
  }
  return signature(failure.stage, failure.cause, text);
}

}  // namespace rung
