#pragma once

#include <functional>

#include "core/probe.hpp"
#include "core/release.hpp"

namespace rung {

/// Judges releases, one at a time; a bisect with k workers has k of them.
class Prober {
 public:
  virtual ~Prober() = default;
  /// `on_stage` may be called from the thread that probes.
  virtual ProbeEvidence probe(const Release& release,
                              const std::function<void(Stage)>& on_stage) = 0;
  /// Expected seconds: builds that are not cached cost more. Only compared.
  [[nodiscard]] virtual double seconds(const Release&) { return 1; }
};

}  // namespace rung
