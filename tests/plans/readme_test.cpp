#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <re2/re2.h>
#include <set>
#include <string>
#include <vector>

#include "plans/reading/reader.hpp"
#include "plans/text_file.hpp"

namespace rung::readme_test {
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

/// From a heading to the next one.
std::string section_of(const std::string& readme, const std::string& heading) {
  const auto begin = readme.find(heading);
  REQUIRE(begin != std::string::npos);
  return readme.substr(begin, readme.find("\n#", begin) - begin);
}

/// What a section has as `key`, or as the key of a mapping in `{key: value}`.
std::set<std::string> described_in(const std::string& section) {
  static const RE2 kCode("`([^`]+)`"), kKey("(?:^|[{ ])([a-z_]+):");
  std::set<std::string> keys;
  std::string code, key;
  re2::StringPiece text(section);
  while (RE2::FindAndConsume(&text, kCode, &code)) {
    keys.insert(code);
    re2::StringPiece rest(code);
    while (RE2::FindAndConsume(&rest, kKey, &key)) keys.insert(key);
  }
  return keys;
}

}  // namespace

TEST_CASE("Every key of the schema is described in its section of "
          "plans/README.md",
          "[plans][readme]") {
  const std::string readme = read_text_file(kPlans / "README.md", 1 << 20);
  const auto schema = nlohmann::json::parse(
      read_text_file(kPlans / "plan.schema.json", 1 << 20));
  struct Part {
    const char *schema, *section;
  };
  const std::vector<Part> parts = {
      {"/properties", "## Keys of the plan\n"},
      {"/definitions/env_files", "## Keys of the plan\n"},
      {"/definitions/secret", "## Keys of the plan\n"},
      {"/definitions/phase", "### phases[]\n"},
      {"/definitions/services", "### services.NAME\n"},
      {"/definitions/gate", "### gates[]\n"},
      {"/definitions/files", "## Generated files\n"},
      {"/definitions/target/anyOf/0", "### targets.NAME\n"},
      {"/definitions/target/anyOf/1",
       "### targets.NAME with `adapter: docker`"},
      {"/definitions/target/anyOf/2",
       "### targets.NAME with `adapter: render`"},
      {"/definitions/target/anyOf/3",
       "### targets.NAME with `adapter: cloudrun`"},
      {"/definitions/target/anyOf/4",
       "### targets.NAME with `adapter: command`"}};
  std::set<std::string> in_parts;
  for (const Part& part : parts) {
    CAPTURE(part.schema, part.section);
    const nlohmann::json::json_pointer at(part.schema);
    std::set<std::string> keys;
    collect_keys(nlohmann::json::object({{at.back(), schema.at(at)}}), keys);
    const auto described = described_in(section_of(readme, part.section));
    for (const std::string& key : keys) {
      CAPTURE(key);
      CHECK(described.contains(key));
    }
    in_parts.merge(keys);
  }
  // No part of the schema is without a section.
  std::set<std::string> all;
  collect_keys(schema, all);
  CHECK(all == in_parts);
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

}  // namespace rung::readme_test
