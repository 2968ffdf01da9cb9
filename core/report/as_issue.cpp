#include "core/report/as_issue.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/report/as_markdown.hpp"
#include "core/text/printable.hpp"

namespace rung {

std::string as_issues(const Posting& posting) {
  // GitHub takes 65,536 characters of a body, and 256 of a title.
  constexpr std::size_t kMostBody = 60'000;
  constexpr std::size_t kLongestIssueTitle = 200;
  constexpr std::size_t kMostIssues = 50;
  nlohmann::ordered_json issues = nlohmann::ordered_json::array();
  std::set<std::string> seen;
  for (const PostedItem& item : posting.items) {
    if (item.level != PostedItem::Level::error) continue;
    const std::string signature = signature_of(posting, item);
    if (!seen.insert(signature).second) continue;
    if (issues.size() == kMostIssues) break;
    const std::string marker = fmt::format("<!-- rung:{} -->", signature);
    issues.push_back(
        {{"signature", signature},
         {"marker", marker},
         {"title", elided(printable(item.title), kLongestIssueTitle)},
         {"body", marker + "\n" + as_markdown(posting, item, kMostBody)}});
  }
  const nlohmann::ordered_json out = {
      {"rung", 1}, {"outcome", posting.outcome}, {"issues", std::move(issues)}};
  return out.dump(2, ' ', false,
                  nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace rung
