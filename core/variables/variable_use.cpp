#include "core/variables/variable_use.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/variables/code_reads.hpp"
#include "core/variables/config_reads.hpp"
#include "core/variables/environment_words.hpp"
#include "core/variables/go_libraries.hpp"
#include "core/variables/jvm_libraries.hpp"
#include "core/variables/language.hpp"
#include "core/variables/node_libraries.hpp"
#include "core/variables/python_libraries.hpp"
#include "core/variables/rust_libraries.hpp"
#include "core/variables/text_libraries.hpp"
#include "core/variables/tokens.hpp"

namespace rung {
namespace {

void read_program(std::string_view path, std::string_view content,
                  Language language, const std::set<std::string>& readers,
                  SourceReads& reads) {
  const Tokens tokens =
      with_environment(tokens_of(content, language, path), language);
  read_code(tokens, language, path, readers, reads);
  switch (language) {
    case kNode:
      read_node_libraries(tokens, path, reads);
      break;
    case kPython:
      read_python_libraries(tokens, path, reads);
      break;
    case kGo:
      read_go_libraries(tokens, path, reads);
      break;
    case kJvm:
      read_jvm_libraries(tokens, path, reads);
      break;
    case kRust:
      read_rust_libraries(tokens, path, reads);
      break;
    case kPhp:
    case kDotnet:
      read_text_libraries(tokens, path, reads);
      break;
    default:
      break;
  }
}

}  // namespace

SourceReads reads_of(std::string_view path, std::string_view content,
                     const std::set<std::string>& readers) {
  SourceReads reads;
  const Language language = language_of(path, content);
  if (language == kNoLanguage) return reads;
  if (language == kSubstituted || language == kShell || language == kDocker) {
    read_config(path, content, language, reads);
    const auto ending = file_ending(path);
    // Rails' database.yml is a template.
    if ((ending == "yml" || ending == "yaml") &&
        content.find("<%") != content.npos) {
      read_program(path, content, kRuby, readers, reads);
    }
  } else {
    read_program(path, content, language, readers, reads);
  }
  auto& uses = reads.uses;
  std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) {
    return std::tie(a.line, a.name, a.passed_on, b.has_default,
                    b.default_text) < std::tie(b.line, b.name, b.passed_on,
                                               a.has_default, a.default_text);
  });
  // Two forms may see one use; the fuller reading comes first.
  uses.erase(std::unique(uses.begin(), uses.end(),
                         [](const auto& a, const auto& b) {
                           return a.line == b.line && a.name == b.name;
                         }),
             uses.end());
  std::sort(reads.dynamic.begin(), reads.dynamic.end());
  reads.dynamic.erase(
      std::unique(reads.dynamic.begin(), reads.dynamic.end()),
      reads.dynamic.end());
  return reads;
}

std::vector<VariableUse> all_uses(std::string_view path,
                                  std::string_view content) {
  return reads_of(path, content).uses;
}

std::vector<VariableUse> uses_of(std::string_view name, std::string_view path,
                                 std::string_view content) {
  if (name.empty()) return {};
  // What spells names otherwise (in small letters, with dots, less a prefix)
  // has one of these words.
  static constexpr std::string_view kOtherwise[] = {
      "nv",     "onfig",   "refix",            "ettings",
      "@Value", "roperty", "onnectionString", "iper"};
  if (content.find(name) == content.npos &&
      std::none_of(std::begin(kOtherwise), std::end(kOtherwise),
                   [&](std::string_view word) {
                     return content.find(word) != content.npos;
                   })) {
    return {};
  }
  auto uses = all_uses(path, content);
  std::erase_if(uses, [&](const VariableUse& use) { return use.name != name; });
  return uses;
}

}  // namespace rung
