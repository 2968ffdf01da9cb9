#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace rung {

/// One of many failures that are searched together: a test that passes at
/// `good` and fails at `bad`. Both are places on one line of commits, 0 the
/// oldest. REQUIRES: good < bad.
struct ManyTest {
  std::size_t good = 0, bad = 0;
  double seconds = 0;  ///< that one run of it takes
};

/// What a run of one test at one place tells.
enum class Told { passed, failed, nothing };

struct ManyOptions {
  double build_seconds = 1;  ///< of a checkout and its build; > 0
  /// How often a test must have failed at the place that is accused, and passed
  /// at the place below it, before the accusation counts. A test that fails a
  /// sound commit in one run of ten is then named wrongly once in 100,000.
  unsigned failures = 6, passes = 4;
};

/// The next thing to find out: check out and build `place` (unless it is what
/// stands there), and run `tests` once.
struct ManyProbe {
  std::size_t place = 0;
  std::vector<std::size_t> tests;  ///< indices, ascending; never empty
  bool proof = false;              ///< repeats what an answer rests on
};

/// What is known about one test.
struct ManyRange {
  enum class State {
    open,    ///< more probes narrow it down
    closed,  ///< they do not; the proof is not complete
    proved,
    unproved,  ///< the proof cannot be made: a place of it is not judged now
    drift,     ///< it fails at `good`, too: no commit is guilty
    unsure,    ///< it passes at `bad`, too, or both passes and fails at `good`
  };
  State state = State::open;
  /// The nearest place known to pass below the lowest that is known to fail.
  /// Proved and bad == good + 1: `bad` is guilty. Otherwise the places above
  /// good, up to bad, are suspects.
  std::size_t good = 0, bad = 0;
  bool flaky = false;  ///< it both passed and failed at one place
  unsigned failures = 0, passes = 0;  ///< counted at `bad`; at `good`
};

/// One search for many failures. Each test has a boundary of its own; a probe
/// tells about all tests whose boundary it can move, so tests that fell
/// together are found together, and ranges that differ are searched side by
/// side. The next place is the one that tells most bits per second.
///
/// It assumes that broken stays broken along the line. If this is wrong, it
/// finds the boundary nearest to `bad` among those it saw. A place where a test
/// passes once counts as sound for it, whatever else it did there: the test
/// failed at `bad` every time. A place that cannot be judged is stepped over;
/// if a run of them hides the boundary, all of them are suspects.
///
/// A function of what was recorded: to resume, record the same again. It owns
/// no clock and no platform.
class ManySearch {
 public:
  /// REQUIRES: each test's `bad` < places.
  ManySearch(std::size_t places, std::vector<ManyTest> tests,
             ManyOptions options = {});

  /// `standing`: the place that is built already. nullopt: no probe tells more.
  [[nodiscard]] std::optional<ManyProbe> next(
      std::optional<std::size_t> standing = {}) const;
  /// Accepts any test and place, also what next() did not ask.
  void record(std::size_t test, std::size_t place, Told told);
  [[nodiscard]] ManyRange range(std::size_t test) const;
  /// How many builds are still needed if each place can be judged.
  [[nodiscard]] std::size_t builds_left() const;

 private:
  struct Seen {
    unsigned passes = 0, failures = 0, untold = 0;
  };
  [[nodiscard]] Seen seen(std::size_t test, std::size_t place) const;
  using Facts = std::map<std::size_t, Seen>;  ///< by place

  [[nodiscard]] ManyRange bounds(std::size_t test) const;
  [[nodiscard]] std::vector<std::size_t> untold_in(
      std::size_t test, const ManyRange& range) const;
  [[nodiscard]] std::size_t place_of_proof(const ManyRange& range) const;
  [[nodiscard]] ManyProbe probe_at(std::size_t place,
                                   const std::vector<ManyRange>& ranges) const;
  [[nodiscard]] std::optional<ManyProbe> next_proof(
      std::optional<std::size_t> standing,
      const std::vector<ManyRange>& ranges) const;
  [[nodiscard]] std::optional<ManyProbe> next_search(
      std::optional<std::size_t> standing,
      const std::vector<ManyRange>& ranges) const;

  std::size_t places_;
  std::vector<ManyTest> tests_;
  ManyOptions options_;
  std::vector<Facts> facts_;  ///< by test
};

}  // namespace rung
