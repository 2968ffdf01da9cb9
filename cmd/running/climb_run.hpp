#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/climbing/climb.hpp"
#include "core/climbing/from_before.hpp"

namespace rung {

struct ClimbOptions {
  std::string plan, target;
  std::vector<std::string> approve;
  bool tag = false;       ///< tag the commits of good phases
  bool no_serve = false;  ///< only judge; leave what serves alone
  FindBreakOptions find;
};

/// One climb of a plan on one target, on record in the plan's journal.
class ClimbRun final : private Ladder {
 public:
  /// Throws UsageError for a phase in `approve` that the plan does not have.
  ClimbRun(const ClimbOptions& options, Planned planned,
           const Context& context);

  /// Climbs, finds what broke a phase, and lets the right release serve.
  Report run();
  /// Puts the report on record. Call it once the report has been shown.
  void end(const Report& report) { end_run(workshop_.journal(), report); }

 private:
  struct Good {
    Release release;
    std::size_t phase;  ///< whose gates it passed
    std::string text;
    std::vector<std::string> secrets;  ///< other values now than it passed with
  };

  [[nodiscard]] std::size_t phases() const override { return ids_.size(); }
  void begins(std::size_t phase) override;
  std::optional<Observation> remembered(std::size_t phase) override;
  bool approved(std::size_t phase) override;
  Observation probe(std::size_t phase) override;
  void ends(std::size_t phase, const Step& step) override;

  Run begin();
  template <class Doing>
  auto fetching(const Doing& doing);
  void tell_phases();
  [[nodiscard]] Report begun() const;
  void add_steps(Report& report, const Climbed& climbed) const;
  void find_cause(Report& report, const Climbed& climbed);
  Report search(Report report, std::size_t phase, const Good& good);
  void keep_good(std::size_t phase, bool known);
  [[nodiscard]] std::optional<Good> good_below(std::size_t phase) const;
  /// Whether the phase's release is one of its known goods.
  [[nodiscard]] bool has_passed(std::size_t phase) const;
  void serve(Report& report, const Climbed& climbed);
  void take_over(Report& report, std::size_t phase, bool remembered);
  bool ensure_serving(const Climbed& climbed);
  Observation try_serve(std::size_t phase);
  void tell_serving(Report& report);

  [[nodiscard]] const Phase& phase_of(std::size_t phase) const {
    return planned_.plan().phases[phase];
  }
  [[nodiscard]] PhaseRecord record_of(std::size_t phase) const;
  [[nodiscard]] std::optional<std::size_t> wanted_phase() const;

  const ClimbOptions& options_;
  const Context& context_;
  Planned planned_;
  const Target& target_;
  Workshop workshop_;
  ServedTarget place_;
  Served served_;
  Progress progress_;
  std::vector<Release> releases_;
  std::vector<std::string> ids_, gate_ids_;
  std::string log_;  ///< of the trial made last
  Run run_;
};

}  // namespace rung
