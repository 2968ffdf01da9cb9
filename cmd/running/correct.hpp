#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// `rung log --edit PROBE=good|bad|skip`: puts a person's verdict in the place
/// of one on record, and of what else of its run judged that release alike,
/// and opens the run again. `folder` holds `.rung`. Throws UsageError,
/// JournalError.
int correct_verdict(const std::filesystem::path& folder,
                    const std::string& words, bool json);

/// `rung bisect back`: takes back the last verdict of the newest bisect, which
/// goes on: that release is probed anew. What it returns is the bisect's.
/// Throws UsageError, JournalError.
int bisect_back(const std::filesystem::path& folder, bool json);

}  // namespace rung
