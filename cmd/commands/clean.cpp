#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "adapters/checkout/trial_cache.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/running/env_edits.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

std::string size_of(std::uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  if (bytes < 1'000'000'000) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  }
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

struct CleanOptions {
  JournalPlace place;
  std::string trials;
  bool list = false;
};

/// What was looked at, for a person and for programs.
class Cleaning {
 public:
  explicit Cleaning(bool json) : json_(json) {}

  void add(const std::filesystem::path& folder, const std::string& source,
           const std::string& what, std::uint64_t bytes, bool in_use,
           bool gone) {
    (gone ? removed_ : kept_) += bytes;
    document_.push_back({{"folder", folder.string()},
                         {"source", source},
                         {"bytes", bytes},
                         {"in_use", in_use},
                         {"removed", gone}});
    if (json_) return;
    fmt::print("{:>9}  {}  {}{}\n", size_of(bytes), folder.string(), what,
               gone     ? ", removed"
               : in_use ? ", in use"
                        : "");
  }
  void end(bool list) const {
    if (json_) {
      fmt::print("{}\n", document_.dump(2));
    } else if (document_.empty()) {
      fmt::print("nothing is kept for trials\n");
    } else {
      fmt::print("{:>9}  {}\n", size_of(list ? kept_ : removed_),
                 list ? "in all" : "removed in all");
    }
  }

 private:
  bool json_;
  nlohmann::json document_ = nlohmann::json::array();
  std::uint64_t removed_ = 0, kept_ = 0;
};

/// The env files as they were before rung env prune --apply: they can hold
/// secrets.
void clean_copies(const std::filesystem::path& folder, bool list,
                  Cleaning& cleaning) {
  const auto all = env_copies(folder);
  if (all.empty()) return;
  std::shared_ptr<void> lock;
  try {
    if (!list) lock = hold_journal(folder);
  } catch (const JournalError&) {
    // A rung is at work, maybe on one of these.
  }
  for (const EnvCopies& one : all) {
    std::error_code error;
    const bool gone = lock && !one.unfinished() &&
                      std::filesystem::remove_all(one.folder, error) > 0 &&
                      !error;
    cleaning.add(one.folder, folder.string(),
                 one.unfinished()
                     ? "old env files of an unfinished rung env prune --apply"
                     : "old env files, kept by rung env prune --apply",
                 one.bytes, one.unfinished() || (!list && !lock), gone);
  }
}

int clean(const CleanOptions& options, bool json) {
  Cleaning cleaning(json);
  for (const CachedTrials& one : cached_trials(options.trials)) {
    const bool in_use = is_in_use(one);
    const bool gone = !options.list && remove_cached(one);
    cleaning.add(one.folder, one.source, "trials of " + one.source, one.bytes,
                 in_use, gone);
  }
  clean_copies(options.place.folder(), options.list, cleaning);
  cleaning.end(options.list);
  return 0;
}

}  // namespace

void add_clean(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "clean",
      "remove the checkouts and builds that rung keeps for trials, and the old "
      "env files that it keeps beside a plan");
  auto options = std::make_shared<CleanOptions>();
  options->place.add_to(*command);
  command->add_option("--trials", options->trials,
                      "look there too: the folder that a plan names");
  command->add_flag("--list", options->list,
                    "say what is kept, remove nothing");
  command->add_flag("--json", context.json, "as JSON");
  command->callback([=, &context] {
    context.run = [=, &context] { return clean(*options, context.json); };
  });
}

}  // namespace rung
