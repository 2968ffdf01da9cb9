#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Takes secrets out of text that came from outside: logs, errors, messages.
/// Knows each secret as it stands and as URLs, JSON and base64 carry it.
class Redactor {
 public:
  Redactor() = default;
  /// Which values of `env` are secrets: those named in `declared`, those whose
  /// names say so (PASSWORD, TOKEN, SECRET, API_KEY, ...), the password within
  /// any value that is a URL, and random_words(). Values shorter than 4
  /// characters cannot be taken out without ruining the text and are left.
  void add(const std::map<std::string, std::string>& env,
           const std::set<std::string>& declared = {});
  void add_value(std::string_view secret);

  [[nodiscard]] std::string operator()(std::string text) const;
  [[nodiscard]] bool empty() const { return needles_.empty(); }

 private:
  std::set<std::string, std::less<>> needles_;
};

/// The words of a value that nobody chose: letters and digits in turn, as in
/// keys, hashes and passwords.
std::vector<std::string_view> random_words(std::string_view value);
/// Whether a variable of this name usually holds a secret.
bool names_a_secret(std::string_view name);

}  // namespace rung
