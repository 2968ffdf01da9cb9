#include "core/text/expand.hpp"

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

bool is_variable(std::string_view text) {
  std::size_t end = 0;
  return text.starts_with('$') && !name_at(text, 0, end).empty() &&
         end == text.size();
}

}  // namespace rung
