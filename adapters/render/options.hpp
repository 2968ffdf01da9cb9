#pragma once

#include <chrono>
#include <map>
#include <string>

namespace rung::render {

/// A target's options, checked. README: plans/README.md, "Render".
struct Options {
  std::string service;  ///< id or name; required
  std::string token_env = "RENDER_API_KEY";
  std::string base_url = "https://api.render.com/v1";
  bool in_place = false;
  std::string plan;  ///< instance type of trials; "" = the live service's
  std::chrono::milliseconds poll{3000};  ///< the first; later ones are rarer
  std::chrono::milliseconds deadline{std::chrono::hours(3)};  ///< of a deploy
};

/// Throws PlanError for an option there is not, naming the likely one, or
/// whose value cannot be read.
Options options_from(const std::string& target,
                     const std::map<std::string, std::string>& given);

}  // namespace rung::render
