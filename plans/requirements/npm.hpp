#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plans/requirements/pip_requirement.hpp"
#include "plans/requirements/requirements.hpp"

namespace rung {

/// "express@^4.18.0", "@scope/name@1", "name" (= "*").
Requirement parse_npm_requirement(std::string_view text);

/// The dependency sections and the overrides of a package.json.
Requirements parse_package_json(std::string_view text, const std::string& file);

/// False for a JSON object that no package.json would be: none of the members
/// that matter to npm.
bool looks_like_package_json(std::string_view text);

/// The members in which two package.json differ, besides those that are read as
/// requirements and those that npm shows to people only. A trial takes none of
/// them along. Empty if either is no JSON object.
std::vector<std::string> other_differences(std::string_view one,
                                           std::string_view other);

/// package-lock.json of lockfileVersion 1, 2 or 3: every package it installs,
/// workspaces, aliases and bundled ones too.
Requirements parse_package_lock(std::string_view text, const std::string& file);

/// `existing` (a package.json, "" = none) with its dependency sections that
/// `requirements` speaks of replaced, and with `whole` all others removed; other
/// fields stay, in their order.
/// JSON has no comments, so `origins` (package -> phase) become the member
/// "x-rung", which npm ignores. Throws PlanError if `existing` cannot be read.
std::string write_package_json(
    const Requirements& requirements, std::string_view existing,
    const std::string& file,
    const std::map<std::string, std::string>& origins = {},
    bool whole = false);

}  // namespace rung
