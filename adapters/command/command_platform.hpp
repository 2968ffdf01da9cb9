#pragma once

#include <memory>

#include "adapters/platform/remote_settings.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Any platform at all, through commands of the user's: options `deploy` and
/// `withdraw`, and where the platform can: `status`, `logs`, `url`, `serve`,
/// `restore`. Each is a line for sh, asked with one JSON document on stdin and
/// answering with one on stdout; plans/README.md has the documents and what
/// exit codes mean. A LivePlatform too when `restore` is given.
///
/// More options: `folder` (where the commands run; default: the plan's),
/// `timeout` (10m; of one command), `interval` (1s; between two looks),
/// `several` (false; trials side by side). Throws AbortError for others.
std::unique_ptr<Platform> make_command_platform(const RemoteSettings& settings);

}  // namespace rung
