#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// Goes on with the newest run that was not ended. `folder` holds `.rung`.
/// Throws UsageError, JournalError.
int resume(const std::filesystem::path& folder);

/// Gives the command of a run (RunRecord::arguments) again, in its folder.
/// Throws as resume() does.
int repeat_command(const std::string& arguments);

}  // namespace rung
