#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// `rung log --edit PROBE=good|bad|skip`: puts a person's verdict in the place
/// of one on record, and opens its run again. `folder` holds `.rung`. Throws
/// UsageError, JournalError.
int correct_verdict(const std::filesystem::path& folder,
                    const std::string& words);

/// `rung bisect back`: takes back the last verdict of the newest bisect, which
/// goes on: that release is probed anew. What it returns is the bisect's.
/// Throws UsageError, JournalError.
int bisect_back(const std::filesystem::path& folder);

}  // namespace rung
