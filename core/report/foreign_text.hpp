#pragma once

#include <string>
#include <string_view>

namespace rung {

// Plain text, any of it foreign, as a part of other formats. What a terminal
// would obey is removed (printable()), and each result is one line.

/// As Markdown that shows the text and nothing else: no emphasis, link, HTML,
/// mention of a person (@name) or issue (#123), wherever in a line it stands.
std::string markdown_text(std::string_view text);
/// As a code span of Markdown. `in_table`: a "|" does not end the cell.
std::string markdown_code(std::string_view text, bool in_table = false);
/// As an indented block of code in Markdown, with a fence longer than any in
/// `text`; its lines stay lines. Ends with a line end.
std::string markdown_block(std::string_view text);
/// As text or attribute of HTML. Mentions nobody.
std::string html_text(std::string_view text);
/// As text or attribute of XML 1.0. Line ends stay.
std::string xml_text(std::string_view text);
/// As what follows the last "::" of a workflow command of GitHub. Line ends
/// stay.
std::string command_data(std::string_view text);
/// As a property of such a command ("title=").
std::string command_property(std::string_view text);
/// Lines for a log that GitHub reads: none of them is a workflow command any
/// more. Line ends stay.
std::string without_commands(std::string_view text);
/// The same for JSON, which stays the same JSON.
std::string json_without_commands(std::string_view json);

}  // namespace rung
