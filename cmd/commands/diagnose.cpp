#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/explain.hpp"
#include "core/text/redact.hpp"

namespace rung {
namespace {

constexpr std::streamsize kLongest = 16 << 20;  // bytes; logs are cut before

/// `what`: the words before the file's name in a complaint.
std::string read_text(const std::string& what, const std::string& file) {
  std::ifstream from_file;
  std::istream* in = &std::cin;
  if (file != "-") {
    // A folder opens like a file and then reads as an empty one.
    if (std::filesystem::is_directory(file)) {
      throw UsageError(fmt::format(
          "{} {}: a folder, not a file; name a file in it", what, file));
    }
    from_file.open(file, std::ios::binary);
    if (!from_file) {
      throw UsageError(fmt::format(
          "{} {}: cannot read the file; give a file, or - for standard input",
          what, file));
    }
    in = &from_file;
  }
  std::string text;
  char block[1 << 16];
  while (in->read(block, sizeof block) || in->gcount() > 0) {
    text.append(block, static_cast<std::size_t>(in->gcount()));
    if (static_cast<std::streamsize>(text.size()) > kLongest) {
      throw UsageError(
          fmt::format("{} {}: longer than 16 MiB; cut it to the failed deploy",
                      what, file));
    }
  }
  return text;
}

/// A log of others: nothing is known of its secrets but their shapes.
std::string read_log(const std::string& file) {
  return Redactor()(read_text("diagnose", file));
}

Diagnosis diagnosed(const std::string& file, const std::string& rules) {
  if (rules.empty()) return diagnose(read_log(file));
  if (rules == "-" && file == "-") {
    throw UsageError(
        "diagnose --rules -: standard input is the log; name a file");
  }
  const std::string own = read_text("diagnose --rules", rules);
  try {
    return diagnose(read_log(file), {}, own);
  } catch (const RulesError& error) {
    throw UsageError(
        fmt::format("diagnose --rules {}: {}", rules, error.what()));
  }
}

int run_diagnose(const Diagnosis& found, bool json) {
  if (json) {
    const nlohmann::ordered_json out = {
        {"rung", 1},
        {"command", "diagnose"},
        {"stage", found.stage ? nlohmann::json(to_string(*found.stage))
                              : nlohmann::json("none")},
        {"cause", found.cause},
        {"evidence", found.evidence},
        {"line", found.line},
        {"hint", found.hint},
        {"rule", found.rule}};
    fmt::print("{}\n", out.dump(2, ' ', false,
                                nlohmann::json::error_handler_t::replace));
  } else if (!found.stage) {
    fmt::print("no failure found in this log\n");
  } else {
    fmt::print("stage     {}\ncause     {}\n", to_string(*found.stage),
               found.cause);
    if (!found.evidence.empty()) fmt::print("evidence  {}\n", found.evidence);
    if (!found.line.empty()) fmt::print("line      {}\n", found.line);
    if (!found.hint.empty()) fmt::print("try       {}\n", found.hint);
    if (explain(found.cause)) {  // a cause of the user's own has no page
      fmt::print("more      rung explain {}\n", found.cause);
    }
  }
  return found.stage ? kBroken : kHealthy;
}

}  // namespace

void add_diagnose(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "diagnose", "read a log: at which stage a deploy failed, and why");
  auto file = std::make_shared<std::string>("-");
  auto rules = std::make_shared<std::string>();
  command->add_option("log", *file, "the log; - reads standard input");
  command->add_option("--rules", *rules,
                      "rules of your own (JSON); they outweigh rung's");
  command->add_flag("--json", context.json, "the same facts as JSON");
  command->callback([file, rules, &context] {
    context.run = [file, rules, &context] {
      return run_diagnose(diagnosed(*file, *rules), context.json);
    };
  });
}

}  // namespace rung
