#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/explain.hpp"
#include "core/gates/gate_words.hpp"
#include "core/model/gate.hpp"
#include "core/text/did_you_mean.hpp"

namespace rung {
namespace {

int run_explain(const std::string& topic) {
  if (topic.empty()) {
    fmt::print("rung explain gates, or one of the causes:\n");
    for (const auto cause : causes()) fmt::print("  {}\n", cause);
    return kHealthy;
  }
  if (topic == "gates") {
    fmt::print("{}", gate_help());
    return kHealthy;
  }
  if (const auto text = explain(topic)) {
    fmt::print("{}", *text);
    return kHealthy;
  }
  std::vector<std::string_view> known = causes();
  known.push_back("gates");
  throw UsageError(fmt::format(
      "explain: there is no cause \"{}\"{}; rung explain lists them", topic,
      did_you_mean(topic, known)));
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "explain", "explain a cause (missing-module, ...) or the gates");
  auto topic = std::make_shared<std::string>();
  command->add_option("topic", *topic, "a cause, or: gates");
  command->callback([topic, &context] {
    context.run = [topic] { return run_explain(*topic); };
  });
}

}  // namespace rung
