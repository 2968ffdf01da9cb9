#pragma once

#include <string>
#include <string_view>

#include "plans/requirements/npm_text.hpp"
#include "plans/requirements/npm_tree.hpp"
#include "plans/requirements/requirements.hpp"

// The "overrides" of a manifest: what they say, and what they have to say for a
// tree of packages.
namespace rung::npm {

/// Puts a manifest's overrides among its requirements, as "override:NAME".
void read_overrides(const Json& overrides, const std::string& file,
                    Requirements& into);
/// The opposite: adds what a requirement "override:NAME" says.
void put_overrides(Json& overrides, const std::string& name,
                   const std::string& value);

/// "a>b" = VERSION as {"a": {"b": VERSION}}. A package that has both a version
/// and something inside keeps its own version under ".".
void put_override(Json& overrides, std::string_view names,
                  const std::string& version);
/// How a manifest asks for just what an entry of a lock file is.
std::string exactly(const Json& entry, const std::string& name);

/// Makes the manifest's overrides agree with the tree: they stay if they do,
/// else they are those that explain it. A lock file does not repeat the
/// overrides it was made with, and npm ci refuses it with others.
void set_overrides(Json& manifest, const PackageTree& tree);

}  // namespace rung::npm
