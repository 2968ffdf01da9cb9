#include "core/diagnosis/reading.hpp"

#include <algorithm>
#include <map>

namespace rung::diagnosis {
namespace {

constexpr std::size_t kHitsPerRule = 40;  ///< a loop repeats itself
constexpr std::size_t kLongestPhrase = 80;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kAround = " \t'\"`,;.:()<>";
  constexpr std::string_view kBefore = " \t'\"`,;:()<>=";
  while (!text.empty() && kBefore.find(text.front()) != kBefore.npos) {
    text.remove_prefix(1);
  }
  while (!text.empty() && kAround.find(text.back()) != kAround.npos &&
         text != "." && !(text.ends_with(")") && text.find('(') != text.npos)) {
    text.remove_suffix(1);
  }
  return text;
}

/// Evidence around a line, nearest first; before the line, then after it.
std::optional<std::string_view> look_near(const std::vector<LogLine>& lines,
                                          std::size_t at, const Near& near,
                                          std::string& joined) {
  if (near.joined) {
    joined.clear();
    const auto end = std::min(lines.size(), at + near.after + 1);
    for (std::size_t i = at; i < end; ++i) {
      joined.append(lines[i].text.substr(0, 2000)).push_back(' ');
    }
    return near.pattern.evidence(joined);
  }
  for (std::size_t k = 1; k <= near.before && k <= at; ++k) {
    if (auto found = near.pattern.evidence(lines[at - k].text)) return found;
  }
  for (std::size_t k = 1; k <= near.after && at + k < lines.size(); ++k) {
    if (auto found = near.pattern.evidence(lines[at + k].text)) return found;
  }
  return std::nullopt;
}

bool excluded(const std::vector<Pattern>& unless, std::string_view text) {
  return std::any_of(unless.begin(), unless.end(), [&](const auto& pattern) {
    return pattern.matches(text);
  });
}

/// Whether the rule really applies here, and with what evidence.
std::optional<std::string_view> applies(const std::vector<LogLine>& lines,
                                        std::size_t at, const Rule& rule,
                                        const Pattern& pattern,
                                        std::string_view log) {
  const auto text = lines[at].text;
  if (excluded(rule.unless, text)) return std::nullopt;
  auto evidence = pattern.evidence(text);
  if (!evidence) return std::nullopt;
  if (rule.near) {
    std::string joined;
    const auto found = look_near(lines, at, *rule.near, joined);
    if (!found && rule.near->required) return std::nullopt;
    if (found && rule.near->forbidden) return std::nullopt;
    if (found && !found->empty() && (evidence->empty() || rule.near->wins)) {
      // A view into `joined` must not outlive it: find it in the lines.
      if (rule.near->joined) {
        evidence = std::string_view();
        for (std::size_t i = at; i < lines.size() && i <= at + rule.near->after;
             ++i) {
          const auto pos = lines[i].text.find(*found);
          if (pos != std::string_view::npos) {
            evidence = lines[i].text.substr(pos, found->size());
            break;
          }
        }
      } else {
        evidence = found;
      }
    }
  }
  if (evidence->empty() && !rule.evidence.empty() &&
      log.find(rule.evidence) != std::string_view::npos) {
    return rule.evidence;
  }
  if (evidence->empty() && rule.cause != "unknown") {
    // No name stands here; the words that gave it away say most.
    evidence = pattern.whole(text).substr(0, kLongestPhrase);
  }
  return trimmed(*evidence);
}

/// The rules of `book` that apply to line `at`.
void read_line(const RuleBook& book, int extra,
               const std::vector<LogLine>& lines, std::size_t at,
               std::string_view log, std::vector<RuleBook::Hit>& hits,
               std::map<const Rule*, std::size_t>& counts, Reading& reading) {
  book.match(lines[at].text, hits);
  if (hits.empty()) return;
  bool noise = false;
  for (const auto& hit : hits) {
    if (hit.mark == nullptr || excluded(hit.mark->unless, lines[at].text)) {
      continue;
    }
    noise = noise || hit.mark->noise;
    reading.marks.push_back({at, hit.mark, hit.pattern});
  }
  const Rule* last = nullptr;
  for (const auto& hit : hits) {
    if (hit.rule == nullptr || hit.rule == last) continue;
    if (noise && !hit.rule->loud) continue;
    if (counts[hit.rule] >= kHitsPerRule) continue;
    if (const auto evidence =
            applies(lines, at, *hit.rule, *hit.pattern, log)) {
      last = hit.rule;
      ++counts[hit.rule];
      reading.events.push_back(
          {at, hit.rule, hit.rule->weight + extra, *evidence});
    }
  }
}

}  // namespace

void drop_consequences(const LogText& text, Reading& reading) {
  std::map<std::string_view, std::vector<std::size_t>> found;
  for (const auto& event : reading.events) {
    found[event.rule->id].push_back(event.line);
  }
  const auto same = [&](const std::optional<Pattern>& group, std::size_t root,
                        std::size_t line) {
    return !group || group->evidence(text.lines()[root].text) ==
                         group->evidence(text.lines()[line].text);
  };
  const auto is_root = [&](const std::string& root, const Event& event) {
    const auto at = found.find(root);
    return at != found.end() &&
           std::any_of(at->second.begin(), at->second.end(),
                       [&](std::size_t line) {
                         return line < event.line &&
                                same(event.rule->same, line, event.line);
                       });
  };
  std::erase_if(reading.events, [&](const Event& event) {
    const auto& roots = event.rule->follows;
    const bool drop =
        std::any_of(roots.begin(), roots.end(),
                    [&](const auto& root) { return is_root(root, event); });
    if (drop) reading.dropped.insert(event.rule);
    return drop;
  });
}

void read_with(const RuleBook& book, int extra, const LogText& text,
               std::string_view log, Reading& reading) {
  const auto& lines = text.lines();
  std::map<const Rule*, std::size_t> counts;
  std::vector<RuleBook::Hit> hits;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].text.empty()) continue;
    read_line(book, extra, lines, i, log, hits, counts, reading);
  }
}

void read_wrapped(const RuleBook& book, const LogText& text,
                  std::string_view log, Reading& reading) {
  constexpr std::size_t kMostLines = 400;
  const auto& lines = text.lines();
  const auto count = std::min(lines.size(), kMostLines);
  std::vector<LogLine> joined(
      lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    std::string whole(lines[i].text);
    for (std::size_t k = i + 1, taken = 0; k < count && taken < 3; ++k) {
      if (lines[k].text.empty()) continue;
      whole.append(" ").append(lines[k].text);
      ++taken;
    }
    reading.wrapped.push_back(std::move(whole));
    joined[i].text = reading.wrapped.back();
  }
  Reading found;
  std::map<const Rule*, std::size_t> counts;
  std::vector<RuleBook::Hit> hits;
  for (std::size_t i = 0; i < count; ++i) {
    read_line(book, 0, joined, i, log, hits, counts, found);
  }
  for (const auto& event : found.events) {
    // A consequence stays one when its line is joined to its root's.
    if (event.weight > kSymptom && !reading.dropped.contains(event.rule)) {
      reading.events.push_back(event);
    }
  }
}

}  // namespace rung::diagnosis
