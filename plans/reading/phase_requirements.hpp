#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/model/plan.hpp"
#include "plans/reading/plan_node.hpp"

// Inside of reader.cpp: the requirements of one phase after the other.
namespace rung {

class PhaseRequirements {
 public:
  PhaseRequirements(const PlanPlace& place, const std::string& runtime)
      : place_(place), runtime_(runtime) {}

  /// Reads requirements, change_requirements and remove_requirements of the
  /// phase at `at`. Throws PlanError.
  void read(const At& at, Phase& phase);
  /// Whether any phase so far spoke of requirements.
  [[nodiscard]] bool any() const { return any_; }

 private:
  struct Required {
    std::string rest, phase;
    bool from_file = false;  ///< -r FILE
  };
  struct Line {
    At place;
    std::string package, rest;
    bool from_file = false;
  };

  [[nodiscard]] std::vector<Line> required(const At& at) const;
  void one_or_file(const At& item, std::vector<Line>& lines) const;
  [[nodiscard]] std::string like_required(const std::string& package) const;

  const PlanPlace& place_;
  const std::string& runtime_;
  std::map<std::string, Required> required_;  ///< by package
  bool any_ = false;
};

}  // namespace rung
