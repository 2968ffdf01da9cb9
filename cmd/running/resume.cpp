#include "cmd/running/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

namespace rung {

std::optional<RunRecord> newest_unfinished(const Journal& journal) {
  // A search within a climb was begun by the same words as the climb.
  for (RunRecord& run : journal.runs()) {
    if (run.ended_ms == 0) return std::move(run);
  }
  return std::nullopt;
}

int resume(const fs::path& folder, bool json) {
  const auto run = newest_unfinished(*open_journal(folder));
  if (!run) {
    if (json) {
      const nlohmann::ordered_json out = {
          {"rung", 1}, {"command", "resume"}, {"resumed", false}};
      fmt::print("{}\n", out.dump());
    } else {
      fmt::print("nothing to resume\n");
    }
    return kHealthy;
  }
  return repeat_command(run->arguments, json);
}

int repeat_command(const std::string& arguments, bool json) {
  const auto words = nlohmann::json::parse(arguments, nullptr, false);
  if (!words.is_array() || words.size() < 2) {
    throw JournalError("the run's arguments are not on record; give the same "
                       "command again");
  }
  std::vector<std::string> again;
  for (std::size_t i = 1; i < words.size(); ++i) {
    again.push_back(words[i].get<std::string>());
    if (again.back().find(kRedacted) != std::string::npos) {
      throw UsageError(
          "the command held a secret, which is not on record; "
          "give the same command again");
    }
  }
  std::error_code error;
  fs::current_path(words[0].get<std::string>(), error);
  if (error) {
    throw UsageError(fmt::format("resume: the folder {} is gone",
                                 words[0].get<std::string>()));
  }
  if (json && std::find(again.begin(), again.end(), "--json") == again.end()) {
    again.emplace_back("--json");
  }
  fmt::print(stderr, "resuming:");
  for (const std::string& word : again) {
    fmt::print(stderr, " {}", shell_quoted(word));
  }
  fmt::print(stderr, "\n");
  return run_main(again);
}

}  // namespace rung
