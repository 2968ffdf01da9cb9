#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "adapters/doctor/looks.hpp"
#include "cmd/input/planned.hpp"
#include "core/text/redact.hpp"

namespace rung {

/// What a plan needs of the world, as far as it can be looked at without
/// changing anything.
class PlanLooks {
 public:
  /// `target`: "" = all of the plan. Throws UsageError with the likely name.
  PlanLooks(const Planned& planned, const std::string& target,
            std::chrono::milliseconds at_most);

  [[nodiscard]] std::vector<Look> looks() const;
  /// Some target deploys commits that its platform fetches itself.
  [[nodiscard]] bool must_be_pushed() const;
  /// Knows the values that no row may show.
  [[nodiscard]] const Redactor& redactor() const { return redact_; }

 private:
  /// A variable of some phase.
  struct Variable {
    std::string name, value;
  };
  using Env = std::map<std::string, std::string>;

  void read_environments();
  [[nodiscard]] bool has_adapter(std::string_view adapter) const;
  void add_tools(std::vector<Look>& looks) const;
  void add_platforms(std::vector<Look>& looks) const;
  void add_serving(std::vector<Look>& looks) const;
  void add_gates(std::vector<Look>& looks) const;
  void add_variables(std::vector<Look>& looks) const;
  void add_journal(std::vector<Look>& looks) const;

  const Planned& planned_;
  const Plan& plan_;
  std::vector<Target> targets_;
  std::chrono::milliseconds at_most_;
  std::vector<Env> environments_;  ///< of each phase
  std::vector<Variable> variables_;
  std::vector<Look> secrets_;
  bool used_here_ = false;  ///< a release runs on this machine
  Redactor redact_;
};

}  // namespace rung
