#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Text from outside (logs, commit subjects, names) made safe to print on one
/// line of a terminal: escape sequences, control and direction-changing
/// characters are taken out, line ends become blanks, broken UTF-8 becomes
/// "?"; without `utf8` so does every character that is not ASCII.
std::string printable(std::string_view text, bool utf8 = true);

/// Columns a printable text takes: wide characters two, combining ones none.
std::size_t columns(std::string_view printable_text);

/// At most `width` columns; what is cut off is shown by "..." (or its single
/// character with `utf8`).
std::string elided(std::string_view printable_text, std::size_t width,
                   bool utf8 = true);

/// Lines of at most `width` columns, broken at blanks. A word longer than
/// that keeps its line whole: paths and commands stay copyable.
std::vector<std::string> wrapped(std::string_view printable_text,
                                 std::size_t width);

/// One word of a POSIX shell command line, quoted if it has to be.
std::string shell_quoted(std::string_view word);

}  // namespace rung
