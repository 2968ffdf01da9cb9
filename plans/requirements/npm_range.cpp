#include "plans/requirements/npm_range.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/text/split.hpp"

// Source: the README of node-semver, "Ranges" and "Advanced Range Syntax".
namespace rung {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

std::string_view without_spaces(std::string_view text) {
  const auto from = text.find_first_not_of(kSpaces);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(kSpaces) + 1 - from);
}

struct Version {
  std::array<std::uint64_t, 3> numbers{};
  std::vector<std::string> before;  ///< of "-rc.1": rc, 1
  bool made = false;  ///< an end that no range spells out
  int parts = 0;  ///< how many numbers are written: 1.x has one
};

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

/// "1.2.3-rc.1+build", and with `partly` "1", "1.x", "*", "".
std::optional<Version> version_of(std::string_view text, bool partly) {
  text = without_spaces(text);
  while (!text.empty() && (text[0] == 'v' || text[0] == '=')) {
    text = without_spaces(text.substr(1));
  }
  text = text.substr(0, text.find('+'));
  Version out;
  const auto dash = text.find('-');
  if (dash != text.npos) {
    for (const auto part : split(text.substr(dash + 1), '.')) {
      const bool plain =
          !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                   (c >= 'A' && c <= 'Z') || c == '-';
          });
      if (!plain) return std::nullopt;
      out.before.emplace_back(part);
    }
    text = text.substr(0, dash);
  }
  const auto parts = split(text, '.');
  if (parts.size() > 3) return std::nullopt;
  bool open = false;
  for (const auto part : parts) {
    if (part == "x" || part == "X" || part == "*" ||
        (part.empty() && parts.size() == 1)) {
      open = true;
      continue;
    }
    if (!is_digits(part) || part.size() > 16) return std::nullopt;
    if (open) continue;  // 1.x.3 is 1.x
    out.numbers[static_cast<std::size_t>(out.parts++)] =
        std::stoull(std::string(part));
  }
  if (out.parts < 3) {
    if (!partly) return std::nullopt;
    out.before.clear();
  }
  return out;
}

int compared(const Version& a, const Version& b) {
  if (a.numbers != b.numbers) return a.numbers < b.numbers ? -1 : 1;
  if (a.before.empty() || b.before.empty()) {
    return a.before.empty() == b.before.empty() ? 0 : a.before.empty() ? 1 : -1;
  }
  for (std::size_t i = 0; i < a.before.size() && i < b.before.size(); ++i) {
    const std::string& x = a.before[i];
    const std::string& y = b.before[i];
    if (x == y) continue;
    const bool nx = is_digits(x), ny = is_digits(y);
    if (nx != ny) return nx ? -1 : 1;
    if (nx && x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.before.size() == b.before.size()  ? 0
         : a.before.size() < b.before.size() ? -1
                                             : 1;
}

/// From `low` (included or not) up to `high`; unset = open.
struct Span {
  std::optional<Version> low, high;
  bool low_in = true, high_in = false;
};

/// Below it is all that begins with the first `parts` numbers: with the lowest
/// pre-release, so that 2.0.0-rc is not in ^1.
Version above(Version version, int parts) {
  for (std::size_t i = static_cast<std::size_t>(parts); i < 3; ++i) {
    version.numbers[i] = 0;
  }
  if (parts > 0) ++version.numbers[static_cast<std::size_t>(parts) - 1];
  version.before = {"0"};
  version.made = true;
  return version;
}

std::optional<Span> span_of(std::string_view word) {
  std::string_view op;
  for (const std::string_view known : {">=", "<=", ">", "<", "=", "^", "~>", "~"}) {
    if (word.starts_with(known)) {
      op = known;
      break;
    }
  }
  auto version = version_of(word.substr(op.size()), true);
  if (!version) return std::nullopt;
  const int parts = version->parts;
  Span span;
  if (op == "^") {
    if (parts == 0) return span;
    span.low = version;
    int kept = 1;  // up to the first number that is not 0
    while (kept < parts && version->numbers[static_cast<std::size_t>(kept) - 1] == 0) ++kept;
    span.high = above(*version, kept);
  } else if (op == "~" || op == "~>") {
    if (parts == 0) return span;
    span.low = version;
    span.high = above(*version, std::min(parts, 2));
  } else if (op == ">=") {
    if (parts != 0) span.low = version;
  } else if (op == ">") {
    if (parts == 0) return Span{version, version, false, false};
    span.low = version;
    span.low_in = false;
    if (parts < 3) {
      span.low = above(*version, parts);
      span.low->before.clear();
      span.low_in = true;
    }
  } else if (op == "<") {
    if (parts == 0) return Span{version, version, false, false};
    span.high = version;
    if (parts < 3) {
      span.high->before = {"0"};
      span.high->made = true;
    }
  } else if (op == "<=") {
    if (parts == 0) return span;
    span.high = version;
    span.high_in = true;
    if (parts < 3) {
      span.high = above(*version, parts);
      span.high_in = false;
    }
  } else {  // "=", nothing
    if (parts == 0) return span;
    span.low = version;
    if (parts == 3) {
      span.high = version;
      span.high_in = true;
    } else {
      span.high = above(*version, parts);
    }
  }
  return span;
}

bool inside(const Span& span, const Version& version) {
  if (span.low) {
    const int order = compared(version, *span.low);
    if (order < 0 || (order == 0 && !span.low_in)) return false;
  }
  if (span.high) {
    const int order = compared(version, *span.high);
    if (order > 0 || (order == 0 && !span.high_in)) return false;
  }
  return true;
}

/// The comparators that all have to hold.
std::optional<std::vector<Span>> spans_of(std::string_view text) {
  std::vector<Span> out;
  // "1.2 - 2": blanks around the hyphen.
  if (const auto hyphen = text.find(" - "); hyphen != text.npos) {
    auto low = span_of(std::string(">=") +
                       std::string(without_spaces(text.substr(0, hyphen))));
    auto high = span_of(std::string("<=") +
                        std::string(without_spaces(text.substr(hyphen + 3))));
    if (!low || !high) return std::nullopt;
    return std::vector<Span>{*low, *high};
  }
  std::string word;
  const auto take = [&] {
    if (word.empty()) return true;
    const auto span = span_of(word);
    word.clear();
    if (span) out.push_back(*span);
    return span.has_value();
  };
  for (const char c : text) {
    const bool blank = kSpaces.find(c) != kSpaces.npos;
    // ">= 1.2": blanks behind the operator.
    const bool only_operator =
        !word.empty() && word.find_first_not_of("<>=^~") == word.npos;
    if (!blank) {
      word += c;
    } else if (!only_operator && !take()) {
      return std::nullopt;
    }
  }
  if (!take()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<bool> npm_satisfies(std::string_view version,
                                  std::string_view range) {
  const auto asked = version_of(version, false);
  bool found = false;
  for (std::string_view rest = range;;) {
    const auto bar = rest.find("||");
    const auto spans = spans_of(without_spaces(rest.substr(0, bar)));
    if (!spans) return std::nullopt;
    if (asked && !found) {
      bool fits = std::all_of(spans->begin(), spans->end(), [&](const Span& s) {
        return inside(s, *asked);
      });
      // A pre-release only where the range speaks of one of that version.
      if (fits && !asked->before.empty()) {
        fits = std::any_of(spans->begin(), spans->end(), [&](const Span& s) {
          const auto names = [&](const std::optional<Version>& end) {
            return end && !end->before.empty() && !end->made &&
                   end->numbers == asked->numbers;
          };
          return names(s.low) || names(s.high);
        });
      }
      found = fits;
    }
    if (bar == rest.npos) break;
    rest.remove_prefix(bar + 2);
  }
  if (!asked) return false;
  return found;
}

}  // namespace rung
