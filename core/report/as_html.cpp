#include "core/report/as_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/report/foreign_text.hpp"
#include "core/report/html_logs.hpp"
#include "core/report/html_pictures.hpp"
#include "core/report/report_words.hpp"
#include "core/text/base64.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/rfc3339.hpp"
#include "core/text/sha256.hpp"
#include "core/text/short_id.hpp"

namespace rung {

extern const std::string_view rung_report_css;

namespace {

// Of more than a browser shows at once, the number is told.
constexpr std::size_t kMostPageItems = 200;
constexpr std::size_t kMostPageTests = 500;
constexpr std::size_t kMostPagePlaces = 10;

std::string element(std::string_view name, const std::string& inner) {
  return inner.empty() ? "" : fmt::format("<{0}>{1}</{0}>", name, inner);
}

std::string and_more(std::size_t all, std::size_t shown) {
  return all > shown ? fmt::format("<p>and {} more</p>\n", all - shown) : "";
}

/// A table that scrolls by itself where it is too wide.
std::string page_table(std::string_view caption,
                       std::initializer_list<std::string_view> columns,
                       const std::string& rows) {
  std::string out = fmt::format(
      "<div class=\"wide\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\">"
      "<table>\n<caption>{0}</caption>\n<thead><tr>",
      html_part(caption));
  for (const std::string_view column : columns) {
    out += fmt::format("<th scope=\"col\">{}</th>", html_part(column));
  }
  return out + "</tr></thead>\n<tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string page_facts(const std::vector<ReportFact>& facts) {
  std::string out;
  for (const ReportFact& fact : facts) {
    const std::string text = html_part(fact.text);
    if (text.empty()) continue;
    if (!fact.label.empty() || out.empty()) {
      const std::string label = html_part(fact.label);
      out += element("dt", label.empty() ? "also" : label);
    }
    out += element("dd", text) + "\n";
  }
  return element("dl", out);
}

std::string page_tests(const std::vector<PostedTest>& tests) {
  std::string out;
  const std::size_t shown = std::min(tests.size(), kMostPageTests);
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string says = html_part(tests[i].message);
    out += "<li><code>" + (tests[i].id.empty() ? "?" : html_part(tests[i].id)) +
           "</code>" + (says.empty() ? "" : ": " + says) + "</li>\n";
  }
  return element("ul", out) + and_more(tests.size(), shown);
}

std::string page_commits(const std::vector<CommitInfo>& commits) {
  std::string rows;
  const std::size_t shown = std::min(commits.size(), kMostPageTests);
  for (std::size_t i = 0; i < shown; ++i) {
    const CommitInfo& commit = commits[i];
    rows += fmt::format(
        "<tr><th scope=\"row\"><code title=\"{}\">{}</code></th><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        html_part(commit.id.hex), html_part(short_id(commit.id.hex)),
        html_part(commit.subject), html_part(commit.author),
        html_part(commit.date.substr(0, 10)));
  }
  if (rows.empty()) return "";
  return page_table("Commits", {"commit", "subject", "author", "date"}, rows) +
         and_more(commits.size(), shown);
}

std::string page_places(const std::vector<PostedPlace>& places) {
  std::string out;
  const std::size_t shown = std::min(places.size(), kMostPagePlaces);
  for (std::size_t i = 0; i < shown; ++i) {
    out += (i == 0 ? "Look at: <code>" : ", <code>") +
           html_part(places[i].file) +
           (places[i].line > 0 ? fmt::format(":{}", places[i].line) : "") +
           "</code>";
  }
  return element("p", out) + and_more(places.size(), shown);
}

std::string_view sign(PostedItem::Level level) {
  switch (level) {
    case PostedItem::Level::error:
      return "\u2717";
    case PostedItem::Level::warning:
      return "!";
    case PostedItem::Level::note:
      return "i";
  }
  return "";
}

std::string page_item(const PostedItem& item, bool with_title) {
  std::string out;
  if (with_title) {
    out = fmt::format("<h2><span class=\"{0}\">{1} {0}</span> {2}</h2>\n",
                      to_string(item.level), sign(item.level),
                      item.title.empty() ? "?" : html_part(item.title));
  }
  out += page_facts(item.facts) + page_tests(item.tests) +
         page_commits(item.commits) + page_places(item.places);
  return out.empty() ? "" : "<section class=\"item\">\n" + out + "</section>\n";
}

/// What a person does next, and with what.
std::string page_next(const Posting& posting) {
  std::string out = fmt::format("<dt>serves now</dt><dd>{}</dd>\n",
                                posting.serves.empty()
                                    ? "not known: this command did not look"
                                    : html_part(posting.serves));
  if (!posting.command_line.empty()) {
    out += "<dt>the same again</dt><dd><code>" +
           xml_text(shown_command(posting.command_line)) + "</code></dd>\n";
  }
  if (const std::string next = html_part(posting.next); !next.empty()) {
    out += "<dt>next step</dt><dd>" + next + "</dd>\n";
  }
  return "<section class=\"now\">\n<h2>Now</h2>\n" + element("dl", out) +
         "</section>\n";
}

std::string page_section(std::string_view title, const std::string& inner) {
  if (inner.empty()) return "";
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", title, inner);
}

std::string page_ladder(const Posting& posting) {
  std::string list;
  for (const ReportPhase& phase : posting.phases) {
    list += fmt::format(
        "<li><strong>{}</strong>: {}{}{}</li>\n", html_part(phase.name),
        state_text(phase.state, phase.remembered),
        phase.seconds > 0 ? ", " + took(phase.seconds) : "",
        phase.release.empty()
            ? ""
            : ", release <code>" + html_part(short_id(phase.release)) +
                  "</code>");
  }
  return ladder_picture(posting) + element("ol", list);
}

std::string page_search(const Posting& posting) {
  const std::string picture = search_picture(posting);
  if (picture.empty()) return "";
  std::string key = "<p class=\"key\">";
  for (const Verdict verdict :
       {Verdict::good, Verdict::bad, Verdict::skip, Verdict::infra}) {
    const bool seen =
        std::any_of(posting.trials.begin(), posting.trials.end(),
                    [&](const auto& one) { return one.verdict == verdict; });
    if (!seen) continue;
    key += fmt::format(
        "<span><svg width=\"16\" height=\"16\" aria-hidden=\"true\">{}</svg> "
        "{}</span> ",
        html_mark(verdict, "8", 8), html_word(verdict, posting.terms));
  }
  key +=
      "<span><svg width=\"30\" height=\"16\" aria-hidden=\"true\"><line "
      "class=\"on\" x1=\"0\" y1=\"8\" x2=\"30\" y2=\"8\"/></svg> what the "
      "release has</span>";
  if (picture.find("class=\"band\"") != std::string::npos) {
    key += fmt::format(
        " <span><svg class=\"band\" width=\"30\" height=\"16\" "
        "aria-hidden=\"true\"><rect width=\"30\" height=\"16\"/></svg> where "
        "the {} is, if it is one and each verdict is right</span>",
        posting.find_fix ? "repair" : "change");
  }
  if (picture.find("class=\"divide\"") != std::string::npos) {
    key +=
        " <span><svg width=\"16\" height=\"16\" aria-hidden=\"true\"><line "
        "class=\"divide\" x1=\"8\" y1=\"0\" x2=\"8\" y2=\"16\"/></svg> right "
        "of "
        "it the commits, left the other changes</span>";
  }
  return picture + key + "</p>\n";
}

std::string page_trials(const Posting& posting) {
  constexpr std::size_t kTogether = 500;
  const auto& trials = posting.trials;
  std::string out;
  for (std::size_t begin = 0; begin < trials.size(); begin += kTogether) {
    const std::size_t end = std::min(begin + kTogether, trials.size());
    std::string rows;
    for (std::size_t i = begin; i < end; ++i) {
      const ReportProbe& trial = trials[i];
      const Failure none;
      const Failure& failure = trial.failure ? *trial.failure : none;
      rows += fmt::format(
          "<tr><th scope=\"row\">{}</th><td><span class=\"{}\">{}</span></td>"
          "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
          "</tr>\n",
          i + 1, to_string(trial.verdict),
          html_word(trial.verdict, posting.terms), html_part(trial.label, 200),
          to_string(trial.purpose),
          trial.remembered ? "remembered" : took(trial.seconds),
          trial.failure ? to_string(failure.stage) : "",
          html_part(found_and_likely(failure), 300),
          trial.id > 0 ? std::to_string(trial.id) : "");
    }
    const std::string caption =
        trials.size() <= kTogether
            ? "Trials, in the order made"
            : fmt::format("Trials {} to {}", begin + 1, end);
    const std::string table =
        page_table(caption,
                   {"no.", "verdict", "release", "for", "time", "fails at",
                    "reason", "in rung log"},
                   rows);
    out += begin == 0 ? table
                      : fmt::format(
                            "<details><summary>{}</summary>\n{}"
                            "</details>\n",
                            caption, table);
  }
  return out;
}

/// What gates and logs said, and how often.
std::string page_seen(const Posting& posting) {
  struct Seen {
    const Failure* failure;
    std::vector<std::size_t> numbers;
  };
  std::map<std::string, Seen> groups;
  for (std::size_t i = 0; i < posting.trials.size(); ++i) {
    const auto& failure = posting.trials[i].failure;
    if (!failure) continue;
    // Records keep no signature.
    Seen& seen = groups[fmt::format("{}\n{}\n{}", to_string(failure->stage),
                                    failure->cause, failure->evidence)];
    seen.failure = &*failure;
    seen.numbers.push_back(i + 1);
  }
  std::vector<Seen> sorted;
  for (auto& [key, seen] : groups) sorted.push_back(std::move(seen));
  std::sort(sorted.begin(), sorted.end(), [](const Seen& a, const Seen& b) {
    return a.numbers.front() < b.numbers.front();
  });
  std::string rows;
  const std::size_t shown = std::min(sorted.size(), kMostPageItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const Failure& failure = *sorted[i].failure;
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        to_string(failure.stage), html_part(failure.cause, 80),
        html_part(found_and_likely(failure), 500), sorted[i].numbers.size(),
        sorted[i].numbers.front());
  }
  if (rows.empty()) return "";
  return page_table("What gates and logs said, by kind of failure",
                    {"fails at", "cause", "what was seen", "times", "first in"},
                    rows) +
         and_more(sorted.size(), shown);
}

std::string page_changes(const Posting& posting) {
  std::map<std::string, std::string_view> marks;
  for (const PostedItem& item : posting.items) {
    const std::string_view mark = item.kind == "culprit"  ? "guilty"
                                  : item.kind == "repair" ? "repaired it"
                                  : item.kind == "needed" ? "needed"
                                                          : "";
    if (mark.empty()) continue;
    for (const std::string& name : item.names) marks[name] = mark;
  }
  const auto value = [](const std::optional<std::string>& text) {
    return !text ? std::string("not set")
                 : "<code>" + html_part(text->empty() ? "any" : *text) +
                       "</code>";
  };
  std::string rows;
  for (const ReportChange& change : posting.changes) {
    rows += fmt::format(
        "<tr><th scope=\"row\">{}{}</th><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        html_part(change.name, 120),
        marks.contains(change.name)
            ? fmt::format(" <mark>\u25c0 {}</mark>", marks[change.name])
            : "",
        to_string(change.kind), value(change.before), value(change.after),
        to_string(change.change));
  }
  if (rows.empty()) return "";
  const bool hashes = std::any_of(
      posting.changes.begin(), posting.changes.end(),
      [](const auto& change) { return change.kind != DeltaKind::requirement; });
  return std::string(
             hashes
                 ? "<p>Of variables and settings no value is shown: "
                   "<code>0a1b2c3d</code> is a hash that only this journal's "
                   "key can make. Equal hashes are equal values.</p>\n"
                 : "") +
         page_table("Variables, packages and settings that differ",
                    {"name", "kind", posting.low, posting.high, "change"},
                    rows);
}

std::string page_logs(const Posting& posting) {
  std::string out;
  for (const PostedLog& log : posting.logs) out += html_log(log);
  return out;
}

/// What the page is about, and when and where it was found out.
std::string page_origin(const Posting& posting) {
  const PostedOrigin& origin = posting.origin;
  std::string out;
  const auto add = [&](std::string_view label, const std::string& text) {
    if (text.empty()) return;
    out +=
        (out.empty() ? "" : " \u00b7 ") + std::string(label) + html_part(text);
  };
  if (origin.at_ms > 0) {  // without the milliseconds
    add("", rfc3339(origin.at_ms).substr(0, 19) + "Z");
  }
  add("run ", origin.run);
  add("plan ", origin.plan);
  if (origin.plan.empty()) add("of ", origin.repository);
  add("on ", origin.target);
  add("in ", origin.folder);
  add("", origin.version);
  return out.empty() ? "" : "<p class=\"about\">" + out + "</p>\n";
}

bool is_why(std::string_view label) {
  return label == "checked" || label == "reasons";
}

/// The facts that are a way to the next step, or all the others that the page
/// does not show elsewhere.
std::vector<ReportFact> facts_of(const Posting& posting, bool why) {
  std::vector<ReportFact> out;
  std::string_view label;
  for (std::size_t i = 0; i < posting.facts.size(); ++i) {
    const ReportFact& fact = posting.facts[i];
    if (!fact.label.empty()) label = fact.label;
    const bool is_phase =
        i < posting.phases.size() && fact.label == posting.phases[i].name;
    if (is_phase || label == "serving") continue;
    if (is_why(label) == why) out.push_back(fact);
  }
  return out;
}

}  // namespace

std::string as_html(const Posting& posting) {
  const std::string policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action "
      "'none'",
      base64(sha256(rung_report_css)));
  const std::string title =
      posting.title.empty() ? "?" : html_part(posting.title, 2000);
  std::string about = "rung " + html_part(posting.command);
  if (!posting.outcome.empty())
    about += " \u00b7 " + html_part(posting.outcome);
  if (posting.exit) about += fmt::format(" \u00b7 exit {}", *posting.exit);
  if (posting.seconds > 0) about += " \u00b7 " + took(posting.seconds);
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light "
      "dark\"/>"
      "\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n"
      "<p class=\"about\">{}</p>\n{}<h1>{}</h1>\n",
      policy, title, rung_report_css, about, page_origin(posting), title);
  std::string items;
  const std::size_t shown = std::min(posting.items.size(), kMostPageItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const PostedItem& item = posting.items[i];
    items += page_item(item,
                       posting.items.size() > 1 || item.title != posting.title);
  }
  items += and_more(posting.items.size(), shown);
  // The next step tells to go through them.
  const std::string now =
      page_section("Reasons", page_facts(facts_of(posting, true))) +
      page_next(posting);
  // Whoever reads many answers wants to know what to do before the end.
  constexpr std::size_t kFew = 3;
  out += posting.items.size() > kFew ? now + items : items + now;
  out += page_section("Phases", page_ladder(posting));
  out += page_section("Search", page_search(posting));
  out += page_section("Changes", page_changes(posting));
  out += page_section("Failures", page_seen(posting));
  out += page_section("Facts", page_facts(facts_of(posting, false)));
  out += page_section("Trials", page_trials(posting));
  out += page_section("Logs", page_logs(posting));
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace rung
