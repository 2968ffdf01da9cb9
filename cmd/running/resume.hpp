#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/model/journal.hpp"

namespace rung {

/// Goes on with the newest run that was not ended. `folder` holds `.rung`;
/// `json`: its facts as JSON, whether the run was begun so or not. Throws
/// UsageError, JournalError.
int resume(const std::filesystem::path& folder, bool json);

/// The run that resume() goes on with; nullopt = there is none.
std::optional<RunRecord> newest_unfinished(const Journal& journal);

/// Gives the command of a run (RunRecord::arguments) again, in its folder.
/// Throws as resume() does.
int repeat_command(const std::string& arguments, bool json);

}  // namespace rung
