#include "core/hunting/usual_lines.hpp"

#include <fmt/format.h>

#include <sstream>

#include "core/diagnosis/diagnosis.hpp"

namespace rung {

std::vector<std::string> keep_usual_lines(ProbeHistory& journal,
                                          const JournalFact& fact,
                                          std::string_view log) {
  std::vector<std::string> lines = telling_lines(log);
  const std::string now = fmt::format("{}", fmt::join(lines, "\n"));
  if (now != journal.get(fact).value_or("")) journal.set(fact, now);
  return lines;
}

std::optional<std::vector<std::string>> kept_usual_lines(
    const ProbeHistory& journal, const JournalFact& fact) {
  const auto text = journal.get(fact);
  if (!text) return std::nullopt;
  std::vector<std::string> lines;
  std::istringstream in(*text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace rung
