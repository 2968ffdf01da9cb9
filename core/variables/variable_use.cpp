#include "core/variables/variable_use.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/text/ascii_case.hpp"
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

// Whether a text can spell a name otherwise: in small letters, in camel case,
// with dots or hyphens. `part` is what is behind the name's last underscore.
bool may_spell(std::string_view part, std::string_view text) {
  const auto letter = [](char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
  };
  const auto spelled_at = [&](std::size_t at) {
    for (const char c : part) {
      while (at < text.size() && (text[at] == '-' || text[at] == '_')) ++at;
      if (at == text.size() || ascii_lower(text[at++]) != ascii_lower(c)) {
        return false;
      }
    }
    return true;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    // "port" is a word of "server.port" and "serverPort", not of "import".
    const bool begins =
        at == 0 || !letter(text[at - 1]) || ascii_upper(text[at]) == text[at];
    if (begins && spelled_at(at)) return true;
  }
  return false;
}

// What spells names otherwise than as they are has one of these words.
bool may_read(std::string_view name, std::string_view text) {
  static constexpr std::string_view kOtherwise[] = {
      "nv", "onfig", "ettings", "@Value", "roperty", "onnectionString", "iper"};
  const auto has = [&](std::string_view word) {
    return text.find(word) != text.npos;
  };
  // Behind a prefix that is given apart a name may begin anywhere.
  if (has(name) || has("refix")) return true;
  return std::any_of(std::begin(kOtherwise), std::end(kOtherwise), has) &&
         may_spell(name.substr(name.rfind('_') + 1), text);
}

}  // namespace

SourceReads reads_of(std::string_view path, std::string_view content,
                     const std::set<std::string>& readers) {
  SourceReads reads;
  const Language language = language_of(path, content);
  if (language == kNoLanguage) return reads;
  if (!is_of_programs(language)) {
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
  if (name.empty() || !may_read(name, content)) return {};
  auto uses = all_uses(path, content);
  std::erase_if(uses, [&](const VariableUse& use) { return use.name != name; });
  return uses;
}

}  // namespace rung
