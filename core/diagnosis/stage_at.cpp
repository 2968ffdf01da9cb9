#include "core/diagnosis/stage_at.hpp"

#include <algorithm>

namespace rung::diagnosis {
namespace {

bool is_elision(std::string_view text) {
  return text == "[...]" || text == "..." || text == "[…]" || text == "…";
}

/// Heroku and git say in the prefix who speaks.
void phase_from_prefix(std::string_view prefix,
                       std::optional<DeployPhase>& phase) {
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

}  // namespace

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

void drop_passed(Reading& reading) {
  const auto passed = [&](const Event& event) {
    const auto phase = reading.phase[event.line];
    if (!phase || *phase > DeployPhase::build) return false;
    for (const auto& point : reading.marks) {
      if (point.line < event.line) continue;
      const auto& mark = *point.mark;
      if (mark.end && mark.stage && *mark.stage <= Stage::build) return false;
      if (mark.phase >= DeployPhase::start && !mark.noise) {
        return reading.phase[point.line] >= DeployPhase::start;
      }
    }
    return false;
  };
  std::erase_if(reading.events, passed);
}

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

}  // namespace rung::diagnosis
