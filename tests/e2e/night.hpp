#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rung::e2e {

/// The ids of a list of tests in the JSON of a night.
inline std::vector<std::string> ids_of(const nlohmann::json& tests) {
  std::vector<std::string> ids;
  for (const auto& test : tests) ids.push_back(test.at("id"));
  return ids;
}

/// Culprit -> the tests that it broke.
inline std::map<std::string, std::vector<std::string>> culprits_of(
    const nlohmann::json& report) {
  std::map<std::string, std::vector<std::string>> found;
  for (const auto& one : report.at("broken")) {
    found[one.at("culprit").at("commit")] = ids_of(one.at("tests"));
  }
  return found;
}

}  // namespace rung::e2e
