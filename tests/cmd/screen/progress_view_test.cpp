#include "cmd/screen/progress_view.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <deque>

#include "core/text/printable.hpp"
#include "tests/fakes/golden.hpp"
#include "tests/fakes/small_terminal.hpp"

namespace rung::progress_view_test {
namespace {

using namespace live;
using namespace std::chrono_literals;

Observation good(std::chrono::milliseconds took) {
  Observation seen;
  seen.verdict = Verdict::good;
  seen.duration = took;
  return seen;
}
Observation bad(std::chrono::milliseconds took) {
  Observation seen;
  seen.verdict = Verdict::bad;
  seen.duration = took;
  seen.failure = Failure{Stage::listen, "wrong-port", "3000",
                         "bound to 3000, the platform routes to 10000", ""};
  return seen;
}

Forecast expecting(Search::Left left, double seconds) {
  Forecast ahead;
  ahead.left = left;
  ahead.deploys = left.expected;
  ahead.deploys_at_most = left.probes_at_most;
  ahead.seconds = seconds;
  ahead.seconds_low = seconds / 2;
  ahead.seconds_high = seconds * 2;
  ahead.seconds_at_most = seconds * 3;
  return ahead;
}

struct Timed {
  std::chrono::milliseconds at;
  Event event;
};

/// A climb whose third phase breaks, and the hunt that follows.
std::vector<Timed> story() {
  using State = ReportPhase::State;
  return {
      {0s, Phases{{"health", "database", "auth", "full"}}},
      {0s, PhaseEnded{"health", State::good, true}},
      {0s, PhaseStarted{"database"}},
      {0s, ProbeStarted{0, "phase database", {}}},
      {100ms, StageReached{0, Stage::build}},
      {2s, StageReached{0, Stage::start}},
      {3s, ProbeEnded{"phase database", {}, good(3s), false}},
      {3s, PhaseEnded{"database", State::good, false}},
      {3s, PhaseStarted{"auth"}},
      {3s, ProbeStarted{0, "phase auth", {}}},
      {5s, ProbeEnded{"phase auth", {}, bad(2s), false}},
      {5s, PhaseEnded{"auth", State::bad, false}},
      {5s, Said{"phase database serves again (release 3f2a9c10ab)"}},
      {5s, HuntStarted{{1, 3, 0, 0}, {}}},
      {5s, ProbeStarted{0, "the good release", Purpose::control_good}},
      {5s, ProbeStarted{1, "the bad release", Purpose::control_bad}},
      {7s, ProbeEnded{"the bad release", Purpose::control_bad, bad(2s), false}},
      {8s,
       ProbeEnded{"the good release", Purpose::control_good, good(3s), false}},
      {8s, CandidatesLeft{expecting({4, 40, 30, 12, 38}, 1200)}},
      {8s,
       ProbeEnded{"all but env PORT removed", Purpose::search, bad(1s), true}},
      {8s, CandidatesLeft{expecting({4, 40, 30, 12, 38}, 1200)}},
      {8s, CandidatesLeft{expecting({1, 2, 2, 2, 2}, 6)}},
      {8s, ProbeStarted{0, "env PORT removed", Purpose::alone}},
      {9s, StageReached{0, Stage::listen}},
  };
}

std::string without_colours(const std::string& line) {
  return printable(line);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += without_colours(line) + "\n";
  return out;
}

/// A terminal that a test looks at; what is written arrives in `screen`.
class Pty {
 public:
  Pty(unsigned short columns, unsigned short rows) : screen(columns) {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = rows;
    termios modes{};
    ::cfmakeraw(&modes);
    REQUIRE(::openpty(&ours_, &theirs, nullptr, &modes, &size) == 0);
  }
  ~Pty() {
    ::close(ours_);
    ::close(theirs);
  }
  /// Reads until the screen is as `wanted` says, or ten seconds are over.
  template <class Wanted>
  bool until(Wanted wanted) {
    while (!wanted(screen.text())) {
      pollfd ready{ours_, POLLIN, 0};
      if (::poll(&ready, 1, 10'000) != 1) return false;
      read();
    }
    return true;
  }
  /// All that was written up to now.
  void drain() {
    for (pollfd ready{ours_, POLLIN, 0}; ::poll(&ready, 1, 0) == 1;) read();
  }

  fakes::SmallTerminal screen;
  int theirs = -1;

 private:
  void read() {
    char text[4096];
    const ssize_t size = ::read(ours_, text, sizeof text);
    REQUIRE(size > 0);
    // A write may arrive in two pieces, cut within a sequence.
    held_.append(text, static_cast<std::size_t>(size));
    const std::size_t escape = held_.rfind('\x1b');
    std::size_t whole = held_.size();
    if (escape != held_.npos &&
        held_.find_first_of("AJKhlm", escape) == held_.npos) {
      whole = escape;
    }
    screen.write(std::string_view(held_).substr(0, whole));
    held_.erase(0, whole);
  }

  int ours_ = -1;
  std::string held_;
};

bool contains(const std::string& text, const char* part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("Without a terminal, every event is a line of its own",
          "[cmd][live_view]") {
  live::State state;
  std::string log;
  for (const Timed& timed : story()) {
    for (const auto& line :
         state.apply(timed.event, Time(timed.at),
                     {.plain = true, .utf8 = false})) {
      log += line + "\n";
    }
  }
  fakes::check_golden("live_plain.txt", log);
}

TEST_CASE("On a terminal, the block shows the ladder and what is known",
          "[cmd][live_view]") {
  live::State state;
  std::string out;
  for (const Timed& timed : story()) {
    (void)state.apply(timed.event, Time(timed.at), {});
    const bool at_build = std::holds_alternative<StageReached>(timed.event);
    if (!at_build) continue;
    for (const Area& area :
         {Area{79, 24, true}, Area{40, 24, false}, Area{79, 6, true}}) {
      out += "--- " + std::to_string(area.columns) + " x " +
             std::to_string(area.rows) + "\n" +
             joined(state.frame(Time(timed.at + 1500ms), area));
    }
  }
  fakes::check_golden("live_frames.txt", out);
}

TEST_CASE("The block keeps to any terminal", "[cmd][live_view]") {
  live::State state;
  int too_many = 0, too_wide = 0;
  for (const Timed& timed : story()) {
    (void)state.apply(timed.event, Time(timed.at), {});
    for (std::size_t width = 20; width < 90; width += 11) {
      for (std::size_t rows = 2; rows < 12; rows += 2) {
        for (const bool utf8 : {true, false}) {
          const auto lines = state.frame(Time(timed.at), {width, rows, utf8});
          too_many += lines.size() >= rows;
          for (const std::string& line : lines) {
            too_wide += columns(without_colours(line)) > width;
          }
        }
      }
    }
  }
  CHECK(too_many == 0);
  CHECK(too_wide == 0);
}

TEST_CASE("Names from outside cannot steer the view", "[cmd][live_view]") {
  live::State state;
  std::string out;
  const std::string nasty = "a\x1b[2Jb\nc\r\x07";
  Observation seen = bad(1s);
  seen.failure->evidence = nasty;
  for (const Event& event : std::vector<Event>{
           Phases{{nasty}}, PhaseStarted{nasty},
           ProbeStarted{0, nasty, Purpose::search}, Said{nasty}}) {
    for (const auto& line : state.apply(event, Time(), {.plain = true})) {
      out += line;
    }
  }
  for (const auto& line : state.frame(Time(), {})) {
    CHECK(line.find('\n') == line.npos);
    CHECK(line.find('\r') == line.npos);
    CHECK(line.find("\x1b[2J") == line.npos);
  }
  for (const auto& line :
       state.apply(ProbeEnded{nasty, Purpose::search, seen, false}, Time(),
                   {.plain = true})) {
    out += line;
  }
  CHECK(printable(out) == out);
}

TEST_CASE("The view draws in place, ticks, and leaves only what stays",
          "[cmd][live_view]") {
  Pty pty(60, 20);
  {
    LiveView view(pty.theirs, {true, false});
    view.on_event(Phases{{"health", "full"}});
    view.on_event(PhaseEnded{"health", ReportPhase::State::good, true});
    view.on_event(PhaseStarted{"full"});
    view.on_event(ProbeStarted{0, "phase full", {}});
    CHECK(pty.until([](const std::string& text) {
      return contains(text, "|-| full") && contains(text, "probe 1") &&
             contains(text, "|=| health");
    }));
    // Without another event: the time goes on.
    CHECK(pty.until(
        [](const std::string& text) { return contains(text, "0.3 s"); }));
    CHECK(pty.until(
        [](const std::string& text) { return contains(text, "0.6 s"); }));
    view.on_event(ProbeEnded{"phase full", {}, good(700ms), false});
    view.on_event(PhaseEnded{"full", ReportPhase::State::good, false});
    CHECK(pty.until([](const std::string& text) {
      return contains(text, "|=| full") && !contains(text, "|-|");
    }));
    view.finish();
    view.finish();  // once is enough, twice is no error
    view.on_event(Said{"later"});
  }
  pty.drain();
  const std::string text = pty.screen.text();
  CAPTURE(text);
  CHECK(
      text.starts_with("phase health: healthy, as known from before\n"
                       "probe 1: good  phase full, 0.7 s\n"
                       "phase full: healthy, "));
  CHECK(text.ends_with("s\nlater\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(pty.screen.wraps());  // as it was before
}

TEST_CASE("A narrower terminal is drawn narrower", "[cmd][live_view]") {
  Pty pty(60, 20);
  LiveView view(pty.theirs, {true, false});
  const std::string label(45, 'x');
  view.on_event(ProbeStarted{0, label, Purpose::search});
  CHECK(pty.until([&](const std::string& text) {
    return contains(text, "xxxxxx...") && contains(text, "preparing");
  }));
  winsize size{};
  size.ws_col = 40;
  size.ws_row = 20;
  REQUIRE(::ioctl(pty.theirs, TIOCSWINSZ, &size) == 0);
  pty.screen.resize(40);
  CHECK(pty.until([](const std::string& text) {
    const std::string_view last =
        std::string_view(text).substr(text.rfind("probe"));
    return contains(text, "preparing") && last.size() <= 40 &&
           std::count(last.begin(), last.end(), '\n') == 1;
  }));
}

TEST_CASE("Threads may tell the view at once", "[cmd][live_view]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    LiveView view(ends[1], {false, false});
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&view, t] {
        const std::string label = "probe of thread " + std::to_string(t);
        for (int i = 0; i < 50; ++i) {
          view.on_event(ProbeStarted{t, label, Purpose::search});
          view.on_event(StageReached{t, Stage::start});
          view.on_event(ProbeEnded{label, Purpose::search, good(1ms), false});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  ::close(ends[1]);
  std::string log;
  char text[4096];
  for (ssize_t size; (size = ::read(ends[0], text, sizeof text)) > 0;) {
    log.append(text, static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  CHECK(std::count(log.begin(), log.end(), '\n') == 400);
}

TEST_CASE("Plain lines where a terminal is none or wants none",
          "[cmd][live_view]") {
  struct Variables {
    std::deque<std::pair<std::string, std::optional<std::string>>> before;
    void set(const char* name, const char* value) {
      const char* old = std::getenv(name);
      before.emplace_front(
          name, old ? std::optional<std::string>(old) : std::nullopt);
      if (value != nullptr) {
        ::setenv(name, value, 1);
      } else {
        ::unsetenv(name);
      }
    }
    ~Variables() {
      for (const auto& [name, value] : before) {
        if (value) {
          ::setenv(name.c_str(), value->c_str(), 1);
        } else {
          ::unsetenv(name.c_str());
        }
      }
    }
  } variables;
  variables.set("TERM", "xterm");
  variables.set("NO_COLOR", nullptr);
  variables.set("LC_ALL", "C.UTF-8");
  Pty pty(80, 24);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);

  CHECK(live_style(pty.theirs).terminal);
  CHECK(live_style(pty.theirs).utf8);
  CHECK_FALSE(live_style(pty.theirs, true).terminal);
  CHECK_FALSE(live_style(ends[1]).terminal);
  variables.set("NO_COLOR", "1");
  CHECK_FALSE(live_style(pty.theirs).terminal);
  variables.set("NO_COLOR", "");  // no-color.org: empty is not set
  CHECK(live_style(pty.theirs).terminal);
  variables.set("TERM", "dumb");
  CHECK_FALSE(live_style(pty.theirs).terminal);
  variables.set("LC_ALL", "C");
  CHECK_FALSE(live_style(pty.theirs).utf8);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace rung::progress_view_test
