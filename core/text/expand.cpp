#include "core/text/expand.hpp"

#include "core/base/secret.hpp"

namespace rung {
namespace {

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool in_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9');
}

// The name after the '$' at text[at], and how far it reaches; "" = no name.
std::string_view name_at(std::string_view text, std::size_t at,
                         std::size_t& end) {
  std::size_t begin = at + 1;
  const bool braced = begin < text.size() && text[begin] == '{';
  if (braced) ++begin;
  end = begin;
  if (end >= text.size() || !begins_name(text[end])) return {};
  while (end < text.size() && in_name(text[end])) ++end;
  const std::string_view name = text.substr(begin, end - begin);
  if (!braced) return name;
  if (end >= text.size() || text[end] != '}') return {};
  ++end;
  return name;
}

}  // namespace

Expansion expand(std::string_view text,
                 const std::map<std::string, std::string>& env,
                 const std::map<std::string, std::string>& saved) {
  Expansion result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      result.text += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '$') {
      result.text += '$';
      ++i;
      continue;
    }
    std::size_t end = 0;
    const std::string name(name_at(text, i, end));
    if (name.empty()) {
      result.text += '$';
      continue;
    }
    if (const auto it = saved.find(name); it != saved.end()) {
      result.text += it->second;
    } else if (const auto other = env.find(name); other != env.end()) {
      result.text += other->second;
    } else if (result.unknown.empty()) {
      result.unknown = name;
    }
    result.expanded = true;
    i = end - 1;
  }
  return result;
}

std::string first_variable(std::string_view words) {
  for (std::size_t i = words.find('$'); i != words.npos;
       i = words.find('$', i + 1)) {
    std::size_t end = 0;
    const std::string_view name = name_at(words, i, end);
    if (!name.empty()) return std::string(name);
    if (words.substr(i).starts_with("$$")) ++i;
  }
  return {};
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
    std::size_t end = 0;
    const bool variable = password.starts_with('$') &&
                          !name_at(password, 0, end).empty() &&
                          end == password.size();
    shown += rest.substr(0, colon + 1);
    shown += variable ? password : kRedacted;
    from = begin + at;
  }
  shown += words.substr(from);
  return shown;
}

}  // namespace rung
