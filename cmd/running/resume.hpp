#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// Goes on with the newest run that was not ended. `folder` holds `.rung`;
/// `json`: its facts as JSON, whether the run was begun so or not. Throws
/// UsageError, JournalError.
int resume(const std::filesystem::path& folder, bool json);

/// Gives the command of a run (RunRecord::arguments) again, in its folder.
/// Throws as resume() does.
int repeat_command(const std::string& arguments, bool json);

}  // namespace rung
