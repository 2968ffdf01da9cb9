#include "adapters/docker/dockerignore.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace rung {
namespace {

std::string as_regular_expression(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*' && pattern.substr(i).starts_with("**")) {
      ++i;
      if (pattern.substr(i + 1).starts_with("/")) {
        ++i;
        out += "(?:.*/)?";
      } else {
        out += ".*";
      }
    } else if (c == '*') {
      out += "[^/]*";
    } else if (c == '?') {
      out += "[^/]";
    } else if (c == '[' && pattern.find(']', i) != pattern.npos) {
      const auto end = pattern.find(']', i);
      out += pattern.substr(i, end - i + 1);
      i = end;
    } else if (c == '\\' && i + 1 < pattern.size()) {
      out += RE2::QuoteMeta(pattern.substr(++i, 1));
    } else {
      out += RE2::QuoteMeta(pattern.substr(i, 1));
    }
  }
  // A folder that matches takes all below it along.
  return out + "(?:/.*)?";
}

}  // namespace

DockerIgnore::DockerIgnore(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    while (!line.empty() && std::string_view(" \t\r").find(line.front()) !=
                                std::string_view::npos) {
      line.remove_prefix(1);
    }
    while (!line.empty() && std::string_view(" \t\r").find(line.back()) !=
                                std::string_view::npos) {
      line.remove_suffix(1);
    }
    Rule rule;
    rule.back = line.starts_with('!');
    if (rule.back) line.remove_prefix(1);
    if (line.empty()) continue;
    std::string path =
        std::filesystem::path(line).lexically_normal().generic_string();
    while (path.starts_with('/')) path.erase(0, 1);
    while (path.ends_with('/')) path.pop_back();
    if (path.empty() || path == ".") continue;
    rule.pattern = std::make_shared<const RE2>(as_regular_expression(path),
                                               RE2::Quiet);
    if (rule.pattern->ok()) rules_.push_back(std::move(rule));
  }
}

bool DockerIgnore::leaves_out(std::string_view path) const {
  bool out = false;
  for (const Rule& rule : rules_) {
    if (out == rule.back &&
        RE2::FullMatch({path.data(), path.size()}, *rule.pattern)) {
      out = !rule.back;
    }
  }
  return out;
}

}  // namespace rung
