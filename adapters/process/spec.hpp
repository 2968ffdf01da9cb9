#pragma once

#include <filesystem>
#include <string>

#include "adapters/process/process.hpp"

/// Code that both ways of starting a program share.
namespace rung {

/// Throws PlatformError for a spec that execve cannot pass on: a NUL byte would
/// cut a value silently.
void validate(const ProcessSpec& spec);

/// Returns `result` unless it is negative; then throws PlatformError "cannot
/// run NAME: DOING: " and the text of errno.
int check_errno(int result, const ProcessSpec& spec, const std::string& doing);

/// Opens spec.log_file for appending; returns a new descriptor.
int open_log(const ProcessSpec& spec);

std::string absolute_path(const std::filesystem::path& path);

/// `error` is an errno value; `in_cwd`: the error came from the directory.
[[noreturn]] void throw_cannot_execute(const ProcessSpec& spec, int error,
                                       bool in_cwd);

}  // namespace rung
