#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plans/proposing/proposal.hpp"

namespace rung {

/// Something that only a person can fill in, and the line of the plan that
/// says so.
struct PlanTodo {
  std::size_t line = 0;  ///< from 1
  std::string what;
};

struct WrittenPlan {
  std::string text;
  std::vector<PlanTodo> todos;  ///< by line
};

/// The plan as YAML. Each guess has a comment with where it comes from, what
/// is not known a comment that begins with "# TODO:". Equal proposals give
/// equal bytes.
WrittenPlan write_plan(const ProposedPlan& proposal);

/// A text as a YAML scalar that reads back as itself, on one line.
std::string yaml_scalar(std::string_view text);

}  // namespace rung
