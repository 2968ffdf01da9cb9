#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/model/plan.hpp"
#include "core/model/platform.hpp"
#include "core/model/release.hpp"
#include "plans/generate/release_of.hpp"

namespace rung {

/// The format that a file's name tells, "" = none: "Procfile", ".env*",
/// "Dockerfile", "render.yaml", "service.yaml".
std::string format_of(std::string_view path);

/// Throws PlanError for a Mustache template that cannot be read.
void check_template(const std::string& text);

/// What generated files say beside the release itself.
struct GenerateOptions {
  std::string name = "service";  ///< of the plan: the service's name
  Origins origins;               ///< for comments; empty = no comments
  /// Env variables whose values go into no platform file: private_names().
  std::set<std::string> secrets;
  /// The repository's own files that are added to rather than replaced: path
  /// -> content. See files_merged().
  std::map<std::string, std::string> existing;
};

/// The paths for which generated_files() wants to know GenerateOptions::
/// existing: the package.json of a node release and of its workspaces.
std::set<std::string> files_merged(const Release& release);

/// Path relative to the deployed folder -> content. Pure: equal arguments,
/// equal bytes. `env` is what dotenv files and templates get: the release's
/// env with service addresses filled in; platform files (render.yaml,
/// service.yaml) are made from the release's own and leave secrets and
/// addresses of services out (sync: false, secretKeyRef).
/// Throws PlanError for what a format cannot express, CannotCombine
/// (npm_lock.hpp) for packages that npm would not install together.
std::map<std::string, std::string> generated_files(
    const Release& release, const std::map<std::string, std::string>& env,
    const GenerateOptions& options);

/// What phase `phase` would generate; secrets have no value ("").
std::map<std::string, std::string> generated_files(const Plan& plan,
                                                   std::size_t phase);

/// The paths among generated_files() that may hold values of secrets: write
/// them with mode 0600.
std::set<std::string> private_files(const Release& release);

/// A release ready for a Platform, but for its `id`: service addresses
/// ("services.NAME.FIELD" -> text) filled in, files generated.
Bundle bundle_of(const Release& release,
                 const std::map<std::string, std::string>& addresses,
                 const GenerateOptions& options);

}  // namespace rung
