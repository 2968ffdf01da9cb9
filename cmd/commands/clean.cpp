#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "adapters/checkout/trial_cache.hpp"
#include "cmd/input/context.hpp"

namespace rung {
namespace {

std::string size_of(std::uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  if (bytes < 1'000'000'000) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  }
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

int clean(const std::string& trials, bool list, bool json) {
  nlohmann::json document = nlohmann::json::array();
  std::uint64_t removed = 0, kept = 0;
  for (const CachedTrials& one : cached_trials(trials)) {
    const bool in_use = is_in_use(one);
    const bool gone = !list && remove_cached(one);
    (gone ? removed : kept) += one.bytes;
    document.push_back({{"folder", one.folder.string()},
                        {"source", one.source},
                        {"bytes", one.bytes},
                        {"in_use", in_use},
                        {"removed", gone}});
    if (json) continue;
    fmt::print("{:>9}  {}  trials of {}{}\n", size_of(one.bytes),
               one.folder.string(), one.source,
               gone     ? ", removed"
               : in_use ? ", in use"
                        : "");
  }
  if (json) {
    fmt::print("{}\n", document.dump(2));
  } else if (document.empty()) {
    fmt::print("nothing is kept for trials\n");
  } else {
    fmt::print("{:>9}  {}\n", size_of(list ? kept : removed),
               list ? "in all" : "removed in all");
  }
  return 0;
}

}  // namespace

void add_clean(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "clean", "remove the checkouts and builds that rung keeps for trials");
  auto trials = std::make_shared<std::string>();
  auto list = std::make_shared<bool>();
  command->add_option("--trials", *trials,
                      "look there too: the folder that a plan names");
  command->add_flag("--list", *list, "say what is kept, remove nothing");
  command->add_flag("--json", context.json, "as JSON");
  command->callback([=, &context] {
    context.run = [=, &context] { return clean(*trials, *list, context.json); };
  });
}

}  // namespace rung
