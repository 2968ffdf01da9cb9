#pragma once

#include <map>
#include <string>

namespace rung {

/// The environment of this process.
std::map<std::string, std::string> own_environment();
/// The same without what leads git to a repository other than that of the
/// folder it runs in.
std::map<std::string, std::string> environment_without_git();

}  // namespace rung
