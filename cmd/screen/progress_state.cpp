#include "cmd/screen/progress_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/report/report_words.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"

namespace rung::live {
namespace {

using std::chrono::milliseconds;

std::string took(milliseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<unsigned>(seconds / 60);
  if (minutes < 60) {
    return fmt::format("{} min {:02} s", minutes,
                       static_cast<unsigned>(seconds) % 60);
  }
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string about(milliseconds time) {
  const double minutes = std::chrono::duration<double>(time).count() / 60;
  if (minutes < 1) return "less than a minute";
  return fmt::format("about {:.0f} min", minutes);
}

milliseconds since(Time begin, Time now) {
  return std::chrono::duration_cast<milliseconds>(now - begin);
}

std::string purpose_text(const std::optional<Purpose>& purpose) {
  return purpose ? fmt::format(" ({})", to_string(counted_as(*purpose))) : "";
}

/// "listen, wrong-port 3000".
std::string failure_text(const Failure& failure) {
  std::string out =
      fmt::format("{}, {}", to_string(failure.stage), failure.cause);
  if (!failure.evidence.empty()) out += " " + failure.evidence;
  return out;
}

constexpr std::string_view kBold = "1";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kRed = "31";
constexpr std::string_view kYellow = "33";

std::string_view colour(ReportPhase::State state) {
  switch (state) {
    case ReportPhase::State::good:
      return kGreen;
    case ReportPhase::State::bad:
      return kRed;
    default:
      return kYellow;
  }
}

/// One line of the moving part: pieces with a colour each, cut to a width.
class Line {
 public:
  explicit Line(const Area& area) : area_(area) {}

  /// `text` is from anywhere.
  Line& add(std::string_view text, std::string_view sgr = "") {
    const std::string piece = elided(printable_keeping_blanks(text),
                                     area_.columns - used_, area_.utf8);
    used_ += columns(piece);
    if (piece.empty()) return *this;
    out_ += sgr.empty() ? piece : fmt::format("\x1b[{}m{}\x1b[0m", sgr, piece);
    return *this;
  }
  Line& pad_to(std::size_t column) {
    if (used_ < column && column < area_.columns) {
      out_.append(column - used_, ' ');
      used_ = column;
    }
    return *this;
  }
  [[nodiscard]] std::string text() const { return out_; }

 private:
  // printable() takes away blanks at the end, which here are columns.
  [[nodiscard]] std::string printable_keeping_blanks(
      std::string_view text) const {
    std::string out = printable(text, area_.utf8);
    const std::size_t last = text.find_last_not_of(' ');
    const std::size_t blanks =
        last == text.npos ? text.size() : text.size() - last - 1;
    return out.append(blanks, ' ');
  }

  const Area& area_;
  std::string out_;
  std::size_t used_ = 0;
};

constexpr std::size_t kLabel = 10;  ///< columns before a line's text
constexpr std::size_t kLeastOfLabel = 20;

}  // namespace

std::vector<std::string> State::apply(const Event& event, Time now,
                                      Lines lines) {
  where_ = lines;
  std::visit([&](const auto& e) { on(e, now); }, event);
  return std::exchange(lines_, {});
}

void State::say(const std::string& line) {
  // A quoted log line may be long; what matters stands at its beginning.
  lines_.push_back(elided(printable(line, where_.utf8), 200, where_.utf8));
}

void State::say_when_plain(const std::string& line) {
  if (where_.plain) say(line);
}

State::Phase& State::phase(const std::string& name) {
  const auto it =
      std::find_if(phases_.begin(), phases_.end(),
                   [&](const Phase& phase) { return phase.name == name; });
  if (it != phases_.end()) return *it;
  Phase unknown;
  unknown.name = name;
  return phases_.emplace_back(unknown);
}

void State::on(const Phases& event, Time) {
  phases_.clear();
  for (const std::string& name : event.names) phase(name);
}

void State::on(const PhaseStarted& event, Time now) {
  Phase& started = phase(event.name);
  started.state.reset();
  started.began = now;
  say_when_plain(fmt::format("phase {}: started", event.name));
}

void State::on(const PhaseEnded& event, Time now) {
  Phase& ended = phase(event.name);
  ended.state = event.state;
  ended.remembered = event.remembered;
  if (ended.began) ended.took = since(*ended.began, now);
  std::string line = fmt::format("phase {}: {}", event.name,
                                 state_text(event.state, event.remembered));
  if (ended.began && !event.remembered) line += ", " + took(ended.took);
  ended.began.reset();
  say(line);
}

void State::on(const HuntStarted& event, Time) {
  good_.reset();
  bad_.reset();
  left_.reset();
  terms_ = event.terms;
  if (event.between.total() == 0) return;
  say(fmt::format("between {} and {}: {}", terms_.good, terms_.bad,
                  event.between.in_words()));
}

void State::on(const ProbeStarted& event, Time now) {
  Probe probe;
  probe.worker = event.worker;
  probe.number = ++probes_;
  probe.label = event.label;
  probe.purpose = event.purpose;
  probe.began = probe.stage_began = now;
  running_.push_back(probe);
  say_when_plain(fmt::format("probe {} started: {}{}", probe.number,
                             probe.label, purpose_text(probe.purpose)));
}

void State::on(const StageReached& event, Time now) {
  for (Probe& probe : running_) {
    if (probe.worker != event.worker || probe.stage == event.stage) continue;
    probe.stage = event.stage;
    probe.stage_began = now;
  }
}

void State::on(const ProbeEnded& event, Time) {
  const Observation& seen = event.observation;
  if (event.purpose == Purpose::control_good) good_ = seen;
  if (event.purpose == Purpose::control_bad) bad_ = seen;

  std::string head = "remembered";
  if (!event.remembered) {
    const auto it = std::find_if(
        running_.begin(), running_.end(),
        [&](const Probe& probe) { return probe.label == event.label; });
    head = "probe";
    if (it != running_.end()) {
      head = fmt::format("probe {}", it->number);
      running_.erase(it);
    }
  }
  std::string line =
      fmt::format("{}: {:<5} {}{}", head, term(seen.verdict), event.label,
                  purpose_text(event.purpose));
  if (!event.remembered) line += ", " + took(seen.duration);
  if (seen.failure) line += ": " + failure_text(*seen.failure);
  say(line);
}

void State::on(const ProbeCancelled& event, Time) {
  const auto it = std::find_if(
      running_.begin(), running_.end(),
      [&](const Probe& probe) { return probe.label == event.label; });
  if (it == running_.end()) return;
  say(fmt::format("probe {}: called off, the answer is known: {}", it->number,
                  event.label));
  running_.erase(it);
}

void State::on(const CandidatesLeft& event, Time) {
  const std::string before = left_text();
  left_ = event.left;
  const std::string now = left_text();
  if (now != before) say_when_plain("left: " + now);
}

void State::on(const Said& event, Time) {
  say(event.text);
}

std::string State::left_text() const {
  if (!left_) return "";
  const Search::Left& left = left_->left;
  std::string out = counted(left.candidates, "candidate");
  const auto sure = left.low == left.high;
  out += sure ? fmt::format(", {}", counted(left.low, "probe"))
              : fmt::format(", {} to {} probes", left.low, left.high);
  if (left.probes_at_most > left.high) {
    out += fmt::format(", at most {}", left.probes_at_most);
  }
  const auto deploys = static_cast<std::uint64_t>(left_->deploys + 0.5);
  if (deploys < static_cast<std::uint64_t>(left.expected + 0.5)) {
    out += fmt::format(", {} to deploy", deploys);
  }
  if (left_->seconds && left.probes_at_most > 0) {
    const auto ms = [](double seconds) {
      return std::chrono::milliseconds(std::llround(1000 * seconds));
    };
    out += ", " + about(ms(*left_->seconds));
    if (*left_->seconds_high > 60) {
      out += fmt::format(", up to {}", took(ms(*left_->seconds_high)));
    }
  }
  return out;
}

std::string_view State::term(Verdict verdict) const {
  if (verdict == Verdict::good) return terms_.good;
  if (verdict == Verdict::bad) return terms_.bad;
  return to_string(verdict);
}

std::string State::known_text() const {
  std::string out;
  const auto tell = [&](const std::string& which,
                        const std::optional<Observation>& seen) {
    if (!seen) return;
    if (!out.empty()) out += "; ";
    out += which;
    switch (seen->verdict) {
      case Verdict::good:
        out += " is healthy";
        break;
      case Verdict::bad:
        out += " fails";
        if (seen->failure) out += " at " + failure_text(*seen->failure);
        break;
      case Verdict::skip:
      case Verdict::infra:
        out += " could not be judged";
        break;
    }
  };
  tell(terms_.good, good_);
  tell(terms_.bad, bad_);
  return out;
}

bool State::ticking() const {
  return !running_.empty() ||
         std::any_of(phases_.begin(), phases_.end(), [](const Phase& phase) {
           return phase.began.has_value();
         });
}

std::vector<std::string> State::frame(Time now, const Area& area) const {
  std::vector<std::string> below;
  for (const Probe& probe : running_) {
    Line line(area);
    line.add(fmt::format("probe {}", probe.number), kBold).pad_to(kLabel);
    // The time is what a waiting person looks for: the label gives way, but
    // not all of it.
    const std::string_view stage =
        probe.stage ? to_string(*probe.stage) : std::string_view("preparing");
    const std::string here = took(since(probe.stage_began, now));
    const std::string all = took(since(probe.began, now));
    const std::string what =
        printable(probe.label, area.utf8) + purpose_text(probe.purpose);
    std::string tail = fmt::format("  {} {}", stage, here);
    const std::string in_all = fmt::format(", {} in all", all);
    if (all != here && kLabel + std::min(columns(what), kLeastOfLabel) +
                               columns(tail + in_all) <=
                           area.columns) {
      tail += in_all;
    }
    const std::size_t used = kLabel + columns(tail);
    const std::size_t room = area.columns > used ? area.columns - used : 0;
    line.add(elided(what, room, area.utf8)).add(tail);
    below.push_back(line.text());
  }
  const auto fact = [&](std::string_view label, const std::string& text) {
    if (text.empty()) return;
    below.push_back(Line(area).add(label).pad_to(kLabel).add(text).text());
  };
  fact("known", known_text());
  fact("left", left_text());

  // The ladder stands on its lowest phase. Where it does not fit, the rungs
  // around the one being climbed are shown.
  const std::size_t room = area.rows - 1;
  if (below.size() > room) below.resize(room);
  std::size_t shown = std::min(phases_.size(), room - below.size());
  std::size_t current = 0;
  while (current + 1 < phases_.size() &&
         phases_[current].state == ReportPhase::State::good) {
    ++current;
  }
  std::size_t first = current < shown / 2 ? 0 : current - shown / 2;
  first = std::min(first, phases_.size() - shown);

  std::size_t widest = 0;
  for (const Phase& phase : phases_) {
    widest = std::max(widest, columns(printable(phase.name, area.utf8)));
  }
  std::vector<std::string> lines;
  for (std::size_t i = first + shown; i-- > first;) {
    const Phase& phase = phases_[i];
    const bool climbed = phase.state == ReportPhase::State::good;
    const std::string_view rail =
        area.utf8 ? climbed ? "\u255e\u2550\u2561" : "\u251c\u2500\u2524"
        : climbed ? "|=|"
                  : "|-|";
    Line line(area);
    line.add(rail, climbed ? kGreen : "").add(" ").add(phase.name);
    line.pad_to(4 + widest + 2);
    if (phase.state) {
      line.add(state_text(*phase.state, phase.remembered),
               colour(*phase.state));
      if (phase.took.count() > 0) line.add(" ").add(took(phase.took));
    } else if (phase.began) {
      line.add("climbing", kBold).add(" ").add(took(since(*phase.began, now)));
    }
    lines.push_back(line.text());
  }
  lines.insert(lines.end(), below.begin(), below.end());
  return lines;
}

}  // namespace rung::live
