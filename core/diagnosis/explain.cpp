#include "core/diagnosis/explain.hpp"

#include <fmt/format.h>

#include "core/diagnosis/rules.hpp"

namespace rung {
namespace {

void section(std::string& page, std::string_view title,
             const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  page += fmt::format("\n{}\n", title);
  for (const auto& line : lines) page += fmt::format("  - {}\n", line);
}

}  // namespace

std::optional<std::string> explain(std::string_view cause) {
  for (const auto& text : RuleBook::builtin().causes()) {
    if (text.id != cause) continue;
    std::string page = fmt::format("{}: {}\n", text.id, text.meaning);
    section(page, "How it looks", text.looks);
    section(page, "What usually helps", text.fixes);
    section(page, "Where", text.platforms);
    return page;
  }
  return std::nullopt;
}

std::string_view hint_of(std::string_view cause) {
  for (const auto& text : RuleBook::builtin().causes()) {
    if (text.id == cause) return text.hint;
  }
  return "";
}

std::vector<std::string_view> causes() {
  std::vector<std::string_view> ids;
  for (const auto& text : RuleBook::builtin().causes()) ids.push_back(text.id);
  return ids;
}

}  // namespace rung
