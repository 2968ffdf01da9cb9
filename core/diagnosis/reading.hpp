#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnosis/log_text.hpp"
#include "core/diagnosis/rules.hpp"

namespace rung::diagnosis {

inline constexpr int kSymptom =
    40;  ///< rules up to this weight name consequences

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
  std::vector<std::size_t> elided;  ///< lines that stand for others
  std::deque<std::string> wrapped;  ///< owns what some events view
  std::set<const Rule*> dropped;    ///< rules that only told a consequence
};

/// Adds what the rules and marks of `book` say of each line; `extra` is added
/// to the weight of its rules.
void read_with(const RuleBook& book, int extra, const LogText& text,
               std::string_view log, Reading& reading);

/// A terminal or a chat window wraps long messages. Reads each line together
/// with the two after it; for logs in which no single line names a cause.
void read_wrapped(const RuleBook& book, const LogText& text,
                  std::string_view log, Reading& reading);

/// Drops what follows from an event before it: not by weight, since a kill that
/// a platform did itself looks as certain as any other.
void drop_consequences(const LogText& text, Reading& reading);

}  // namespace rung::diagnosis
