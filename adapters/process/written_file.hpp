#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

namespace rung {

/// Writes all of it. False and errno: not all is written.
bool write_all(int descriptor, std::string_view bytes);

/// Puts a file with these bytes in the place of `file`, which may not be there
/// yet. Who reads it sees the old one or the new one, whole, even after a crash
/// of the machine. The draft is FILE.new, so only one process at a time may do
/// this. False and errno: `file` is as it was.
bool replace_file(const std::filesystem::path& file, std::string_view bytes,
                  mode_t mode = 0600);

/// The same for a file that must not be there: a link to nowhere counts, too
/// (false and EEXIST). Any number of processes may try.
bool create_file(const std::filesystem::path& file, std::string_view bytes,
                 mode_t mode = 0600);

}  // namespace rung
