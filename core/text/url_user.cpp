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

std::string without_password(std::string_view words) {
  std::string shown;
  std::size_t from = 0;
  for (;;) {
    const std::size_t scheme = words.find("://", from);
    if (scheme == words.npos) break;
    const std::size_t begin = scheme + 3;
    shown += words.substr(from, begin - from);
    from = begin;
    std::string_view rest = words.substr(begin);
    rest = rest.substr(0, rest.find_first_of(" \t\n\"'"));
    // The last '@': a password carelessly written may hold '@', '/' or '?'.
    const std::size_t at = rest.rfind('@');
    const std::size_t colon = rest.find(':');
    if (at == rest.npos || colon == rest.npos || colon > at) continue;
    const std::string_view password = rest.substr(colon + 1, at - colon - 1);
    // http://host:8080/@name has a port there, not a password.
    const std::size_t slash = password.find('/');
    if (slash != password.npos &&
        password.find_first_not_of("0123456789") == slash) {
      continue;
    }
    // A variable is its own cover, and says where to look.
    shown += rest.substr(0, colon + 1);
    shown += is_variable(password) ? password : kRedacted;
    from = begin + at;
  }
  shown += words.substr(from);
  return shown;
}

}  // namespace rung
