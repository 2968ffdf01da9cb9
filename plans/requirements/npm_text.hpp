#pragma once

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// Inside of requirements_npm.cpp and npm_*.cpp.
namespace rung::npm {

using Json = nlohmann::ordered_json;

/// A list of requirements in a manifest, and what stands before a package's
/// name in Release::requirements for it.
struct ManifestSection {
  std::string_view field, prefix;
};
inline constexpr std::array<ManifestSection, 4> kSections{
    {{"dependencies", ""},
     {"devDependencies", "dev:"},
     {"optionalDependencies", "optional:"},
     {"peerDependencies", "peer:"}}};

/// What a path to an installed package begins with.
inline constexpr std::string_view kModules = "node_modules/";
/// What stands before a package's name for its entries in "overrides".
inline constexpr std::string_view kOverride = "override:";

/// An object. Throws PlanError "FILE:LINE: ...".
Json parsed_json(std::string_view text, const std::string& file);
/// What a field says; "" when it is no text or not there.
std::string text_of(const Json& entry, const char* field);
/// A version or where it comes from; refuses passwords in URLs.
std::string version_text(const Json& value, const std::string& file,
                         std::string_view name);
void check_package(std::string_view name, const std::string& file);

/// The JSON of a locked value (npm_lock.hpp).
Json locked(std::string_view value);

/// "node_modules/a/node_modules/@s/b" -> "@s/b".
std::string last_name(std::string_view path);
/// Whether a path of a lock file is a folder of the project: "" or one of its
/// workspaces, not an installed package.
bool is_manifest(std::string_view path);
/// The package at a path; `links`: folder -> the name it is linked as.
std::string package_at(const std::string& path,
                       const std::map<std::string, std::string>& links);

}  // namespace rung::npm
