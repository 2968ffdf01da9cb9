#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Writes all of it. False and errno: not all is written.
bool write_all(int descriptor, std::string_view bytes);

/// Puts a file with these bytes in the place of `file`, which may not be there
/// yet. Who reads it sees the old one or the new one, whole, even after a crash
/// of the machine (where the folder can be synced). The draft has a name of its
/// own; who is killed may leave it, see drafts_of(). False and errno: `file` is
/// as it was.
bool replace_file(const std::filesystem::path& file, std::string_view bytes,
                  mode_t mode = 0600);

/// The same for a file that must not be there: a link to nowhere counts, too
/// (false and EEXIST). Any number of processes may try.
bool create_file(const std::filesystem::path& file, std::string_view bytes,
                 mode_t mode = 0600);

/// Why a user's file cannot get other bytes and stay the same in all else:
/// rights, hard links, access lists. "" = it can.
std::string obstacle_to_editing(const std::filesystem::path& file);

/// Puts other bytes in the place of a user's file. Its owner, group and mode
/// stay. Returns why it did not, and `file` is as it was: an obstacle, or it
/// does not hold `before`; "" = done. REQUIRES: no link.
[[nodiscard]] std::string edit_file(const std::filesystem::path& file,
                                    std::string_view before,
                                    std::string_view after);

/// The drafts of a file that killed processes left beside it, and those of
/// processes at work.
std::vector<std::filesystem::path> drafts_of(const std::filesystem::path& file);

/// Makes a file for the user, or replaces it and keeps its mode. Any number of
/// processes may try; the last one counts. False and errno: `file` is as it was.
bool rewrite_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace rung
