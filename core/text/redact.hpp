#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Removes secrets from text that came from outside: logs, errors, messages. It
/// finds each secret as written and as encoded in URLs, JSON and base64.
class Redactor {
 public:
  Redactor() = default;
  /// Adds the secrets of `env`: values of the names in `declared`, values of
  /// names that suggest a secret (PASSWORD, TOKEN, SECRET, API_KEY, ...), the
  /// password in each value that is a URL, and random_words(). Skips values
  /// shorter than 4 characters, because removing them would ruin the text.
  void add(const std::map<std::string, std::string>& env,
           const std::set<std::string>& declared = {});
  void add_value(std::string_view secret);

  [[nodiscard]] std::string operator()(std::string text) const;
  [[nodiscard]] bool empty() const { return needles_.empty(); }

 private:
  std::set<std::string, std::less<>> needles_;
};

/// The words of a value that look random: letters and digits in turn, as in
/// keys, hashes and passwords.
std::vector<std::string_view> random_words(std::string_view value);
/// Whether a variable of this name usually holds a secret.
bool names_a_secret(std::string_view name);

}  // namespace rung
