#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A word after quotes and backslashes are taken out, and which of its bytes
/// were protected by them: body~"1=2" has its operator outside the quotes.
struct ShellWord {
  std::string text;
  std::vector<bool> quoted;  ///< [text.size()]
};

/// Splits as a POSIX shell would: blanks separate, '..' keeps all, ".." keeps
/// all but \" \\ \$ \`, a backslash elsewhere protects the next byte. Nothing
/// is expanded. Throws UsageError for a quote that is never closed.
std::vector<ShellWord> shell_words(std::string_view line);

}  // namespace rung
