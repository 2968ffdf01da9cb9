#include "core/nightly/night_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/rfc3339.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

/// Of each list: what a person reads. JSON has all.
constexpr std::size_t kMostTests = 10;
constexpr std::size_t kMostSuspects = 20;

std::string day(std::int64_t seconds) {
  return rfc3339(seconds * 1000).substr(0, 10);
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

/// `1234567890 "Subject" (Ann Author, 2026-11-30, #123)`
std::string described(const CommitInfo& info) {
  const unsigned pull = pull_request_of(info.subject);
  return fmt::format("{} \"{}\" ({}, {}{})", short_id(info.id.hex),
                     printable(info.subject), printable(info.author),
                     info.date.substr(0, 10),
                     pull > 0 ? fmt::format(", #{}", pull) : "");
}

class Text {
 public:
  Text(const NightReport& report, const CommitFacts& facts)
      : report_(report), facts_(facts) {}

  std::string whole() {
    line(headline());
    for (const NightFinding& finding : report_.broken) broken(finding);
    still_broken();
    for (const NightOpen& open : report_.unfinished) unfinished(open);
    listed(report_.drift,
           "Now also fails on a commit where it passed: flaky, or something "
           "outside the repository changed; no commit is to blame");
    listed(report_.no_good,
           fmt::format("No known good, and none found within {} "
                       "(--depth N, --since 30d look further)",
                       report_.no_known_good_within));
    listed(report_.unrepeated,
           "Failed on HEAD, but did not run when rung repeated it");
    flaky();
    for (const NightFinding& finding : report_.repaired) repaired(finding);
    names(report_.repaired_unsearched,
          "Passes again; the commit that repaired it is unknown");
    names(report_.missing,
          "Did not run: in earlier reports, missing from HEAD's");
    cost();
    return std::move(text_);
  }

 private:
  void line(const std::string& text) { text_ += text + "\n"; }
  void heading(const std::string& text) { text_ += "\n" + text + "\n"; }
  void fact(const char* name, const std::string& text) {
    line(fmt::format("  {:<9} {}", name, text));
  }

  [[nodiscard]] std::size_t red() const {
    std::size_t count = report_.still.size() + report_.drift.size() +
                        report_.no_good.size() + report_.unrepeated.size();
    for (const NightFinding& one : report_.broken) count += one.tests.size();
    for (const NightOpen& one : report_.unfinished) count += one.tests.size();
    return count;
  }

  std::string headline() const {
    const std::string head = short_id(report_.head);
    const std::string passed = fmt::format("{} passed", report_.passed);
    switch (report_.outcome) {
      case NightReport::Outcome::green:
        return fmt::format(
            "Green: {} on {} (HEAD){}{}{}", passed, head,
            report_.missing.empty()
                ? ""
                : fmt::format(", {} did not run",
                              counted(report_.missing.size(), "known test")),
            report_.skipped == 0 ? ""
                                 : fmt::format(", {} skipped", report_.skipped),
            report_.flaky.empty() ? "" : "; flaky tests below");
      case NightReport::Outcome::red:
        return fmt::format("Red: {} on {} (HEAD), {}",
                           counted(red(), "failure"), head, passed);
      case NightReport::Outcome::budget:
        if (red() == 0) {
          return fmt::format(
              "No verdict on {} (HEAD): the budget ended before it was judged",
              head);
        }
        return fmt::format(
            "Red: {} on {} (HEAD), {}; budget used up; run the "
            "same command to continue",
            counted(red(), "failure"), head, passed);
      case NightReport::Outcome::no_verdict:
        return fmt::format(
            "No verdict on {} (HEAD): {}", head,
            printable(!report_.infra.empty()      ? report_.infra
                      : !report_.unjudged.empty() ? report_.unjudged
                                                  : "it was not judged"));
    }
    return "";
  }

  /// "a, b, c and 7 more"
  template <class Tests, class Name>
  static std::string several(const Tests& tests, const Name& name) {
    std::string all;
    for (std::size_t i = 0; i < tests.size() && i < kMostTests; ++i) {
      all += (i == 0 ? "" : ", ") + printable(name(tests[i]));
    }
    if (tests.size() > kMostTests) {
      all += fmt::format(" and {} more", tests.size() - kMostTests);
    }
    return all;
  }
  static std::string several(const std::vector<NightTest>& tests) {
    return several(tests, [](const NightTest& test) { return test.id; });
  }

  void says(const std::vector<NightTest>& tests) {
    for (const NightTest& test : tests) {
      if (test.message.empty()) continue;
      fact("says", elided(printable(test.message), 300));
      return;
    }
  }

  void proof(const NightFinding& finding) {
    unsigned failures = UINT_MAX, passes = UINT_MAX;
    bool flaky = false;
    for (const NightTest& test : finding.tests) {
      failures = std::min(failures, test.failures);
      passes = std::min(passes, test.passes);
      flaky = flaky || test.flaky;
    }
    fact("proof",
         fmt::format("each failed on it {} times of {}, and passed {} times "
                     "on {} before it",
                     failures, failures, passes, short_id(finding.good)));
    if (!flaky) return;
    std::vector<std::string> shaky;
    for (const NightTest& test : finding.tests) {
      if (test.flaky) shaky.push_back(test.id);
    }
    fact("note",
         fmt::format("both passed and failed on an earlier commit: {}",
                     several(shaky, [](const auto& id) { return id; })));
  }

  void suspects(const NightFinding& finding) {
    const auto& all = finding.commits;
    for (std::size_t i = 0; i < all.size() && i < kMostSuspects; ++i) {
      line("  " + described(facts_(all[i])));
    }
    if (all.size() > kMostSuspects) {
      line(fmt::format("  and {} more, up to {}", all.size() - kMostSuspects,
                       short_id(all.back())));
    }
  }

  void broken(const NightFinding& finding) {
    if (finding.commits.size() == 1) {
      heading("Culprit: " + described(facts_(finding.commits.front())));
    } else {
      heading(
          fmt::format("Suspects, one of {} commits (those between cannot "
                      "be judged):",
                      finding.commits.size()));
      suspects(finding);
    }
    fact("breaks", several(finding.tests));
    says(finding.tests);
    proof(finding);
  }

  void repaired(const NightFinding& finding) {
    if (finding.commits.size() == 1) {
      heading("Repaired by " + described(facts_(finding.commits.front())));
    } else {
      heading("Repaired by one of:");
      suspects(finding);
    }
    fact("passes", several(finding.tests));
  }

  void still_broken() {
    // Those of one commit and one night together.
    std::map<std::tuple<std::int64_t, unsigned, std::string>,
             std::pair<const BrokenSince*, std::vector<NightTest>>>
        groups;
    for (const auto& [since, test] : report_.still) {
      auto& group = groups[{since.first_night, since.nights, since.culprit}];
      group.first = &since;
      group.second.push_back(test);
    }
    for (const auto& [key, group] : groups) {
      const auto& [since, tests] = group;
      heading(fmt::format("Still broken, night {}, since {} \"{}\"",
                          since->nights, short_id(since->culprit),
                          printable(since->subject)));
      fact("breaks", several(tests));
      says(tests);
      fact("reported", day(since->first_night));
    }
  }

  void unfinished(const NightOpen& open) {
    if (open.searched) {
      heading(
          fmt::format("Not proved: {} fails and {} before it passes, but one "
                      "of them could not be repeated",
                      short_id(open.bad), short_id(open.good)));
    } else if (open.good.empty()) {
      heading(fmt::format("Not searched: fails on {}", short_id(open.bad)));
    } else {
      heading(fmt::format(
          "Not found yet: {} left, after {} (passes) up to {} (fails)",
          counted(open.commits, "commit"), short_id(open.good),
          short_id(open.bad)));
    }
    fact("breaks", several(open.tests));
    says(open.tests);
  }

  void listed(const std::vector<NightTest>& tests, const std::string& what) {
    if (tests.empty()) return;
    heading(what + ":");
    for (std::size_t i = 0; i < tests.size() && i < kMostTests; ++i) {
      const NightTest& test = tests[i];
      line(fmt::format("  {}{}{}", printable(test.id),
                       test.message.empty() ? "" : ": ",
                       elided(printable(test.message), 300)));
    }
    if (tests.size() > kMostTests) {
      line(fmt::format("  and {} more", tests.size() - kMostTests));
    }
  }

  void flaky() {
    if (report_.flaky.empty()) return;
    heading("Flaky: failed and passed on one commit, so no commit is accused:");
    for (std::size_t i = 0; i < report_.flaky.size() && i < kMostTests; ++i) {
      const NightTest& test = report_.flaky[i];
      line(fmt::format(
          "  {} (passed when repeated on {} of {} nights it "
          "failed){}{}",
          printable(test.id), test.flaked, test.flaked + test.confirmed,
          test.message.empty() ? "" : ": ",
          elided(printable(test.message), 200)));
    }
    if (report_.flaky.size() > kMostTests) {
      line(fmt::format("  and {} more", report_.flaky.size() - kMostTests));
    }
  }

  void names(const std::vector<std::string>& ids, const std::string& what) {
    if (ids.empty()) return;
    heading(fmt::format("{}: {}", what,
                        several(ids, [](const auto& id) { return id; })));
  }

  void cost() {
    heading(
        fmt::format("{} and {} of tests, {}", counted(report_.builds, "build"),
                    counted(report_.suites, "run"), duration(report_.seconds)));
    if (report_.builds_left > 0 && !report_.unfinished.empty()) {
      line(fmt::format("left: about {}, {}",
                       counted(report_.builds_left, "build"),
                       duration(report_.seconds_left)));
    }
    if (!report_.unjudged.empty() &&
        report_.outcome != NightReport::Outcome::no_verdict) {
      line("note: HEAD was not judged as a whole: " +
           printable(report_.unjudged));
    }
    for (const std::string& note : report_.notes) {
      line("note: " + printable(note));
    }
  }

  const NightReport& report_;
  const CommitFacts& facts_;
  std::string text_;
};

Json to_json(const std::vector<NightTest>& tests) {
  Json list = Json::array();
  for (const NightTest& test : tests) {
    Json one = {{"id", test.id}, {"message", test.message}};
    if (test.failures > 0) one["failures"] = test.failures;
    if (test.passes > 0) one["passes"] = test.passes;
    if (test.flaky) one["flaky"] = true;
    if (test.flaked + test.confirmed > 0) {
      one["record"] = {{"flaked", test.flaked}, {"confirmed", test.confirmed}};
    }
    list.push_back(std::move(one));
  }
  return list;
}

Json to_json(const CommitInfo& info) {
  Json out = {{"commit", info.id.hex},
              {"subject", info.subject},
              {"author", info.author},
              {"date", info.date}};
  if (const unsigned pull = pull_request_of(info.subject); pull > 0) {
    out["pull_request"] = pull;
  }
  return out;
}

/// `role`: what a single commit is called.
Json to_json(const std::vector<NightFinding>& findings, const char* role,
             const CommitFacts& facts) {
  Json list = Json::array();
  for (const NightFinding& finding : findings) {
    Json one;
    const bool named = finding.commits.size() == 1;
    if (named) {
      one[role] = to_json(facts(finding.commits.front()));
    } else {
      one["suspects"] = finding.commits;
    }
    one["good"] = finding.good;
    one["tests"] = to_json(finding.tests);
    list.push_back(std::move(one));
  }
  return list;
}

const char* word(NightReport::Outcome outcome) {
  switch (outcome) {
    case NightReport::Outcome::green:
      return "green";
    case NightReport::Outcome::red:
      return "red";
    case NightReport::Outcome::budget:
      return "budget";
    case NightReport::Outcome::no_verdict:
      return "no_verdict";
  }
  return "";
}

}  // namespace

unsigned pull_request_of(const std::string& subject) {
  std::string_view text = subject;
  constexpr std::string_view kMerge = "Merge pull request #";
  std::size_t at = std::string_view::npos;
  if (text.starts_with(kMerge)) {
    at = kMerge.size();
  } else if (text.ends_with(")")) {
    const auto open = text.rfind("(#");
    if (open != text.npos) at = open + 2;
  }
  if (at == text.npos) return 0;
  unsigned number = 0;
  const auto [end, error] =
      std::from_chars(text.data() + at, text.data() + text.size(), number);
  const bool whole =
      error == std::errc() &&
      (end == text.data() + text.size() || *end == ')' || *end == ' ');
  return whole ? number : 0;
}

std::string night_text(const NightReport& report, const CommitFacts& facts) {
  return Text(report, facts).whole();
}

Json night_json(const NightReport& report, const CommitFacts& facts, int exit) {
  Json still = Json::array();
  for (const auto& [since, test] : report.still) {
    Json one = to_json(std::vector<NightTest>{test}).front();
    one["since"] = {{"commit", since.culprit},
                    {"subject", since.subject},
                    {"first_night", day(since.first_night)},
                    {"nights", since.nights}};
    still.push_back(std::move(one));
  }
  Json unfinished = Json::array();
  for (const NightOpen& open : report.unfinished) {
    Json one = {{"bad", open.bad}, {"tests", to_json(open.tests)}};
    if (!open.good.empty()) {
      one["good"] = open.good;
      one["commits"] = open.commits;
    }
    if (open.searched) one["unproved"] = true;
    unfinished.push_back(std::move(one));
  }
  Json out = {{"rung", 1},
              {"command", "nightly"},
              {"verdict", word(report.outcome)},
              {"exit", exit},
              {"head", to_json(facts(report.head))},
              {"passed", report.passed},
              {"skipped", report.skipped},
              {"broken", to_json(report.broken, "culprit", facts)},
              {"still_broken", std::move(still)},
              {"unfinished", std::move(unfinished)},
              {"drift", to_json(report.drift)},
              {"no_known_good", to_json(report.no_good)},
              {"unrepeated", to_json(report.unrepeated)},
              {"flaky", to_json(report.flaky)},
              {"repaired", to_json(report.repaired, "repaired_by", facts)},
              {"passes_again", report.repaired_unsearched},
              {"missing", report.missing},
              {"builds", report.builds},
              {"runs", report.suites},
              {"seconds", report.seconds},
              {"builds_left", report.builds_left},
              {"seconds_left", report.seconds_left},
              {"first_night", report.first_night},
              {"resumed", report.resumed},
              {"notes", report.notes}};
  if (!report.unjudged.empty()) out["unjudged"] = report.unjudged;
  if (!report.infra.empty()) out["infra"] = report.infra;
  return out;
}

}  // namespace rung
