#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Package -> what follows its name, as in Release::requirements.
///
/// pip, names normalised as PEP 503 says:
///   "fastapi" -> "==0.92.0", "[standard]>=1 ; python_version<'3.9'",
///                " @ https://host/x.whl", "==1 --hash=sha256:..."
///   several lines for one package (with markers) -> joined with '\n'
///   "--no-index" -> "", "--find-links" -> " DIR": options of the whole file
///   "-c NAME" -> a constraint on a package that need not be installed
/// npm, names as they are:
///   "express" -> "^4.18.0"; "dev:NAME", "optional:NAME", "peer:NAME" for the
///   other sections; "a>b" -> the b inside a
///   from a lock file each package is one entry: its versions, and where it
///   lies (npm_lock.hpp)
using Requirements = std::map<std::string, std::string>;

/// PEP 503: lower case, runs of - _ . become one -.
std::string normalised_package(std::string_view name);

/// One line of a pip requirement file that names a package.
struct Requirement {
  std::string package, rest;
};
/// Throws PlanError (without a place) saying what is wrong with the line.
Requirement parse_pip_requirement(std::string_view line);
/// "express@^4.18.0", "@scope/name@1", "name" (= "*").
Requirement parse_npm_requirement(std::string_view text);

/// One package's lines from two files, as pip takes them: all have to hold.
std::string joined_requirement(const std::string& a, const std::string& b);

/// Gives the text of a file that `-r` or `-c` names; throws PlanError if it
/// cannot be read.
using ReadFile = std::function<std::string(const std::filesystem::path&)>;

/// requirements.txt or the output of `pip freeze`. Throws PlanError
/// "FILE:LINE: what" for a line rung cannot switch alone (an editable folder)
/// and for a password in a URL; URLs are not repeated.
Requirements parse_pip_file(std::string_view text,
                            const std::filesystem::path& file,
                            const ReadFile& read = {});

/// The dependency sections of a package.json.
Requirements parse_package_json(std::string_view text, const std::string& file);
/// package-lock.json of lockfileVersion 1, 2 or 3: every package it installs,
/// workspaces, aliases and bundled ones too.
Requirements parse_package_lock(std::string_view text, const std::string& file);

/// Reads any of them, told apart by name and content. A file of another tool is
/// refused by name, with the command that exports what rung reads.
Requirements read_requirements(const std::filesystem::path& file);
/// Where what such a file says is written for a trial: "package.json" or
/// "requirements.txt". It decides the format where a plan names no runtime.
std::string requirements_path(const std::filesystem::path& file);

/// A requirement file that parse_pip_file() reads back as `requirements`
/// (apart from constraints, which go into `constraints_file` when there are
/// any). `origins`: package -> phase, written behind the line as a comment.
struct PipFiles {
  std::string requirements;
  std::string constraints;  ///< "" = none
};
PipFiles write_pip_files(
    const Requirements& requirements, const std::string& constraints_file,
    const std::map<std::string, std::string>& origins = {});

/// `existing` (a package.json, "" = none) with its dependency sections that
/// `requirements` speaks of replaced; other fields stay, in their order.
/// JSON has no comments, so `origins` (package -> phase) become the member
/// "x-rung", which npm ignores. Throws PlanError if `existing` cannot be read.
std::string write_package_json(
    const Requirements& requirements, std::string_view existing,
    const std::string& file,
    const std::map<std::string, std::string>& origins = {});

}  // namespace rung
