#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "core/model/commit_info.hpp"
#include "core/nightly/night.hpp"

namespace rung {

/// The facts about a commit that reports show.
using CommitFacts = std::function<CommitInfo(const std::string& commit)>;

/// The pull request that a squashed or merged commit came from, by its subject:
/// "Fix it (#123)", "Merge pull request #123 from ..."; 0 = it names none.
unsigned pull_request_of(const std::string& subject);

/// Text for a person: the answer in the first line, facts below it. Colours and
/// control characters of test names and messages are removed.
std::string night_text(const NightReport& report, const CommitFacts& facts);
/// The same facts for programs; `exit` is the exit code.
nlohmann::ordered_json night_json(const NightReport& report,
                                  const CommitFacts& facts, int exit);

}  // namespace rung
