#include "adapters/render_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/did_you_mean.hpp"
#include "core/error.hpp"
#include "core/gate.hpp"

namespace rung::render {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "service", "token_env", "base_url", "in_place", "plan", "poll", "deadline"};
// Source: `paidPlan` of Render's OpenAPI description.
constexpr std::array<std::string_view, 6> kPlans = {
    "starter", "standard", "pro", "pro_plus", "pro_max", "pro_ultra"};

bool flag(const std::string& name, const std::string& value) {
  if (value == "true") return true;
  if (value == "false") return false;
  throw UsageError(fmt::format(
      "render: {}: \"{}\" is neither true nor false", name, value));
}

std::chrono::milliseconds duration(const std::string& name,
                                   const std::string& value) {
  const auto read = parse_duration(value);
  if (read.count() > 0) return read;
  throw UsageError(fmt::format("render: {}: has to be more than 0", name));
}

}  // namespace

Options options_from(const std::map<std::string, std::string>& words) {
  Options options;
  for (const auto& [name, value] : words) {
    if (name == "service") {
      options.service = value;
    } else if (name == "token_env") {
      options.token_env = value;
    } else if (name == "base_url") {
      options.base_url = value;
      if (!value.starts_with("http://") && !value.starts_with("https://")) {
        throw UsageError(
            fmt::format("render: base_url: \"{}\" is no http URL", value));
      }
    } else if (name == "in_place") {
      options.in_place = flag(name, value);
    } else if (name == "plan") {
      options.plan = value;
      if (std::find(kPlans.begin(), kPlans.end(), value) == kPlans.end()) {
        throw UsageError(fmt::format(
            "render: plan: \"{}\" is no paid instance type of Render's{}; say one "
            "of {}",
            value, did_you_mean(value, kPlans), fmt::join(kPlans, ", ")));
      }
    } else if (name == "poll") {
      options.poll = duration(name, value);
    } else if (name == "deadline") {
      options.deadline = duration(name, value);
    } else {
      throw UsageError(fmt::format("render: unknown option \"{}\"{}", name,
                                   did_you_mean(name, kNames)));
    }
  }
  if (options.service.empty()) {
    throw UsageError(
        "render: the target names no service; say service: srv-... or its "
        "name");
  }
  if (options.token_env.empty()) {
    throw UsageError("render: token_env: names no environment variable");
  }
  return options;
}

}  // namespace rung::render
