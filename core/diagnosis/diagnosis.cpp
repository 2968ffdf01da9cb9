#include "core/diagnosis/diagnosis.hpp"

#include <algorithm>

#include "core/diagnosis/log_text.hpp"
#include "core/diagnosis/reading.hpp"
#include "core/diagnosis/refine.hpp"
#include "core/diagnosis/rules.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/diagnosis/stage_at.hpp"
#include "core/text/utf8.hpp"

namespace rung {

namespace {

using diagnosis::Event;
using diagnosis::kSymptom;
using diagnosis::name_variables;
using diagnosis::Point;
using diagnosis::Reading;

constexpr std::size_t kLongestEvidence = 200;
constexpr int kExtraWeight = 1000;  ///< a user's rule outweighs ours
constexpr int kCertain = 50;  ///< rules below may be a healthy service's noise

/// Whether anything was said: making the rules ready takes longer than a whole
/// probe of a command that says nothing.
bool silent(const LogText& text) {
  return std::all_of(text.lines().begin(), text.lines().end(),
                     [](const LogLine& line) { return line.text.empty(); });
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
    drop_consequences(text, reading);
  };
  drop();
  if (read_wrapped_if_vague(text, log, reading)) drop();
  follow_phases(text, reading);
  drop_passed(reading);
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
