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
///   other sections; "a>b" -> the b inside a; "override:NAME" -> a version, or
///   as JSON all that "overrides" says of the package
///   from a lock file each package is one entry: its versions, and where it
///   lies (npm_lock.hpp)
using Requirements = std::map<std::string, std::string>;

/// Reads any of them, told apart by name and content. A file of another tool is
/// refused by name, with the command that exports what rung reads.
Requirements read_requirements(const std::filesystem::path& file);
/// What else two such files say that differs, as a note: "A and B also differ
/// in type, scripts: ..."; "" = nothing that rung leaves out.
std::string left_out_of(const std::filesystem::path& good,
                        const std::filesystem::path& bad);
/// Where what such a file says is written for a trial: "package.json" or
/// "requirements.txt". It decides the format where a plan names no runtime.
std::string requirements_path(const std::filesystem::path& file);

}  // namespace rung
