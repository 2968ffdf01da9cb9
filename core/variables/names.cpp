#include "core/variables/names.hpp"

#include <algorithm>

#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"

namespace rung {
namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

bool is_variable_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_small(c) || is_capital(c) || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

bool is_upper_name(std::string_view text) {
  return text.size() > 1 && is_variable_name(text) &&
         std::none_of(text.begin(), text.end(), is_small) &&
         std::any_of(text.begin(), text.end(), is_capital);
}

std::string as_variable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hump = is_capital(c) && i > 0 &&
                      (is_small(text[i - 1]) ||
                       (i + 1 < text.size() && is_capital(text[i - 1]) &&
                        is_small(text[i + 1])));
    if (hump) out += '_';
    out += c == '.' || c == '-' ? '_' : ascii_upper(c);
  }
  return out;
}

std::string as_spring_variable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '-') out += c == '.' ? '_' : ascii_upper(c);
  }
  return out;
}

bool is_harmless_default(std::string_view name, std::string_view text) {
  static const RE2 secret_name(
      R"re((?i)secret|token|key|pass|pwd|cred|auth|dsn|private|salt|cert|cookie|signature|licen[cs]e|webhook|_pin$|^pin$)re",
      byte_options());
  static const RE2 plain(R"re([A-Za-z0-9_.:/*, -]{1,32})re", byte_options());
  static const RE2 random(R"re([A-Za-z]*\d[A-Za-z0-9]{9,}|[A-Za-z0-9]{20,})re",
                          byte_options());
  static const RE2 known(
      R"re((?i)^(?:sk|pk|rk|gh[a-z]|xox\w|akia|glpat|ya29|ey[ij])[-_A-Z0-9.]{6,})re",
      byte_options());
  return !RE2::PartialMatch(piece(name), secret_name) &&
         RE2::FullMatch(piece(text), plain) &&
         !RE2::PartialMatch(piece(text), random) &&
         !RE2::PartialMatch(piece(text), known);
}

}  // namespace rung
