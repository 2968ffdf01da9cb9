#include "core/hunting/verdict_order.hpp"

#include <algorithm>

namespace rung {

void VerdictOrder::told(const std::string& id, bool fails) {
  Seen& seen = seen_[id];
  (fails ? seen.fails : seen.passes).push_back(++told_);
}

VerdictOrder::Wanted VerdictOrder::wanted(const std::string& failing,
                                          const std::string& passing) {
  constexpr unsigned kMost = 8;  // it may not be to be had
  const auto& fails = seen_[failing].fails;
  const auto& passes = seen_[passing].passes;
  // Without a failure in this hunt all is on record: nothing to compare with.
  if (fails.empty() || asked_ >= kMost) return Wanted::nothing;
  const auto pass =
      std::upper_bound(passes.begin(), passes.end(), fails.front());
  const bool passed = pass != passes.end();
  if (passed && fails.back() > *pass) return Wanted::nothing;
  ++asked_;
  return passed ? Wanted::failure : Wanted::pass;
}

}  // namespace rung
