#include "tests/e2e/broken_service.hpp"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <fstream>

namespace rung::e2e {

BrokenService::BrokenService() {
  repository_.emplace(folder_.path() / "app");
}

std::string BrokenService::commit(const std::string& rules,
                                  const std::string& message) {
  // The number makes every commit another tree: rung knows equal ones.
  return repository_->commit_files({{"behaviour", "port PORT\n" + rules},
                                    {"number", std::to_string(++number_)}},
                                   message);
}

std::vector<std::string> BrokenService::commits(std::size_t count,
                                                const std::string& rules) {
  std::vector<std::string> ids;
  while (ids.size() < count) ids.push_back(commit(rules));
  return ids;
}

std::string BrokenService::file(const std::string& name,
                                const std::string& text) {
  const auto path = folder_.path() / name;
  std::ofstream(path) << text;
  return path.string();
}

std::string BrokenService::env_file(
    const std::string& name, std::size_t count, const std::string& value,
    const std::map<std::string, std::string>& more) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "K" + std::to_string(i) + "=" + value + "\n";
  }
  for (const auto& [key, its] : more) text += key + "=" + its + "\n";
  return file(name, text);
}

Result BrokenService::bisect(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "bisect", "--source", root().string(), "--json"};
  const auto given = [&](const char* option) {
    return std::find(more.begin(), more.end(), option) != more.end();
  };
  if (!given("--command")) {
    for (const char* word :
         {"--port", "0", "--gate", "http /health status=200 deadline=20s"}) {
      arguments.emplace_back(word);
    }
    if (!given("--start")) {
      arguments.emplace_back("--start");
      arguments.emplace_back("exec " RUNG_TEST_SERVICE);
    }
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  return rung(arguments, folder_.path());
}

std::string named(const nlohmann::json& delta) {
  const std::string kind = delta["kind"];
  if (kind == "commit") return "commit " + delta["id"].get<std::string>();
  std::string text = kind + " " + delta["name"].get<std::string>();
  if (kind == "env") text += " " + delta["change"].get<std::string>();
  if (kind == "requirement") {
    const auto version = [](const nlohmann::json& json) {
      return json.is_null() ? "none" : json.get<std::string>();
    };
    text += " " + version(delta["before"]) + " -> " + version(delta["after"]);
  }
  return text;
}

std::vector<std::string> named_all(const nlohmann::json& deltas) {
  std::vector<std::string> names;
  for (const auto& delta : deltas) names.push_back(named(delta));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::vector<std::string>> culprits(const nlohmann::json& report) {
  std::vector<std::vector<std::string>> sets;
  for (const auto& set : report["culprits"]) sets.push_back(named_all(set));
  return sets;
}

void check_probes(const nlohmann::json& report, unsigned deltas,
                  unsigned culprits) {
  const auto& probes = report["probes"];
  CAPTURE(probes.dump(), deltas, culprits);
  const auto halvings = static_cast<unsigned>(std::bit_width(deltas - 1));
  // What each finding rests on is seen again: at most two more.
  const unsigned most = culprits == 1 ? halvings + 2 + 2 + 2
                                      : culprits * (halvings + 2 + 2) + 4;
  CHECK(probes["controls"].get<unsigned>() == 2);
  CHECK(probes["total"].get<unsigned>() <= most);
  CHECK(probes["total"].get<unsigned>() ==
        probes["controls"].get<unsigned>() +
            probes["search"].get<unsigned>() +
            probes["proof"].get<unsigned>());
}

}  // namespace rung::e2e
