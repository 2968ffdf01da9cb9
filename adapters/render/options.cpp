#include "adapters/render/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "adapters/platform/adapter_options.hpp"
#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"

namespace rung::render {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "service", "token_env", "base_url", "in_place", "plan", "poll", "deadline"};
// Source: `paidPlan` of Render's OpenAPI description.
constexpr std::array<std::string_view, 6> kPlans = {
    "starter", "standard", "pro", "pro_plus", "pro_max", "pro_ultra"};

}  // namespace

Options options_from(const std::string& target,
                     const std::map<std::string, std::string>& given) {
  const AdapterOptions words(target, given, kNames);
  Options options;
  options.service = words.required("service", "service: srv-... or its name");
  options.token_env = words.text("token_env", options.token_env);
  options.base_url = words.text("base_url", options.base_url);
  if (!options.base_url.starts_with("http://") &&
      !options.base_url.starts_with("https://")) {
    throw words.wrong("base_url", "an http or https URL");
  }
  options.in_place = words.flag("in_place");
  options.plan = words.text("plan");
  if (!options.plan.empty() &&
      std::find(kPlans.begin(), kPlans.end(), options.plan) == kPlans.end()) {
    throw words.wrong(
        "plan", fmt::format("a paid instance type of Render's{}; one of {}",
                            did_you_mean(options.plan, kPlans),
                            fmt::join(kPlans, ", ")));
  }
  options.poll = words.duration("poll", options.poll);
  options.deadline = words.duration("deadline", options.deadline);
  return options;
}

}  // namespace rung::render
