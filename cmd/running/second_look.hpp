#pragma once

#include <cstddef>
#include <string>

#include "cmd/workshop/workshop.hpp"
#include "core/hunting/hunt.hpp"
#include "core/hunting/question.hpp"

namespace rung {

/// What a second look at an answer came to.
struct SecondLook {
  /// The search has to be made again, or goes on with what it knows; else the
  /// answer holds, or nothing gives reason to doubt it.
  bool search_again = false;
  std::string why;  ///< a line for the answer; "" = it says so itself
  /// Verdicts of earlier runs no longer hold.
  bool forget_earlier = false;
  /// The answer should have been tried once more, and the budget did not do.
  bool out_of_budget = false;
  /// The end that should pass fails, and the one that should fail passes.
  bool swapped = false;
};

/// A search takes over what earlier trials left: files, builds that seemed not
/// to read a variable, verdicts on a command that may have changed. Each can
/// accuse an innocent change. So where there is any of it, what the answer
/// rests on is judged once more without it. Records the verdicts and counts
/// them in `result`, or leaves both to the search that follows. Takes what was
/// used from `settings.limits`. The workshop then starts from nothing, if that
/// is what made the difference (Workshop::start_from_nothing()). Where the
/// first end is not what it was told to be, a look at the other one tells
/// whether the two are swapped.
SecondLook look_again(Workshop& workshop, const Question& question,
                      HuntResult& result, HuntSettings& settings,
                      const std::string& run, double seconds,
                      std::size_t workers, const HuntObserver& observer);

}  // namespace rung
