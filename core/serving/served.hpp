#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/serving/serving_place.hpp"

namespace rung {

/// Decides what serves on a target: what takes over, what is put back, what
/// makes room for trials. See ServingPlace for the doing.
class Served {
 public:
  Served(ServingPlace& place, WantedRecord record)
      : place_(place), record_(std::move(record)) {}

  [[nodiscard]] std::optional<WantedRelease> wanted() const {
    return record_.read();
  }
  /// Makes a release the one that serves, and holds it against its phase's
  /// gates. Good: it is on record as wanted. Any other verdict: what served
  /// before does. `exact`: see ServingPlace::bundle.
  Observation serve(const WantedRelease& release,
                    const Release* exact = nullptr);
  /// Serves what is wanted and proves it, starting it again if need be.
  /// Nothing wanted: true. False: it is not proved; it serves all the same if
  /// it runs, because nothing better is known (serves_unproved()).
  bool restore();
  [[nodiscard]] bool serves_unproved() const { return serves_unproved_; }
  /// What somebody else did to what serves, or why it does not, since this was
  /// last asked: a line for people each.
  [[nodiscard]] std::vector<std::string> take_notes();
  /// Stops what serves if trials need its place; restore() undoes it.
  void make_room();
  /// Stops it for good.
  void stop();
  /// What serves now, whoever put it there.
  [[nodiscard]] std::optional<LiveRelease> live() {
    return place_.live_platform().live();
  }

 private:
  Observation serve_once(const WantedRelease& wanted, const Release* exact);
  Observation judge_again(const WantedRelease& wanted);
  Observation take_over(const WantedRelease& wanted, const Release* exact,
                        bool whatever_gates_say = false);
  bool restore(const WantedRelease& wanted);

  ServingPlace& place_;
  WantedRecord record_;
  bool made_room_ = false;  ///< by stopping it
  bool serves_unproved_ = false;
  std::vector<std::string> notes_;
};

}  // namespace rung
