#include "adapters/git/inputs.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

namespace rung::git {
namespace {

using Parts = std::vector<std::string>;

/// Where a pattern stands while we go down: the parts still to be matched.
struct Rest {
  const Parts* pattern;
  std::size_t at;
  friend auto operator<=>(const Rest&, const Rest&) = default;
};

bool is_glob(const std::string& part) {
  return part.find_first_of("*?[") != part.npos;
}

class Matcher {
 public:
  explicit Matcher(const Objects& objects) : objects_(objects) {}

  /// `rests` holds at least one part each. `**` stands for any number of
  /// folders, none included.
  void match(const git_oid& tree, const std::string& folder,
             std::set<Rest> rests) {
    for (const Rest& rest : std::set<Rest>(rests)) {
      for (std::size_t at = rest.at;
           at + 1 < rest.pattern->size() && (*rest.pattern)[at] == "**"; ++at) {
        rests.insert({rest.pattern, at + 1});
      }
    }
    for (const TreeEntry& entry : objects_.read_tree(tree)) {
      std::set<Rest> below;
      bool whole = false;
      for (const Rest& rest : rests) {
        const std::string& part = (*rest.pattern)[rest.at];
        const bool last = rest.at + 1 == rest.pattern->size();
        if (part == "**") {
          whole |= last;
          below.insert(rest);
        } else if (is_glob(part)
                       ? fnmatch(part.c_str(), entry.name.c_str(), 0) == 0
                       : part == entry.name) {
          whole |= last;
          if (!last) below.insert({rest.pattern, rest.at + 1});
        }
      }
      const std::string path = folder + entry.name;
      if (whole) {
        lines_.push_back(
            fmt::format("{:o} {} {}", entry.mode, to_hex(entry.id), path));
      } else if (entry.is_tree() && !below.empty()) {
        match(entry.id, path + '/', std::move(below));
      }
    }
  }

  std::vector<std::string> take() {
    std::sort(lines_.begin(), lines_.end());
    return std::move(lines_);
  }

 private:
  const Objects& objects_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> matched_entries(
    const Objects& objects, const git_oid& tree,
    const std::vector<std::string>& patterns) {
  std::vector<Parts> split;
  split.reserve(patterns.size());
  for (const std::string& pattern : patterns) {
    split.push_back(path_parts(pattern));
    if (split.back().empty()) split.back() = {"**"};  // "." is all of it
  }
  std::set<Rest> rests;
  for (const Parts& parts : split) rests.insert({&parts, 0});
  Matcher matcher(objects);
  matcher.match(tree, "", std::move(rests));
  return matcher.take();
}

}  // namespace rung::git
