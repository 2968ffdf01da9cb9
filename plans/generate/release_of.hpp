#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/model/plan.hpp"
#include "core/model/release.hpp"

namespace rung {

/// What phase `phase` (0-based) and all below it make together. Pure: files
/// were read with the plan. `secrets`: name -> value; a secret without a value
/// gets "" (enough to show what would be generated).
///
/// env, the later wins: the plan's env_files, env and secrets, then for each
/// phase its env_files, env and secrets; `unset` takes away what is below.
/// REQUIRES: phase < plan.phases.size().
Release release_of(const Plan& plan, std::size_t phase,
                   const std::map<std::string, std::string>& secrets,
                   const CommitId& commit);

/// The revision that phase deploys, as written.
const std::string& revision_of(const Plan& plan, std::size_t phase);

/// The secrets in force in that phase, by variable name.
std::map<std::string, SecretSource> secrets_of(const Plan& plan,
                                               std::size_t phase);

/// The variables whose values belong in no file of the repository: secrets,
/// and what comes from env files, which are kept out of repositories for their
/// values. For GenerateOptions::secrets.
std::set<std::string> private_names(const Plan& plan, std::size_t phase);

/// Gates and services of that phase and all below, in the order written.
std::vector<Gate> gates_of(const Plan& plan, std::size_t phase);
std::vector<ServiceSpec> services_of(const Plan& plan, std::size_t phase);

/// Which phase set what, for comments in generated files. "plan" for what the
/// plan says before its phases. When several did, the last up to `phase`.
struct Origins {
  std::map<std::string, std::string> requirements, env, config;
};
Origins origins_of(const Plan& plan, std::size_t phase);

}  // namespace rung
