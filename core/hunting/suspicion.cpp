#include "core/hunting/suspicion.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/error.hpp"
#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

/// Letters small, `-` and `.` as `_`: packages are written in many ways.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '-' || c == '.' ? '_' : ascii_lower(c);
  }
  return out;
}

/// What the release itself said, without rung's own words where it can be told.
std::string said(const Failure& failure) {
  return failure.evidence + " " +
         (failure.likely.empty() ? failure.message : failure.likely);
}

/// The words of a failure, as plain() writes them.
std::set<std::string> words_of(const Failure& failure) {
  static const RE2 kWord("([A-Za-z0-9_][A-Za-z0-9_.@/-]*)");
  std::set<std::string> words;
  const std::string text = said(failure);
  re2::StringPiece rest(text);
  std::string word;
  while (RE2::FindAndConsume(&rest, kWord, &word)) {
    while (!word.empty() && std::string_view(".-/").find(word.back()) !=
                                std::string_view::npos) {
      word.pop_back();
    }
    words.insert(plain(word));
    // `sqlalchemy.orm` is a part of sqlalchemy.
    words.insert(plain(word.substr(0, word.find_first_of("./"))));
  }
  return words;
}

/// Files of a stack trace that the repository has: "src/app.py" for
/// "/srv/build/src/app.py", line 4".
std::vector<std::string> files_named(const Failure& failure,
                                     const std::vector<std::string>& files) {
  constexpr std::size_t kMost = 3;
  static const RE2 kFile("([A-Za-z0-9_@./-]+\\.[A-Za-z]{1,4})\\b");
  const std::string text = said(failure);
  re2::StringPiece rest(text);
  std::string named;
  std::vector<std::string> found;
  while (found.size() < kMost && RE2::FindAndConsume(&rest, kFile, &named)) {
    for (const std::string& file : files) {
      const bool ends = ("/" + named).ends_with("/" + file) ||
                        ("/" + file).ends_with("/" + named);
      if (ends && std::find(found.begin(), found.end(), file) == found.end()) {
        found.push_back(file);
      }
    }
  }
  if (found.size() > kMost) found.clear();  // "index.js" of every folder
  return found;
}

}  // namespace

std::function<std::vector<DeltaRef>(const Failure&)> names_in_failures(
    const Question& question, FilesOfHistory files) {
  return [deltas = question.deltas, commits = question.commits.size(),
          history = std::move(files)](const Failure& failure) {
    std::vector<DeltaRef> named;
    const auto words = words_of(failure);
    const bool port = failure.cause.find("port") != std::string::npos;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const std::string delta = name(deltas[i]);
      if (words.contains(plain(delta)) || (port && delta == "PORT")) {
        named.push_back({false, static_cast<std::uint32_t>(i)});
      }
    }
    constexpr std::size_t kAffordable = 5'000;  // commits looked into
    if (!history.deployed || commits == 0 || commits > kAffordable) {
      return named;
    }
    try {
      const auto traced = files_named(failure, history.deployed());
      std::vector<bool> untouched(commits, true);
      for (const std::string& file : traced) {
        const auto same = history.unchanged(file);
        for (std::size_t i = 0; i < untouched.size(); ++i) {
          untouched[i] = untouched[i] && same[i];
        }
      }
      for (std::size_t i = 0; i < untouched.size(); ++i) {
        if (!untouched[i]) {
          named.push_back({true, static_cast<std::uint32_t>(i)});
        }
      }
    } catch (const HistoryError&) {
      // Only a hint is lost.
    }
    return named;
  };
}

}  // namespace rung
