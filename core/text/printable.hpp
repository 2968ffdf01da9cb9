#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Text from outside (logs, commit subjects, names) made safe to print on one
/// line of a terminal. Removes escape sequences, control characters and
/// direction-changing characters; line ends become blanks and broken UTF-8
/// becomes "?". Without `utf8` each character that is not ASCII also becomes
/// "?".
std::string printable(std::string_view text, bool utf8 = true);

/// The same for each line; line ends stay.
std::string printable_lines(std::string_view text);

/// Number of columns of a printable text: wide characters take two, combining
/// characters none.
std::size_t columns(std::string_view printable_text);

/// The text cut to at most `width` columns; "..." (or its single character with
/// `utf8`) marks the cut.
std::string elided(std::string_view printable_text, std::size_t width,
                   bool utf8 = true);

/// Lines of at most `width` columns, broken at blanks. A longer word gets a
/// whole line, so that users can copy paths and commands.
std::vector<std::string> wrapped(std::string_view printable_text,
                                 std::size_t width);

/// One word of a POSIX shell command line, quoted if necessary.
std::string shell_quoted(std::string_view word);
/// The same of a text from outside, made printable, in one line: line ends are
/// written as bash reads them. Without them a script would be another one.
std::string shown_word(std::string_view text);
/// A command line of such words.
std::string shown_command(const std::vector<std::string>& argv);
/// One word for any sh, whatever bytes it has but NUL: for commands that are
/// run. (shell_quoted() is for commands that are shown, and writes control
/// characters as bash reads them.)
std::string single_quoted(std::string_view word);

}  // namespace rung
