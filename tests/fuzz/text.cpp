#include <algorithm>

#include "core/diagnosis/log_text.hpp"
#include "core/text/printable.hpp"
#include "core/text/redact.hpp"
#include "core/text/shell_words.hpp"
#include "core/text/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 127;
  });
}

void check_printable(std::string_view any) {
  for (const bool utf8 : {true, false}) {
    const std::string shown = printable(any, utf8);
    require(!has_controls(shown), "nothing moves the cursor");
    require(printable(shown, utf8) == shown, "what is printable stays");
    require(valid_utf8(shown) == shown, "what is printable is UTF-8");
    require(shown.size() <= any.size(), "nothing is added");
    for (const std::size_t width : {1U, 4U, 20U}) {
      require(columns(elided(shown, width, utf8)) <= width,
              "what is cut fits");
      std::string joined, words;
      for (const auto& line : wrapped(shown, width)) {
        require(columns(line) <= width || line.find(' ') == line.npos,
                "only a word alone is too wide");
        joined += line;
      }
      std::remove_copy(joined.begin(), joined.end(), std::back_inserter(words),
                       ' ');
      std::string all;
      std::remove_copy(shown.begin(), shown.end(), std::back_inserter(all),
                       ' ');
      require(words == all, "wrapping loses nothing");
    }
  }
}

}  // namespace

// A line with a secret, then text that came from outside.
void text(std::string_view input) {
  const std::string_view all = input;
  check_printable(all);

  const std::string valid = valid_utf8(all);
  require(valid_utf8(valid) == valid, "what is valid stays");
  require(valid.size() <= 3 * all.size(), "a byte becomes a character");

  const std::string quoted = shell_quoted(all);
  require(!has_controls(quoted), "a quoted word stays on its line");
  if (!has_controls(all)) {
    const auto words = shell_words(quoted);
    require(words.size() == 1 && words[0].text == all,
            "a quoted word is that word");
  }

  const auto secret = first_line(input);
  Redactor redactor;
  redactor.add({{"PASSWORD", std::string(secret)},
                {"DATABASE_URL", "postgres://a:" + std::string(secret) +
                                     "@db/a"}});
  const std::string shown = redactor(std::string(input));
  if (secret.size() >= 4) {
    require(shown.find(secret) == shown.npos, "a secret is taken out");
  }
  // A control character that was part of a secret ends no URL any more, so the
  // second time may take out more, never a third.
  const std::string again = redactor(shown);
  require(redactor(again) == again, "what is taken out is gone");
}

}  // namespace rung::fuzz
