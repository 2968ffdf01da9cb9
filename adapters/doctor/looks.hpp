#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/doctor/checkup.hpp"
#include "core/doctor/machine_limits.hpp"

namespace rung {

/// What one look fills in while it goes on, from a thread of its own. What is
/// not told when the time is over is unknown.
class LookRows {
 public:
  virtual ~LookRows() = default;
  /// What was found for the look's row of this number.
  virtual void tell(std::size_t row, Judged judged) = 0;
  /// A row that nobody could know of beforehand.
  virtual void add(CheckupRow row) = 0;
  /// The row makes no sense after all.
  virtual void drop(std::size_t row) = 0;
  /// For judged_clock().
  virtual void date(DateSeen seen) = 0;
};

/// A look at one thing. It owns all that it uses: one that hangs outlives the
/// command that wanted it.
struct Look {
  std::vector<CheckupRow> rows;  ///< name, what and expected
  std::function<void(LookRows& rows)> look;
};

/// A look with one row.
Look single_look(CheckupRow row, std::function<Judged()> judge);
/// One whose answer is known already.
Look known_look(CheckupRow row, Judged judged);

/// A look that begins only now, because of what another one found: its rows are
/// added as they are told.
void look_further(const Look& look, LookRows& rows);

struct LookedAt {
  std::vector<CheckupRow> rows;  ///< in the order of the looks
  std::vector<DateSeen> dates;
  /// A look still hangs. Its thread must not see the end of main(), which takes
  /// away what it uses: end with _exit().
  bool some_hang = false;
};

/// Looks at all of them side by side and returns when all are done, at the
/// latest after `at_most`. Throws Interrupted.
LookedAt look_side_by_side(std::vector<Look> looks,
                           std::chrono::milliseconds at_most);

}  // namespace rung
