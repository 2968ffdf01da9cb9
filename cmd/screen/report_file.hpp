#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

constexpr std::string_view kStdout = "/dev/stdout";

/// The file that these words of the user name: behind all links, "-" = kStdout.
std::filesystem::path file_named(const std::string& words);
/// Pipes and devices are written to as they are, and so is /dev/stdout,
/// whatever is behind it.
bool is_special(const std::filesystem::path& file);

/// Throws UsageError if a report in this format must not replace the file: it
/// is no report of rung, rung's own record, protected, or one of `words`.
void refuse_foreign(const std::filesystem::path& file, std::string_view format,
                    const std::vector<std::string>& words = {});
/// Throws AbortError if there is no way to write the file.
void check_writable(const std::filesystem::path& file);
/// Writes all of it or nothing. Throws AbortError.
void write_report(const std::filesystem::path& file, std::string_view text);
/// Adds a text in one piece, on a line of its own. Throws AbortError.
void append(const std::filesystem::path& file, std::string text);

}  // namespace rung
