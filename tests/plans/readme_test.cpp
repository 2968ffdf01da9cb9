#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "plans/reading/reader.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

const std::filesystem::path kPlans =
    std::filesystem::path(RUNG_SOURCE_DIR) / "plans";

void collect_keys(const nlohmann::json& schema, std::set<std::string>& keys) {
  if (!schema.is_structured()) return;
  for (const auto& [key, value] : schema.items()) {
    if (key == "properties") {
      for (const auto& [name, property] : value.items()) keys.insert(name);
    }
    collect_keys(value, keys);
  }
}

}  // namespace

TEST_CASE("Every key of the schema is described in plans/README.md",
          "[plans][readme]") {
  const std::string readme = read_text_file(kPlans / "README.md", 1 << 20);
  std::set<std::string> keys;
  collect_keys(nlohmann::json::parse(
                   read_text_file(kPlans / "plan.schema.json", 1 << 20)),
               keys);
  CHECK(keys.size() > 60);
  for (const auto& key : keys) {
    CAPTURE(key);
    const bool described = readme.find("`" + key + "`") != std::string::npos ||
                           readme.find(key + ":") != std::string::npos;
    CHECK(described);
  }
}

TEST_CASE("The plan in plans/README.md is one", "[plans][readme]") {
  const std::string readme = read_text_file(kPlans / "README.md", 1 << 20);
  const auto begin = readme.find("```yaml\n") + 8;
  std::string text = readme.substr(begin, readme.find("```\n", begin) - begin);
  // There is no such file beside the README.
  const std::string file = "env_files: [.env.production]\n";
  REQUIRE(text.find(file) != std::string::npos);
  text.erase(text.find(file), file.size());
  CHECK(read_plan_text(text, kPlans / "plan.yaml").phases.size() == 2);
}

}  // namespace rung
