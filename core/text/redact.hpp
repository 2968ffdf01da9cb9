#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Removes secrets from text that came from outside: logs, errors, messages. It
/// finds the values that it was given as written and in the usual encodings
/// (PlainForm, base64, hex), pieces of them, and what has the shape of a secret
/// (secret_shapes()).
class Redactor {
 public:
  Redactor() = default;
  /// Adds the secrets of `env`: values of the names in `declared`, values of
  /// names that suggest a secret (PASSWORD, TOKEN, SECRET, API_KEY, ...), what
  /// has the shape of a secret within a value, and random_words(). Skips values
  /// shorter than 4 characters, because removing them would ruin the text.
  void add(const std::map<std::string, std::string>& env,
           const std::set<std::string>& declared = {});
  void add_value(std::string_view secret);

  [[nodiscard]] std::string operator()(std::string text) const;

 private:
  void add_pieces(std::string_view word);

  std::set<std::string, std::less<>> literal_;  ///< as they stand in a text
  std::set<std::string, std::less<>> plain_;    ///< in plain form
  std::set<std::string, std::less<>> pieces_;   ///< in plain form
};

/// Words of a command in a form that is safe to show: what has the shape of a
/// secret becomes "[redacted]".
std::vector<std::string> without_secrets(std::vector<std::string> words);

}  // namespace rung
