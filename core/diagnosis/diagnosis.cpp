#include "core/diagnosis/diagnosis.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "core/diagnosis/log_text.hpp"
#include "core/diagnosis/missing_names.hpp"
#include "core/diagnosis/rules.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/text/utf8.hpp"

namespace rung {
namespace {

constexpr std::size_t kHitsPerRule = 40;  ///< a loop repeats itself
constexpr std::size_t kLongestEvidence = 200;
constexpr std::size_t kLongestPhrase = 80;
constexpr int kExtraWeight = 1000;  ///< a user's rule outweighs ours
constexpr int kCertain = 50;  ///< rules below may be a healthy service's noise
constexpr int kSymptom = 40;  ///< rules up to this weight name consequences

/// A rule that applies at a line.
struct Event {
  std::size_t line;
  const Rule* rule;
  int weight;
  std::string_view evidence;
};

/// What the marks say at each line.
struct Point {
  std::size_t line;
  const Mark* mark;
  const Pattern* pattern;
};

struct Reading {
  std::vector<Event> events;
  std::vector<Point> marks;
  std::vector<std::optional<DeployPhase>> phase;  ///< per line
  std::vector<std::size_t> elided;          ///< lines that stand for others
  std::deque<std::string> wrapped;          ///< owns what some events view
};

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

bool is_elision(std::string_view text) {
  return text == "[...]" || text == "..." || text == "[…]" || text == "…";
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

/// Heroku and git say in the prefix who speaks.
void phase_from_prefix(std::string_view prefix, std::optional<DeployPhase>& phase) {
  const auto at_least = [&](DeployPhase least) {
    if (!phase || *phase < least) phase = least;
  };
  if (prefix.find("app[web") != prefix.npos ||
      prefix.find("app[worker") != prefix.npos ||
      prefix.find("heroku[web") != prefix.npos ||
      prefix.find("heroku[worker") != prefix.npos) {
    at_least(DeployPhase::start);
  } else if (prefix.find("app[release") != prefix.npos ||
             prefix.find("heroku[release") != prefix.npos) {
    phase = DeployPhase::release;
  } else if (prefix.find("remote:") != prefix.npos) {
    at_least(DeployPhase::build);
  } else if (prefix.find("Step #") != prefix.npos) {
    at_least(DeployPhase::build);
  }
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

/// Drops what follows from an event before it: not by weight, since a kill that
/// a platform did itself looks as certain as any other.
void drop_consequences(Reading& reading) {
  std::map<std::string_view, std::size_t> first;
  for (const auto& event : reading.events) {
    const auto [it, added] = first.try_emplace(event.rule->id, event.line);
    if (!added) it->second = std::min(it->second, event.line);
  }
  std::erase_if(reading.events, [&](const Event& event) {
    const auto& roots = event.rule->follows;
    return std::any_of(roots.begin(), roots.end(), [&](const auto& root) {
      const auto at = first.find(root);
      return at != first.end() && at->second < event.line;
    });
  });
}

/// Whether anything was said: making the rules ready takes longer than a whole
/// probe of a command that says nothing.
bool silent(const LogText& text) {
  return std::all_of(text.lines().begin(), text.lines().end(),
                     [](const LogLine& line) { return line.text.empty(); });
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

/// A terminal or a chat window wraps long messages. Reads each line together
/// with the two after it; for logs in which no single line names a cause.
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
    if (event.weight > kSymptom) reading.events.push_back(event);
  }
}

void follow_phases(const LogText& text, Reading& reading) {
  const auto& lines = text.lines();
  reading.phase.resize(lines.size());
  std::optional<DeployPhase> now;
  bool held = false;
  auto mark = reading.marks.begin();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_elision(lines[i].text)) reading.elided.push_back(i);
    phase_from_prefix(lines[i].prefix, now);
    for (; mark != reading.marks.end() && mark->line == i; ++mark) {
      if (!mark->mark->phase) continue;
      if (mark->mark->at_least &&
          (held || (now && *now >= *mark->mark->phase))) {
        continue;
      }
      now = mark->mark->phase;
      held = mark->mark->holds;
    }
    reading.phase[i] = now;
  }
}

Stage stage_of(DeployPhase phase) {
  switch (phase) {
    case DeployPhase::source:
      return Stage::source;
    case DeployPhase::build:
      return Stage::build;
    case DeployPhase::release:
      return Stage::release;
    case DeployPhase::start:
      return Stage::start;
    case DeployPhase::up:
    case DeployPhase::live:
      return Stage::soak;
  }
  return Stage::start;
}

/// Whether the process had been listening for a while before `line`: with
/// times in the log a quarter of a minute, else only if it was called live.
bool had_been_up(const LogText& text, const Reading& reading,
                 std::size_t line) {
  if (reading.phase[line] == DeployPhase::live) return true;
  const auto now = log_time(text.lines()[line].prefix);
  for (const auto& point : reading.marks) {
    if (point.line >= line || point.mark->phase != DeployPhase::up) continue;
    const auto then = log_time(text.lines()[point.line].prefix);
    return now && then && *now - *then >= 15;
  }
  return false;
}

template <class Predicate>
bool any_mark(const Reading& reading, Predicate predicate) {
  return std::any_of(reading.marks.begin(), reading.marks.end(), predicate);
}

/// Where the deploy stopped if the line itself does not say: the phase that
/// was announced above, unless lines are missing in between; else the next
/// line that tells; else `usual`.
std::optional<Stage> stage_at(const LogText& text, const Reading& reading,
                              std::size_t line, std::optional<Stage> usual) {
  const auto phase = reading.phase[line];
  const bool whole =
      phase >= DeployPhase::up ||
      std::none_of(reading.elided.begin(), reading.elided.end(),
                   [&](std::size_t gap) {
                     return gap < line && reading.phase[gap] == phase;
                   });
  for (const auto& point : reading.marks) {
    if (point.line >= line && point.mark->end &&
        point.mark->stage == Stage::soak) {
      return Stage::soak;
    }
  }
  // A server of code speaks to the one who pushes before any build does.
  if (usual == Stage::source && phase == DeployPhase::build &&
      !any_mark(reading, [&](const Point& point) {
        return point.line <= line && point.mark->phase == DeployPhase::build;
      })) {
    return usual;
  }
  if (phase && whole) {
    if (*phase >= DeployPhase::up) {
      return had_been_up(text, reading, line) ? Stage::soak : Stage::start;
    }
    // What `git push` says of its objects does not mean that a build that
    // fails afterwards has not begun.
    if (*phase == DeployPhase::source && usual) return usual;
    return stage_of(*phase);
  }
  if (usual == Stage::source) return usual;
  for (const auto& point : reading.marks) {
    if (point.line < line) continue;
    if (point.mark->phase == DeployPhase::live) return Stage::soak;
    if (!point.mark->end || !point.mark->stage) continue;
    // The process of a release command dies before the command is said to have
    // failed.
    if (point.mark->stage == Stage::start &&
        any_mark(reading, [&](const Point& later) {
          return later.line >= line && later.mark->end && later.mark->holds;
        })) {
      return Stage::release;
    }
    // A port that never opens and a probe that fails follow from a process
    // that was started, and died.
    const auto end = *point.mark->stage;
    return usual && end > Stage::start
               ? std::min(end, std::max(*usual, Stage::start))
               : end;
  }
  if (usual) return usual;
  if (phase) return stage_of(*phase);
  return std::nullopt;
}

/// A fixed port that is not the expected one is wrong-port; loopback is
/// bound-to-localhost when the platform complains about the address or the port
/// is right.
void refine_ports(const LogText& text, const Reading& reading,
                  std::optional<Stage> floor, Diagnosis& diagnosis) {
  static const Pattern kExpected(
      R"((?i)(?:PORT=|on port:? |\bport )(\d{2,5})\b)");
  // A probe names the port that it asks.
  static const Pattern kProbed(
      R"(:(\d{2,5})(?:/\S*)?: connect: connection refused|pings on port: (\d+))");
  auto expected = kExpected.evidence(diagnosis.line);
  const bool probed = diagnosis.cause == "health-timeout";
  if (probed) expected = kProbed.evidence(diagnosis.line);
  if (probed ? !expected : diagnosis.cause != "no-port-bound") return;
  std::string_view bound, line;
  for (const auto& point : reading.marks) {
    if (point.mark->phase != DeployPhase::up) continue;
    const auto found = point.pattern->evidence(text.lines()[point.line].text);
    if (found && !found->empty()) {
      bound = *found;
      line = text.lines()[point.line].text;
      break;
    }
  }
  if (bound.empty()) return;
  const auto colon = bound.rfind(':');
  const auto port = colon == bound.npos ? bound : bound.substr(colon + 1);
  const auto host =
      colon == bound.npos ? std::string_view() : bound.substr(0, colon);
  const bool loopback = host.find("127.") != host.npos ||
                        host.find("localhost") != host.npos ||
                        host.find("::1") != host.npos;
  const bool about_address =
      diagnosis.line.find("0.0.0.0") != std::string::npos ||
      diagnosis.line.find("localhost") != std::string::npos ||
      diagnosis.line.find("open ports") != std::string::npos;
  if (loopback && (about_address || expected == port)) {
    diagnosis.cause = "bound-to-localhost";
    diagnosis.evidence = std::string(bound);
  } else if (expected != port) {
    diagnosis.cause = "wrong-port";
    diagnosis.evidence = std::string(port);
  } else {
    return;
  }
  diagnosis.line = valid_utf8(line);
  if (!floor) diagnosis.stage = Stage::listen;
}

/// A complaint about the environment may name many variables, far below the
/// line that gave it away, some missing and some wrong.
void name_variables(const LogText& text, std::size_t line,
                    Diagnosis& diagnosis) {
  if (diagnosis.cause != "missing-env-var" &&
      diagnosis.cause != "bad-env-value" &&
      diagnosis.cause != "app-exception") {
    return;
  }
  std::vector<std::string_view> lines;
  for (const auto& one : text.lines()) lines.push_back(one.text);
  const NamedVariables named = named_variables(lines, line);
  if (!named.missing.empty()) {
    diagnosis.cause = "missing-env-var";
    diagnosis.evidence = listed(named.missing);
  } else if (!named.invalid.empty()) {
    diagnosis.cause = "bad-env-value";
    diagnosis.evidence = listed(named.invalid);
  }
}

/// How lines of two logs are compared: without what varies.
std::string comparable(std::string_view line) {
  return signature(Stage::start, "", line);
}

const Event* heaviest(const std::vector<Event>& events, std::size_t from) {
  const Event* best = nullptr;
  for (const auto& event : events) {
    if (event.line < from) continue;
    if (best == nullptr || event.weight > best->weight ||
        (event.weight == best->weight && event.line < best->line)) {
      best = &event;
    }
  }
  return best;
}

Stage settled(const Event& event, const LogText& text, const Reading& reading,
              std::optional<Stage> floor) {
  const auto& rule = *event.rule;
  if (floor) {
    // The caller watched the deploy; the log can only say that a process that
    // ran got further than it looks from outside.
    const bool ran = *floor >= Stage::start;
    return ran && rule.fixed ? std::max(*floor, *rule.stage) : *floor;
  }
  if (rule.fixed) return *rule.stage;
  return stage_at(text, reading, event.line, rule.stage).value_or(Stage::start);
}

std::string hint_for(std::string_view cause, const Rule* rule) {
  if (rule != nullptr && !rule->hint.empty()) return rule->hint;
  for (const auto& text : RuleBook::builtin().causes()) {
    if (text.id == cause) return text.hint;
  }
  return "";
}

/// The last line that says all is well, when nothing bad comes after it.
std::optional<std::size_t> last_ok(const Reading& reading) {
  for (auto it = reading.marks.rbegin(); it != reading.marks.rend(); ++it) {
    if (it->mark->ok) return it->line;
  }
  return std::nullopt;
}

Diagnosis conclude(const LogText& text, const Reading& reading,
                   std::optional<Stage> floor) {
  const auto& lines = text.lines();
  const auto ok = floor ? std::nullopt : last_ok(reading);
  const std::size_t from = ok ? *ok + 1 : 0;
  const Event* event = heaviest(reading.events, from);
  const Point* end = nullptr;
  for (const auto& point : reading.marks) {
    if (point.line < from || !point.mark->end) continue;
    if (end == nullptr || (!end->mark->stage && point.mark->stage)) {
      end = &point;
    }
  }
  // What a healthy service prints while it runs may look bad, too: unless
  // something ended, only a cause that is beyond doubt counts.
  if (ok && end == nullptr && event != nullptr && event->weight < kCertain) {
    event = nullptr;
  }
  Diagnosis diagnosis;
  if (event != nullptr && event->rule->cause != "unknown") {
    diagnosis.cause = event->rule->cause;
    diagnosis.stage = settled(*event, text, reading, floor);
    diagnosis.evidence =
        valid_utf8(event->evidence.substr(0, kLongestEvidence));
    diagnosis.line = valid_utf8(lines[event->line].text);
    diagnosis.rule = event->rule->id;
    refine_ports(text, reading, floor, diagnosis);
    name_variables(text, event->line, diagnosis);
    diagnosis.hint =
        hint_for(diagnosis.cause,
                 diagnosis.cause == event->rule->cause ? event->rule : nullptr);
    return diagnosis;
  }
  if (end != nullptr || event != nullptr || floor) {
    std::optional<std::size_t> line;
    if (event != nullptr) line = event->line;
    if (end != nullptr) line = end->line;
    if (floor) {
      diagnosis.stage = floor;
    } else if (event != nullptr && event->rule->fixed) {
      diagnosis.stage = event->rule->stage;
    } else if (end != nullptr && end->mark->stage) {
      diagnosis.stage = end->mark->stage;
    } else {
      diagnosis.stage =
          stage_at(text, reading, *line,
                   event != nullptr ? event->rule->stage : std::nullopt)
              .value_or(Stage::start);
    }
    if (event != nullptr) diagnosis.rule = event->rule->id;
    if (line) diagnosis.line = valid_utf8(lines[*line].text);
    diagnosis.hint = hint_for("unknown", nullptr);
    return diagnosis;
  }
  diagnosis.cause = "none";
  if (ok) diagnosis.line = valid_utf8(lines[*ok].text);
  return diagnosis;
}

/// Reads joined lines too where no line by itself names a cause.
bool read_wrapped_if_vague(const LogText& text, std::string_view log,
                           Reading& reading) {
  const auto* event = heaviest(reading.events, 0);
  if (event != nullptr && event->weight > kSymptom) return false;
  read_wrapped(RuleBook::builtin(), text, log, reading);
  return true;
}

Diagnosis diagnose_with(std::string_view log, std::optional<Stage> floor,
                        const RuleBook* extra,
                        std::span<const std::string> usual = {}) {
  const LogText text(log);
  Reading reading;
  if (silent(text)) {
    reading.phase.resize(text.lines().size());
    return conclude(text, reading, floor);
  }
  read_with(RuleBook::builtin(), 0, text, log, reading);
  if (extra != nullptr) {
    read_with(*extra, kExtraWeight, text, log, reading);
    std::stable_sort(
        reading.marks.begin(), reading.marks.end(),
        [](const Point& a, const Point& b) { return a.line < b.line; });
  }
  const auto drop = [&] {
    if (!usual.empty()) {
      std::erase_if(reading.events, [&](const Event& one) {
        return std::binary_search(usual.begin(), usual.end(),
                                  comparable(text.lines()[one.line].text));
      });
    }
    drop_consequences(reading);
  };
  drop();
  if (read_wrapped_if_vague(text, log, reading)) drop();
  follow_phases(text, reading);
  return conclude(text, reading, floor);
}

}  // namespace

Diagnosis diagnose(std::string_view log, std::optional<Stage> floor) {
  return diagnose_with(log, floor, nullptr);
}

Diagnosis diagnose(std::string_view log, std::optional<Stage> floor,
                   std::span<const std::string> usual) {
  return diagnose_with(log, floor, nullptr, usual);
}

std::vector<std::string> telling_lines(std::string_view log) {
  const LogText text(log);
  if (silent(text)) return {};
  Reading reading;
  read_with(RuleBook::builtin(), 0, text, log, reading);
  read_wrapped_if_vague(text, log, reading);
  std::vector<std::string> lines;
  for (const auto& one : reading.events) {
    lines.push_back(comparable(text.lines()[one.line].text));
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

Diagnosis diagnose(std::string_view log, std::optional<Stage> floor,
                   std::string_view extra_rules) {
  const auto extra = RuleBook::parse(extra_rules);
  return diagnose_with(log, floor, extra.get());
}

}  // namespace rung
