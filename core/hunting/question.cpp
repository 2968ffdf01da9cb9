#include "core/hunting/question.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/short_id.hpp"

namespace rung {

Release release_at(const Question& question, const Point& point) {
  std::vector<Delta> on;
  on.reserve(point.on.size());
  for (const std::uint32_t i : point.on) on.push_back(question.deltas.at(i));
  Release release = applied(question.good, on);
  if (point.commit != Point::kGoodCommit) {
    release.commit.hex = question.commits.hex(point.commit);
  }
  return release;
}

std::string label(const Question& question, const DeltaRef& delta) {
  if (delta.is_commit) {
    return "commit " + short_id(question.commits.hex(delta.index));
  }
  const Delta& d = question.deltas.at(delta.index);
  return fmt::format("{} {} {}", to_string(kind(d)), name(d),
                     to_string(change(d)));
}

std::string label(const Question& question, const Point& point) {
  const std::size_t all = question.deltas.size();
  const std::size_t tip = question.commits.size();
  const bool good_commit = point.commit == Point::kGoodCommit;
  const bool bad_commit = tip == 0 || (!good_commit && point.commit + 1 == tip);
  const char* low = question.find_fix ? "bad" : "good";
  const char* high = question.find_fix ? "good" : "bad";
  if (good_commit && point.on.empty()) return fmt::format("the {} release", low);
  if (bad_commit && point.on.size() == all) {
    return fmt::format("the {} release", high);
  }
  std::string text;
  if (tip != 0) {
    text = good_commit ? fmt::format("{} commit", low)
           : bad_commit
               ? fmt::format("{} commit", high)
               : "commit " + short_id(question.commits.hex(point.commit));
  }
  if (all == 0) return text;
  if (!text.empty()) text += ", ";
  if (point.on.empty()) return text + "rest as " + low;
  if (point.on.size() == all) return text + "rest as " + high;
  if (point.on.size() > 1 && point.on.size() + 1 == all) {
    for (std::uint32_t i = 0; i < all; ++i) {
      if (!std::binary_search(point.on.begin(), point.on.end(), i)) {
        return text + "all but " + label(question, DeltaRef{false, i});
      }
    }
  }
  text += label(question, DeltaRef{false, point.on.back()});
  if (point.on.size() > 1) text += fmt::format(" + {} more", point.on.size() - 1);
  return text;
}

}  // namespace rung
