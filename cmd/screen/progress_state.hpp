#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/model/verdict.hpp"
#include "core/report/report.hpp"
#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung::live {

/// All phases of a climb, the lowest first. Sent once, before they start.
struct Phases {
  std::vector<std::string> names;
};
struct PhaseStarted {
  std::string name;
};
struct PhaseEnded {
  std::string name;
  ReportPhase::State state = ReportPhase::State::good;
  bool remembered = false;  ///< known good from before: not deployed
};
/// What lies between the good and the bad release of a hunt that begins.
struct HuntStarted {
  Report::Between between;
  Terms terms;
};
struct ProbeStarted {
  std::size_t worker = 0;
  std::string label;               ///< "commit 3f2a9c10ab", "phase database"
  std::optional<Purpose> purpose;  ///< nullopt: a climb's own probe
};
struct StageReached {
  std::size_t worker = 0;
  Stage stage = Stage::source;
};
/// Also for verdicts that were only remembered: those were never started.
struct ProbeEnded {
  std::string label;
  std::optional<Purpose> purpose;
  Observation observation;
  bool remembered = false;
};
/// An answer made this probe useless.
struct ProbeCancelled {
  std::string label;
};
struct CandidatesLeft {
  Forecast left;
};
/// One line of news: "the known good release serves again".
struct Said {
  std::string text;
};

using Event =
    std::variant<Phases, PhaseStarted, PhaseEnded, HuntStarted, ProbeStarted,
                 StageReached, ProbeEnded, ProbeCancelled, CandidatesLeft, Said>;

using Time = std::chrono::steady_clock::time_point;

struct Area {
  std::size_t columns = 80, rows = 24;
  bool utf8 = true;
};

/// What the view knows, without a terminal or a clock.
class State {
 public:
  /// Where news go. `plain`: there is no moving part, so what a terminal shows
  /// there are news, too.
  struct Lines {
    bool plain = false, utf8 = true;
  };
  /// The lines that stay: news for the log of a CI job and for the part of a
  /// terminal that scrolls away. Never more than one line of text each.
  std::vector<std::string> apply(const Event& event, Time now, Lines lines);
  /// The moving part: at most area.rows - 1 lines of at most area.columns,
  /// with colours.
  [[nodiscard]] std::vector<std::string> frame(Time now,
                                               const Area& area) const;
  /// Whether something runs, so that a time shown goes on.
  [[nodiscard]] bool ticking() const;

 private:
  struct Phase {
    std::string name;
    std::optional<ReportPhase::State> state;  ///< nullopt: climbing or not yet
    bool remembered = false;
    std::optional<Time> began;
    std::chrono::milliseconds took{0};
  };
  struct Probe {
    std::size_t worker = 0;
    unsigned number = 0;
    std::string label;
    std::optional<Purpose> purpose;
    Time began;
    std::optional<Stage> stage;
    Time stage_began;
  };

  void on(const Phases& event, Time now);
  void on(const PhaseStarted& event, Time now);
  void on(const PhaseEnded& event, Time now);
  void on(const HuntStarted& event, Time now);
  void on(const ProbeStarted& event, Time now);
  void on(const StageReached& event, Time now);
  void on(const ProbeEnded& event, Time now);
  void on(const ProbeCancelled& event, Time now);
  void on(const CandidatesLeft& event, Time now);
  void on(const Said& event, Time now);
  void say(const std::string& line);
  void say_when_plain(const std::string& line);
  Phase& phase(const std::string& name);
  [[nodiscard]] std::string left_text() const;
  [[nodiscard]] std::string known_text() const;
  [[nodiscard]] std::string_view term(Verdict verdict) const;

  std::vector<Phase> phases_;
  std::vector<Probe> running_;
  unsigned probes_ = 0;  ///< started so far: their numbers
  std::optional<Forecast> left_;
  std::optional<Observation> good_, bad_;  ///< the controls of this hunt
  Terms terms_;                            ///< of this hunt
  // Of the event being applied.
  std::vector<std::string> lines_;
  Lines where_;
};

}  // namespace rung::live
