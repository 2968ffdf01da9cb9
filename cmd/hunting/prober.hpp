#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/gates/probe.hpp"
#include "core/model/release.hpp"

namespace rung {

/// Judges releases, one at a time; a bisect with k workers has k of them.
class Prober {
 public:
  virtual ~Prober() = default;
  /// `on_stage` may be called from the thread that probes. `enough`: see
  /// hold().
  virtual ProbeEvidence probe(
      const Release& release, const std::function<void(Stage)>& on_stage,
      std::optional<std::chrono::milliseconds> enough = {}) = 0;
  /// Whether a probe of this release has nothing to build.
  [[nodiscard]] virtual bool ready(const Release&) { return true; }
  /// Whether a build of this release is made anew when the variable changes;
  /// true also where no build gets variables.
  [[nodiscard]] virtual bool build_reads(const Release&, const std::string&) {
    return true;
  }
  /// Whether a probe has left files that the next one can read.
  [[nodiscard]] virtual bool leaves_files() { return false; }
  /// What the probes of two releases left behind, where it stays for the next
  /// probe: which files differ, or else which there are. Known of the first few.
  [[nodiscard]] virtual std::vector<std::string> left_differently(
      const Release&, const Release&) {
    return {};
  }
};

}  // namespace rung
