#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "plans/requirements/npm.hpp"
#include "plans/requirements/npm_write.hpp"

namespace rung::npm_test {

using Json = nlohmann::ordered_json;
using Files = std::map<std::string, std::string>;

inline Release locked_release(const std::string& lock) {
  Release release;
  release.requirements = parse_package_lock(lock, "lock");
  return release;
}

/// A lock file of version 3 with these packages: path -> entry.
inline std::string lock3(const Json& root, const Json& packages) {
  Json all = Json::object();
  all[""] = root;
  all.update(packages);
  return Json{{"lockfileVersion", 3}, {"packages", all}}.dump();
}

inline Json written(const Release& release, const std::string& file,
                    const Files& manifests = {{"package.json", "{}"}}) {
  const auto files = write_locked(release, "package.json", manifests);
  REQUIRE(files.contains(file));
  return Json::parse(files.at(file));
}

}  // namespace rung::npm_test
