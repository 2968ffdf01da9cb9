#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/render/api.hpp"
#include "core/model/platform.hpp"

/// What a release means in Render's words: no calls, only text.
namespace rung::render {

/// The files of a bundle that its commit does not have as they should be.
using Files = std::map<std::string, std::string>;

/// `live` with what the release decides; what it leaves open stays as it is.
/// Render deploys commits, so generated files are written by the build
/// command. `path` is the deployed folder in the repository. Throws AbortError
/// where that cannot be done: a Docker service, a file that holds a secret.
Details details_of(const Bundle& bundle, const Details& live,
                   const std::string& runtime, const std::string& path,
                   const Files& files, const std::set<std::string>& secrets);

/// The body of POST /services for a throw-away copy of `live`. Its variables
/// are set afterwards.
nlohmann::json copy_of(
    const Service& live, const std::string& name, const std::string& plan,
    const std::vector<std::pair<std::string, std::string>>& secret_files);

/// What to store so that everything `put` changed is as in `before` again, and
/// what others have changed since stays: a merge of three.
Env put_back(const Env& now, const Env& put, const Env& before);

}  // namespace rung::render
