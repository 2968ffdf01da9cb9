#include "core/nightly/night_posting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <map>
#include <utility>

#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/rfc3339.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

using Level = PostedItem::Level;

std::vector<PostedTest> posted(const std::vector<NightTest>& tests) {
  std::vector<PostedTest> out;
  for (const NightTest& test : tests) out.push_back({test.id, test.message});
  return out;
}

/// "a, b and 3 more"
std::string several(const std::vector<PostedTest>& tests) {
  constexpr std::size_t kShown = 3;
  std::string out;
  for (std::size_t i = 0; i < tests.size() && i < kShown; ++i) {
    out += (i == 0 ? "" : ", ") + tests[i].id;
  }
  if (tests.size() > kShown) {
    out += fmt::format(" and {} more", tests.size() - kShown);
  }
  return out;
}

std::string identity_by(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, "\n"));
}
std::string identity_by(const std::vector<PostedTest>& tests) {
  std::vector<std::string> ids;
  for (const PostedTest& test : tests) ids.push_back(test.id);
  std::sort(ids.begin(), ids.end());
  return identity_by(ids);
}

class NightPosting {
 public:
  NightPosting(const NightReport& report, const CommitFacts& facts,
               const CommitPaths& paths)
      : report_(report), facts_(facts), paths_(paths) {}

  std::vector<PostedItem> items() {
    no_verdict();
    for (const NightFinding& finding : report_.broken) broken(finding);
    for (const NightOpen& open : report_.unfinished) unfinished(open);
    still_broken();
    listed(Level::error, "drift", report_.drift,
           "{} also where {} passed before: no commit is to blame", "fails",
           "fail", "it", "they");
    listed(Level::error, "no-known-good", report_.no_good,
           "{} and {} no known good", "fails", "fail", "has", "have");
    listed(Level::error, "unrepeated", report_.unrepeated,
           "{} on HEAD, but did not run when {} repeated", "failed", "failed",
           "it was", "they were");
    listed(Level::warning, "flaky", report_.flaky,
           "{} flaky: {} failed and passed on one commit", "is", "are", "it",
           "they");
    for (const NightFinding& finding : report_.repaired) repaired(finding);
    named(Level::note, "passes-again", report_.repaired_unsearched,
          "passes again; the commit that repaired it is unknown");
    named(Level::warning, "missing", report_.missing,
          "did not run: in earlier reports, missing from HEAD's");
    return std::move(items_);
  }

 private:
  PostedItem& item(Level level, const char* kind) {
    items_.emplace_back();
    items_.back().level = level;
    items_.back().kind = kind;
    return items_.back();
  }

  void blame(PostedItem& to, const std::vector<std::string>& commits) {
    to.names = commits;
    to.identity = identity_by(commits);
    for (const std::string& commit : commits) {
      to.commits.push_back(facts_(commit));
    }
    if (commits.size() != 1) return;  // of everybody: no help to anybody
    for (const std::string& path : paths_(commits.front())) {
      to.places.push_back({path, 0});
    }
  }

  void no_verdict() {
    if (report_.outcome != NightReport::Outcome::no_verdict) return;
    PostedItem& told = item(Level::error, "no-verdict");
    told.title = "HEAD could not be judged: " +
                 (!report_.infra.empty()      ? report_.infra
                  : !report_.unjudged.empty() ? report_.unjudged
                                              : "it was not judged");
    told.identity = told.kind;
  }

  void broken(const NightFinding& finding) {
    const bool named = finding.commits.size() == 1;
    PostedItem& told = item(Level::error, named ? "culprit" : "suspects");
    told.tests = posted(finding.tests);
    blame(told, finding.commits);
    if (named) {
      told.title = fmt::format(
          "Culprit: {} \"{}\" breaks {}", short_id(finding.commits.front()),
          told.commits.front().subject, several(told.tests));
    } else {
      told.title = fmt::format(
          "One of {} commits breaks {}; those between cannot be judged",
          finding.commits.size(), several(told.tests));
    }
    unsigned failures = UINT_MAX, passes = UINT_MAX;
    for (const NightTest& test : finding.tests) {
      failures = std::min(failures, test.failures);
      passes = std::min(passes, test.passes);
    }
    told.facts.push_back(
        {"proof",
         fmt::format("each failed on it {} times of {}, and passed "
                     "{} times on {} before it",
                     failures, failures, passes, short_id(finding.good))});
  }

  void unfinished(const NightOpen& open) {
    PostedItem& told = item(Level::error, "not-found-yet");
    told.tests = posted(open.tests);
    told.identity = identity_by(told.tests);
    const std::string tests = several(told.tests);
    if (open.searched) {
      told.title = fmt::format("Not proved: what breaks {}", tests);
    } else if (open.good.empty()) {
      told.title = fmt::format("Not searched: what breaks {}", tests);
    } else {
      told.title = fmt::format("Not found yet: what breaks {}; {} commits left",
                               tests, open.commits);
    }
    if (!open.good.empty()) {
      told.facts.push_back({"passes on", short_id(open.good)});
    }
    told.facts.push_back({"fails on", short_id(open.bad)});
  }

  void still_broken() {
    // Those of one commit and one night together, the oldest first.
    std::map<std::pair<std::int64_t, std::string>,
             std::pair<const BrokenSince*, std::vector<NightTest>>>
        groups;
    for (const auto& [since, test] : report_.still) {
      auto& group = groups[{since.first_night, since.culprit}];
      group.first = &since;
      group.second.push_back(test);
    }
    for (const auto& [key, group] : groups) {
      const auto& [since, tests] = group;
      PostedItem& told = item(Level::error, "still-broken");
      told.tests = posted(tests);
      if (since->culprit.empty()) {
        told.title = fmt::format("Still broken, night {}: {}", since->nights,
                                 several(told.tests));
        told.identity = identity_by(told.tests);
      } else {
        told.title = fmt::format("Still broken, night {}, since {} \"{}\": {}",
                                 since->nights, short_id(since->culprit),
                                 since->subject, several(told.tests));
        blame(told, {since->culprit});
      }
      told.facts.push_back(
          {"told", rfc3339(since->first_night * 1000).substr(0, 10)});
    }
  }

  void listed(Level level, const char* kind,
              const std::vector<NightTest>& tests, const char* words,
              const char* one, const char* many, const char* it,
              const char* they) {
    if (tests.empty()) return;
    PostedItem& told = item(level, kind);
    told.tests = posted(tests);
    told.identity = told.kind + "\n" + identity_by(told.tests);
    const bool single = tests.size() == 1;
    told.title = several(told.tests) + " " +
                 fmt::format(fmt::runtime(words), single ? one : many,
                             single ? it : they);
  }

  void named(Level level, const char* kind, const std::vector<std::string>& ids,
             const char* words) {
    if (ids.empty()) return;
    PostedItem& told = item(level, kind);
    for (const std::string& id : ids) told.tests.push_back({id, ""});
    told.identity = told.kind + "\n" + identity_by(ids);
    told.title = ids.size() == 1
                     ? ids.front() + " " + words
                     : fmt::format("{} tests: each {}", ids.size(), words);
  }

  void repaired(const NightFinding& finding) {
    PostedItem& told = item(Level::note, "repaired");
    told.tests = posted(finding.tests);
    blame(told, finding.commits);
    const std::string tests = several(told.tests);
    told.title = finding.commits.size() == 1
                     ? fmt::format("{} \"{}\" repaired {}",
                                   short_id(finding.commits.front()),
                                   told.commits.front().subject, tests)
                     : fmt::format("One of {} commits repaired {}",
                                   finding.commits.size(), tests);
  }

  const NightReport& report_;
  const CommitFacts& facts_;
  const CommitPaths& paths_;
  std::vector<PostedItem> items_;
};

std::string next_of(const NightReport& report) {
  switch (report.outcome) {
    case NightReport::Outcome::green:
      return "";
    case NightReport::Outcome::red:
      for (const NightFinding& finding : report.broken) {
        if (finding.commits.size() != 1) continue;
        return fmt::format("repair it, or git revert {}",
                           short_id(finding.commits.front()));
      }
      return "look at what fails; no further commit is to blame";
    case NightReport::Outcome::budget:
      return "run the same command again: it continues where it stopped";
    case NightReport::Outcome::no_verdict:
      return "repair what kept HEAD from being judged, and run the same "
             "command again";
  }
  return "";
}

}  // namespace

Posting posting_of(const NightReport& report, const CommitFacts& facts,
                   const CommitPaths& paths, const std::string& about) {
  Posting out;
  out.command = "nightly";
  const auto json = night_json(report, facts, 0);
  out.outcome = json.at("verdict").get<std::string>();
  // The same line as in the text.
  const std::string text = night_text(report, facts);
  out.title = text.substr(0, text.find('\n'));
  out.about = about;
  out.items = NightPosting(report, facts, paths).items();
  if (report.builds_left > 0 && !report.unfinished.empty()) {
    out.facts.push_back(
        {"left", "about " + counted(report.builds_left, "build")});
  }
  out.facts.push_back({"cost", fmt::format("{} and {} of tests",
                                           counted(report.builds, "build"),
                                           counted(report.suites, "run"))});
  const bool whole = report.outcome != NightReport::Outcome::no_verdict;
  if (whole && !report.unjudged.empty()) {
    out.facts.push_back(
        {"note", "HEAD was not judged as a whole: " + report.unjudged});
  }
  std::string_view label = "noted";
  for (const std::string& note : report.notes) {
    out.facts.push_back({std::string(label), note});
    label = "";
  }
  out.seconds = report.seconds;
  out.next = next_of(report);
  return out;
}

}  // namespace rung
