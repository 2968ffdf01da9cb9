#include "core/model/plan.hpp"

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "plans/generate/generate.hpp"
#include "plans/generate/release_of.hpp"
#include "plans/reading/reader.hpp"
#include "plans/reading/yaml_document.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

// In a folder that does not exist, so that there is nothing else to read.
const std::string kFile = "/nonexistent/rung/plan.yaml";

std::optional<Plan> plan_from(std::string_view text) {
  try {
    return read_plan_text(text, kFile);
  } catch (const PlanError& error) {
    const std::string_view what = error.what();
    require(what.starts_with("/"), "a refusal names the place");
    return std::nullopt;
  }
}

void check_yaml(std::string_view text) {
  try {
    const YamlNode node = parse_yaml(text, kFile);
    require(to_json(node) == to_json(parse_yaml(text, kFile)),
            "equal texts say the same");
  } catch (const PlanError& error) {
    require(std::string_view(error.what()).starts_with(kFile),
            "a refusal names the place");
  }
}

void check_gate(const Gate& gate) {
  require(parse_gate(gate.text).check.index() == gate.check.index(),
          "a gate can be said on a command line");
}

}  // namespace

// A plan.
void plan(std::string_view input) {
  const auto plan = plan_from(input);
  if (!plan) return check_yaml(input);
  const auto again = plan_from(input);
  require(again.has_value(), "what is read once is read again");
  for (std::size_t i = 0; i < plan->phases.size(); ++i) {
    const Release release = release_of(*plan, i, {}, {});
    require(release == release_of(*again, i, {}, {}),
            "equal plans make equal releases");
    require(release_id(release) == release_id(release_of(*again, i, {}, {})),
            "equal releases have equal ids");
    for (const Gate& gate : gates_of(*plan, i)) check_gate(gate);
    for (const ServiceSpec& service : services_of(*plan, i)) {
      if (service.ready) check_gate(*service.ready);
    }
    const auto files = generated_files(*plan, i);
    require(files == generated_files(*again, i), "equal input, equal bytes");
    for (const auto& [path, content] : files) {
      const auto recipe = release.config.find("file:" + path);
      if (recipe == release.config.end()) continue;
      if (recipe->second == "render.yaml" || recipe->second == "cloudrun") {
        parse_yaml(content, path);
      }
    }
    private_names(*plan, i);
    private_files(release);
  }
}

}  // namespace rung::fuzz
