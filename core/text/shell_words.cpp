#include "core/text/shell_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"

namespace rung {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

}  // namespace

std::vector<ShellWord> shell_words(std::string_view line) {
  std::vector<ShellWord> words;
  bool in_word = false;  // "" is a word too, so emptiness cannot tell
  const auto put = [&](char c, bool quoted) {
    words.back().text += c;
    words.back().quoted.push_back(quoted);
  };

  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (is_blank(c)) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;

    if (c == '\\' && i + 1 < line.size()) {
      put(line[++i], true);
    } else if (c == '\'' || c == '"') {
      const std::size_t open = i;
      for (++i; i < line.size() && line[i] != c; ++i) {
        const bool escape =
            c == '"' && line[i] == '\\' && i + 1 < line.size() &&
            std::string_view("\"\\$`").find(line[i + 1]) != line.npos;
        if (escape) ++i;
        put(line[i], true);
      }
      if (i >= line.size()) {
        throw UsageError(fmt::format(
            "the quote {} at character {} is never closed", c, open + 1));
      }
    } else {
      put(c, false);
    }
  }
  return words;
}

// Source: Heroku's "The Procfile", "Procfile format".
std::string_view procfile_type(std::string_view line) {
  constexpr std::string_view kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto end = line.find_first_not_of(kName);
  if (end == 0 || end == line.npos || line[end] != ':' ||
      end + 1 >= line.size() || (line[end + 1] != ' ' && line[end + 1] != '\t')) {
    return "";
  }
  return line.substr(0, end);
}

}  // namespace rung
