#pragma once

#include <map>
#include <string>

namespace rung {

/// A variable of this process; "" also when it is not set.
std::string own_variable(const char* name);
/// The environment of this process.
std::map<std::string, std::string> own_environment();
/// The same without what leads git to a repository other than that of the
/// folder it runs in.
std::map<std::string, std::string> environment_without_git();

}  // namespace rung
