#include "core/text/url_user.hpp"

#include "core/base/secret.hpp"
#include "core/text/expand.hpp"

namespace rung {

std::optional<UrlUser> url_user(std::string_view text, std::size_t from,
                                std::string_view ends) {
  for (;;) {
    const std::size_t scheme = text.find("://", from);
    if (scheme == text.npos) return std::nullopt;
    from = scheme + 3;
    const std::string_view host =
        text.substr(from, text.find_first_of(ends, from) - from);
    const std::size_t at = host.rfind('@');
    if (at == host.npos) continue;
    const std::string_view both = host.substr(0, at);
    UrlUser found{from, from + at, both, std::nullopt};
    if (const std::size_t colon = both.find(':'); colon != both.npos) {
      found.user = both.substr(0, colon);
      found.password = both.substr(colon + 1);
    }
    return found;
  }
}

std::vector<TextRange> url_passwords(std::string_view text) {
  std::vector<TextRange> found;
  std::size_t from = 0;
  for (;;) {
    const std::size_t scheme = text.find("://", from);
    if (scheme == text.npos) return found;
    from = scheme + 3;
    // The longest that is looked at: a hostile text takes no longer than
    // others.
    constexpr std::size_t kLongest = 4096;
    std::string_view rest = text.substr(from, kLongest);
    rest = rest.substr(0, rest.find_first_of(" \t\r\n\"'"));
    const std::size_t colon = rest.find_first_of(":/");
    if (colon == rest.npos || rest[colon] == '/') continue;
    // The last '@': a password carelessly written may hold '@', '/' or '?'. The
    // next URL has one of its own.
    const std::size_t at = rest.substr(0, rest.find("://")).rfind('@');
    if (at == rest.npos || colon > at) continue;
    const std::string_view password = rest.substr(colon + 1, at - colon - 1);
    // http://host:8080/@name has a port there, not a password.
    const std::size_t slash = password.find('/');
    if (slash != password.npos &&
        password.find_first_not_of("0123456789") == slash) {
      continue;
    }
    if (!is_variable(password)) {
      found.push_back({from + colon + 1, from + at});
    }
    from += at;
  }
}

std::string without_password(std::string_view words) {
  std::string shown;
  std::size_t from = 0;
  for (const TextRange& password : url_passwords(words)) {
    shown += words.substr(from, password.begin - from);
    shown += kRedacted;
    from = password.end;
  }
  shown += words.substr(from);
  return shown;
}

}  // namespace rung
