#pragma once

#include <map>
#include <string>
#include <vector>

namespace rung {

/// When each release was judged in a hunt that weighs verdicts. Weighed
/// verdicts have no order, but the world has: once a database is down, all
/// fails from then on, and that looks like a culprit. So below what is accused
/// a release has to pass between two failures.
class VerdictOrder {
 public:
  /// `fails`: as the search sees it.
  void told(const std::string& id, bool fails);

  enum class Wanted { nothing, pass, failure };
  /// What is still to be seen: `passing` after a failure of `failing`, or
  /// `failing` after that. Nothing once it was asked for too often.
  [[nodiscard]] Wanted wanted(const std::string& failing,
                              const std::string& passing);

 private:
  struct Seen {
    std::vector<unsigned> fails, passes;  ///< ascending
  };
  std::map<std::string, Seen> seen_;  ///< by release id
  unsigned told_ = 0, asked_ = 0;
};

}  // namespace rung
