#include "core/audit/source_collection.hpp"

#include <algorithm>

#include "core/variables/language.hpp"

namespace rung {
namespace {

bool is_document(std::string_view path) {
  static constexpr std::string_view kEndings[] = {
      "md", "mdx", "rst", "txt", "adoc", "html", "lock", "log", "sum"};
  const auto ending = file_ending(path);
  const auto name = file_name(path);
  return std::find(std::begin(kEndings), std::end(kEndings), ending) !=
             std::end(kEndings) ||
         name == ".gitignore" || name == ".dockerignore" || name.starts_with("LICENSE") ||
         name.starts_with("CHANGELOG");
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool is_env_file_name(std::string_view name) {
  return name == ".env" || name.starts_with(".env.") || name == ".flaskenv" ||
         (name.ends_with(".env") && name.size() > 4) ||
         // env.example, but not env.ts
         (name.starts_with("env.") && language_of(name, "") == kNoLanguage);
}

bool is_example_name(std::string_view name) {
  for (const char* word : {"example", "sample", "template", "dist", "default",
                           "schema", "tmpl"}) {
    if (name.find(word) != name.npos) return true;
  }
  return false;
}

void SourceCollection::add(const std::string& path, const std::string& text) {
  files_.emplace_back(path, text);
}

SourceReads SourceCollection::reads() const {
  std::vector<SourceText> sources;
  for (const auto& [path, text] : files_) {
    // What an env file expands is no read of the program: see MentionSearch.
    if (!is_env_file_name(file_name(path))) sources.push_back({path, text});
  }
  return reads_of_project(sources);
}

std::vector<SourceText> SourceCollection::texts() const {
  std::vector<SourceText> all;
  for (const auto& [path, text] : files_) all.push_back({path, text});
  return all;
}

void SourceCollection::look_for_mentions(MentionSearch& search) const {
  for (const auto& [path, text] : files_) search.look_into(path, text);
}

MentionSearch::MentionSearch(const std::set<std::string>& names)
    : names_(names.begin(), names.end()) {
  for (const std::string& name : names_) {
    if (shortest_ == 0 || name.size() < shortest_) shortest_ = name.size();
    longest_ = std::max(longest_, name.size());
  }
}

void MentionSearch::look_into(std::string_view path, std::string_view text) {
  if (names_.empty() || is_document(path)) return;
  if (is_env_file_name(file_name(path))) {
    // It sets names; what it expands (URL=https://${HOST}) it needs.
    for (const VariableUse& use : all_uses(path, text)) {
      if (names_.contains(use.name)) add(use.name, path, use.line);
    }
    return;
  }
  int line = 1;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word_byte(text[i])) {
      if (text[i] == '\n') ++line;
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && is_word_byte(text[i])) ++i;
    const std::size_t size = i - begin;
    if (size < shortest_ || size > longest_) continue;
    const std::string_view word = text.substr(begin, size);
    if (names_.contains(word)) add(word, path, line);
  }
}

void MentionSearch::add(std::string_view name, std::string_view path,
                        int line) {
  constexpr std::size_t kMost = 5;  // places a name
  auto& places = found_[std::string(name)];
  if (places.size() < kMost) places.push_back({std::string(path), line});
}

}  // namespace rung
