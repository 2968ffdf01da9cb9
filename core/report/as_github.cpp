#include "core/report/as_github.hpp"

#include <fmt/format.h>

#include <array>

#include "core/report/foreign_text.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

// Source: docs.github.com, "Limits for annotations": ten of a kind in a step.
constexpr std::size_t kMostOfAKind = 10;
constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kLongestLine = 500;
constexpr std::size_t kMostLines = 40;

std::string_view command_of(PostedItem::Level level) {
  return level == PostedItem::Level::note ? "notice" : to_string(level);
}

/// What stands below the title. Never empty: GitHub drops such an annotation.
std::string message_of(const PostedItem& item) {
  const std::string details = details_of(item, kLongestLine, kMostLines);
  return details.empty() ? elided(printable(item.title), kLongestLine)
                         : details;
}

std::string annotation(const PostedItem& item) {
  std::string where;
  if (!item.places.empty()) {
    const PostedPlace& place = item.places.front();
    where = "file=" + command_property(place.file) + ",";
    if (place.line > 0) where += fmt::format("line={},", place.line);
  }
  return fmt::format(
      "::{} {}title={}::{}\n", command_of(item.level), where,
      command_property(elided(printable(item.title), kLongestTitle)),
      command_data(message_of(item)));
}

}  // namespace

std::string github_annotations(const Posting& posting) {
  std::string out;
  std::array<std::size_t, 3> told{}, left{};
  for (const PostedItem& item : posting.items) {
    const auto level = static_cast<std::size_t>(item.level);
    // One of the notices is kept for what is left out.
    const bool note = item.level == PostedItem::Level::note;
    if (told.at(level) >= kMostOfAKind - (note ? 1 : 0)) {
      ++left.at(level);
      continue;
    }
    ++told.at(level);
    out += annotation(item);
  }
  if (left[0] + left[1] + left[2] > 0) {
    out += fmt::format(
        "::notice title=rung::{} more errors, {} more warnings and {} more "
        "notices are in the job summary\n",
        left[0], left[1], left[2]);
  }
  return out;
}

std::string github_outputs(const Posting& posting, const std::string& body_file,
                           const std::string& delimiter) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += fmt::format("{}<<{}\n{}\n{}\n", name, delimiter,
                       elided(printable(value), 2000), delimiter);
  };
  add("outcome", posting.outcome);
  add("culprit", culprit_of(posting));
  add("title", posting.title);
  add("body-file", body_file);
  return out;
}

}  // namespace rung
