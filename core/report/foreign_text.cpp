#include "core/report/foreign_text.hpp"

#include <algorithm>

#include "core/text/printable.hpp"
#include "core/text/utf8.hpp"

namespace rung {
namespace {

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || (c & 0x80) != 0;
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

// A backslash does not stop a mention: GitHub and GitLab look for them in the
// text that is left once Markdown is gone. A character of no width does.
constexpr std::string_view kNoWidth = "&#8203;";

/// Whether the text up to `at`, and what follows, would become a link to a
/// person, an issue, a merge request or a snippet.
bool refers(std::string_view text, std::size_t at) {
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  switch (text[at]) {
    case '@':
      return next != ' ';
    case '#':
    case '!':
    case '$':
      return digit(next);
    case '-': {  // GH-123
      const auto is = [&](std::size_t back, char lower) {
        return at >= back && (text[at - back] | 0x20) == lower;
      };
      return digit(next) && is(1, 'h') && is(2, 'g');
    }
    default:
      return false;
  }
}

/// Whether a run of "_" at `at` can begin or end emphasis.
/// Source: CommonMark 0.30, 6.2: within a word it cannot.
bool emphasizes(std::string_view text, std::size_t at) {
  std::size_t first = at, last = at;
  while (first > 0 && text[first - 1] == '_') --first;
  while (last + 1 < text.size() && text[last + 1] == '_') ++last;
  return first == 0 || last + 1 == text.size() ||
         !alphanumeric(text[first - 1]) || !alphanumeric(text[last + 1]);
}

/// Whether a line that begins so is a list, a heading, a rule, ...
bool begins_block(std::string_view text) {
  return !text.empty() &&
         std::string_view("#+-=").find(text.front()) != text.npos;
}

/// The place of the "." of a text that begins like "1. " or "1) "; npos = none.
std::size_t list_mark(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && digit(text[i])) ++i;
  const bool mark =
      i > 0 && i < text.size() && (text[i] == '.' || text[i] == ')');
  return mark ? i : text.npos;
}

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// Without long runs of backticks. cmark, which GitHub uses, knows at most 80
/// around a span of code and 255 around a block: what has more would break out.
std::string with_short_runs(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    if (run > kMost) {
      out += ' ';
      run = 1;
    }
    out += c;
  }
  return out;
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\n':
        out += "&#10;";  // else an attribute's becomes a blank
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// printable(), without the two characters that XML 1.0 does not have and that
/// other readers stumble over.
std::string readable(std::string_view foreign) {
  std::string text = printable(foreign);
  for (const char* banned : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (std::size_t at; (at = text.find(banned)) != text.npos;) {
      text.replace(at, 3, "?");
    }
  }
  return text;
}

/// The same, line by line.
std::string readable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!out.empty()) out += '\n';
    out += readable(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string percented(std::string_view text, std::string_view also) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\n') {
      out += "%0A";
    } else if (c == '\r') {
      out += "%0D";
    } else if (also.find(c) != also.npos) {
      out += c == ':' ? "%3A" : "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string markdown_text(std::string_view foreign) {
  std::string text = readable(foreign);
  text.erase(0, text.find_first_not_of(' '));  // four would begin a block
  const std::size_t mark = list_mark(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view rest = std::string_view(text).substr(i);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if ((i == 0 && begins_block(text)) || i == mark ||
               std::string_view("\\`*[]|~$^").find(c) != rest.npos ||
               (c == '_' && emphasizes(text, i)) ||
               (c == ':' && rest.starts_with("://")) ||
               (c == '.' && i >= 3 && text.compare(i - 3, 3, "www") == 0)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
    if (refers(text, i)) out += kNoWidth;
  }
  return out;
}

std::string markdown_code(std::string_view foreign, bool in_table) {
  std::string text = with_short_runs(readable(foreign));
  if (text.empty()) return "";
  if (in_table) {
    // The only escape that a table knows within code.
    for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) {
      text.insert(at, 1, '\\');
    }
  }
  const std::string fence(longest_run(text, '`') + 1, '`');
  const bool pad = text.front() == '`' || text.back() == '`' ||
                   (text.front() == ' ' && text.back() == ' ');
  return fence + (pad ? " " : "") + text + (pad ? " " : "") + fence;
}

std::string markdown_block(std::string_view foreign) {
  const std::string text = with_short_runs(readable_lines(foreign));
  const std::string fence(std::max<std::size_t>(longest_run(text, '`') + 1, 3),
                          '`');
  return fence + "text\n" + text + (text.empty() ? "" : "\n") + fence + "\n";
}

std::string html_text(std::string_view foreign) {
  const std::string text = readable(foreign);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += escaped_xml(std::string_view(text).substr(i, 1));
    if (refers(text, i)) out += kNoWidth;
  }
  return out;
}

std::string xml_text(std::string_view foreign) {
  return escaped_xml(readable_lines(foreign));
}

std::string command_data(std::string_view foreign) {
  return percented(readable_lines(foreign), "");
}

// Source: actions/runner, ActionCommand.cs: "::" at the beginning of a line,
// after blanks, and "##[" anywhere in it.
std::string without_commands(std::string_view text) {
  std::string out;
  bool only_blanks = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const std::string_view rest = text.substr(i);
    if ((only_blanks && rest.starts_with("::")) || rest.starts_with("##[")) {
      out += ' ';
    }
    if (text[i] == '\n' || text[i] == '\r') {
      only_blanks = true;
    } else {
      only_blanks = only_blanks && (text[i] == ' ' || text[i] == '\t');
    }
  }
  return out;
}

std::string json_without_commands(std::string_view json) {
  std::string out(json);
  // "#" stands in texts only; a line of JSON begins with none of them.
  for (std::size_t at = 0; (at = out.find("##[", at)) != out.npos;) {
    out.replace(at, 1, "\\u0023");
  }
  return out;
}

std::string command_property(std::string_view foreign) {
  return percented(readable(foreign), ":,");
}

}  // namespace rung
