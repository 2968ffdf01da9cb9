#include "adapters/platform/adapter_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/model/gate.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/duration.hpp"

namespace rung {

AdapterOptions::AdapterOptions(std::string target,
                               std::map<std::string, std::string> given,
                               std::span<const std::string_view> known)
    : target_(std::move(target)), given_(std::move(given)) {
  for (const auto& [name, value] : given_) {
    const bool fits =
        name.rfind("x-", 0) == 0 ||
        std::any_of(known.begin(), known.end(),
                    [&name = name](std::string_view one) {
                      return one.ends_with('.') ? name.rfind(one, 0) == 0
                                                : name == one;
                    });
    if (fits) continue;
    throw PlanError(fmt::format("targets/{}: unknown key \"{}\"{}", target_,
                                name, did_you_mean(name, known)));
  }
}

std::string AdapterOptions::text(const std::string& name) const {
  return text(name, "");
}

std::string AdapterOptions::text(const std::string& name,
                                 std::string_view otherwise) const {
  const auto it = given_.find(name);
  return it == given_.end() || it->second.empty() ? std::string(otherwise)
                                                  : it->second;
}

std::string AdapterOptions::required(const std::string& name,
                                     std::string_view example) const {
  const std::string value = text(name);
  if (!value.empty()) return value;
  throw PlanError(fmt::format("targets/{}: \"{}\" is missing, as in {}", target_,
                              name, example));
}

bool AdapterOptions::flag(const std::string& name) const {
  const std::string value = text(name, "false");
  if (value == "true" || value == "false") return value == "true";
  throw wrong(name, "true or false");
}

std::chrono::milliseconds AdapterOptions::duration(
    const std::string& name, std::chrono::milliseconds otherwise) const {
  const std::string value = text(name);
  if (value.empty()) return otherwise;
  try {
    const auto read = parse_duration(value);
    if (read.count() > 0) return read;
  } catch (const UsageError& error) {
    throw PlanError(
        fmt::format("targets/{}/{}: {}", target_, name, error.what()));
  }
  throw wrong(name, "a time of more than 0");
}

PlanError AdapterOptions::wrong(const std::string& name,
                                std::string_view wanted) const {
  return PlanError(
      fmt::format("targets/{}/{}: expected {}", target_, name, wanted));
}

std::map<std::string, std::string> AdapterOptions::below(
    std::string_view prefix) const {
  std::map<std::string, std::string> found;
  for (const auto& [name, value] : given_) {
    if (name.rfind(prefix, 0) == 0) found[name.substr(prefix.size())] = value;
  }
  return found;
}

}  // namespace rung
