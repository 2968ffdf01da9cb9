#pragma once

#include <filesystem>
#include <string>

#include "adapters/process/process.hpp"

/// What the two ways of starting a program share.
namespace rung {

/// Refuses, with PlatformError, what execve cannot pass on: a NUL byte would
/// cut a value silently.
void validate(const ProcessSpec& spec);

/// `result` unless it is negative; then PlatformError "cannot run NAME:
/// DOING: " and what errno says.
int check_errno(int result, const ProcessSpec& spec, const std::string& doing);

/// spec.log_file, to be appended to: a new descriptor.
int open_log(const ProcessSpec& spec);

std::string absolute_path(const std::filesystem::path& path);

/// `error` is an errno value; `in_cwd`: it was the directory that refused.
[[noreturn]] void throw_cannot_execute(const ProcessSpec& spec, int error,
                                       bool in_cwd);

}  // namespace rung
