#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A word without its quotes and backslashes, and which of its bytes they
/// protected: body~"1=2" has its operator outside the quotes.
struct ShellWord {
  std::string text;
  std::vector<bool> quoted;  ///< [text.size()]
};

/// Splits as a POSIX shell would: blanks separate words, '..' keeps everything,
/// ".." keeps everything but \" \\ \$ \`, and a backslash elsewhere protects
/// the next byte. Does not expand anything. Throws UsageError for a quote that
/// is never closed.
std::vector<ShellWord> shell_words(std::string_view line);

/// "web" of a Procfile's line "web: CMD", which is no command; "" = none.
std::string_view procfile_type(std::string_view line);

}  // namespace rung
