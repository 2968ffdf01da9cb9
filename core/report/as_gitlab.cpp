#include "core/report/as_gitlab.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr std::size_t kLongestDescription = 1000;
constexpr std::size_t kMostFindings = 1000;

std::string plain(std::string_view text, std::size_t longest) {
  return elided(printable(text), longest);
}

/// Printable ASCII without what a dotenv reader could take for syntax.
std::string dotenv_value(std::string_view text) {
  std::string out;
  for (const char c : printable(text, false)) {
    const bool syntax =
        std::string_view("\"'`$\\#").find(c) != std::string::npos;
    out += syntax ? '_' : c;
  }
  return elided(out, 1000, false);
}

}  // namespace

std::string gitlab_code_quality(const Posting& posting) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const PostedItem& item : posting.items) {
    if (item.level == PostedItem::Level::note) continue;
    if (out.size() == kMostFindings) break;
    const PostedPlace place = item.places.empty()
                                  ? PostedPlace{".gitlab-ci.yml", 1}
                                  : item.places.front();
    out.push_back(
        {{"description", plain(item.title, kLongestDescription)},
         {"check_name", "rung/" + item.kind},
         {"fingerprint", signature_of(posting, item)},
         {"severity",
          item.level == PostedItem::Level::error ? "critical" : "minor"},
         {"location",
          {{"path", plain(place.file, kLongestDescription)},
           {"lines", {{"begin", place.line == 0 ? 1 : place.line}}}}}});
  }
  return out.dump(2, ' ', false,
                  nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string gitlab_dotenv(const Posting& posting) {
  return fmt::format(
      "RUNG_OUTCOME={}\nRUNG_CULPRIT={}\nRUNG_TITLE={}\nRUNG_EXIT={}\n",
      dotenv_value(posting.outcome), dotenv_value(culprit_of(posting)),
      dotenv_value(posting.title),
      posting.exit ? std::to_string(*posting.exit) : "");
}

// Source: docs.gitlab.com, "Custom collapsible sections".
std::string gitlab_section_start(const std::string& name,
                                 const std::string& title, std::int64_t at) {
  return fmt::format("\x1b[0Ksection_start:{}:{}\r\x1b[0K{}\n", at, name,
                     plain(title, 200));
}
std::string gitlab_section_end(const std::string& name, std::int64_t at) {
  return fmt::format("\x1b[0Ksection_end:{}:{}\r\x1b[0K\n", at, name);
}

}  // namespace rung
