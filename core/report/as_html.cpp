#include "core/report/as_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/report/foreign_text.hpp"
#include "core/report/html_pictures.hpp"
#include "core/report/report_words.hpp"
#include "core/text/base64.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/sha256.hpp"
#include "core/text/short_id.hpp"

namespace rung {

extern const std::string_view rung_report_css;

namespace {

// Of more than a browser shows at once, the number is told.
constexpr std::size_t kMostPageItems = 200;
constexpr std::size_t kMostPageTests = 500;
constexpr std::size_t kMostPagePlaces = 10;
constexpr std::size_t kLongestPageLog = 200'000;

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
    out += (i == 0 ? "In <code>" : ", <code>") + html_part(places[i].file) +
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
  std::string out = "<section class=\"item\">\n";
  if (with_title) {
    out += fmt::format("<h2><span class=\"{0}\">{1} {0}</span> {2}</h2>\n",
                       to_string(item.level), sign(item.level),
                       item.title.empty() ? "?" : html_part(item.title));
  }
  return out + page_facts(item.facts) + page_tests(item.tests) +
         page_commits(item.commits) + page_places(item.places) + "</section>\n";
}

std::string page_command(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& word : argv) {
    line += (line.empty() ? "" : " ") + shown_word(word);
  }
  return xml_text(line);
}

/// What a person does next, and with what.
std::string page_next(const Posting& posting) {
  std::string out;
  for (const ReportFact& fact : posting.facts) {
    if (fact.label == "serving") {
      out += "<dt>serves now</dt><dd>" + html_part(fact.text) + "</dd>\n";
    }
  }
  if (!posting.command_line.empty()) {
    out += "<dt>the same again</dt><dd><code>" +
           page_command(posting.command_line) + "</code></dd>\n";
  }
  if (const std::string next = html_part(posting.next); !next.empty()) {
    out += "<dt>next step</dt><dd>" + next + "</dd>\n";
  }
  if (out.empty()) return "";
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
        html_mark(verdict, "8", 8), to_string(verdict));
  }
  return picture + key +
         "<span><svg width=\"30\" height=\"16\" aria-hidden=\"true\">"
         "<line class=\"on\" x1=\"0\" y1=\"8\" x2=\"30\" y2=\"8\"/></svg> what "
         "the release has</span> <span><svg class=\"band\" width=\"30\" "
         "height=\"16\" aria-hidden=\"true\"><rect width=\"30\" height=\"16\"/>"
         "</svg> where one guilty change can still be</span></p>\n";
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
          i + 1, to_string(trial.verdict), to_string(trial.verdict),
          html_part(trial.label, 200), to_string(trial.purpose),
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
  std::set<std::string> guilty;
  for (const PostedItem& item : posting.items) {
    if (item.kind == "culprit" || item.kind == "repair") {
      guilty.insert(item.names.begin(), item.names.end());
    }
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
        guilty.contains(change.name) ? " <mark>\u25c0 guilty</mark>" : "",
        to_string(change.kind), value(change.before), value(change.after),
        to_string(change.change));
  }
  if (rows.empty()) return "";
  return "<p>Values are never shown: <code>0a1b2c3d</code> is a hash that only "
         "this journal's key can make. Equal hashes are equal values.</p>\n" +
         page_table("Variables, packages and settings that differ",
                    {"name", "kind", posting.low, posting.high, "change"},
                    rows);
}

/// The line of the log that one of `texts` tells of; the last one, in which it
/// all ends. npos = none.
std::size_t deciding_line(const std::vector<std::string>& lines,
                          const std::vector<std::string>& texts) {
  constexpr std::size_t kShortest = 4;
  for (const std::string& text : texts) {
    if (text.size() < kShortest) continue;
    // A failure quotes its beginning.
    const std::string_view quoted = std::string_view(text).substr(0, 100);
    for (std::size_t i = lines.size(); i-- > 0;) {
      if (lines[i].find(quoted) != std::string::npos) return i;
    }
  }
  return std::string::npos;
}

std::string page_log(const PostedLog& log,
                     const std::vector<std::string>& deciding) {
  // What matters of a log stands at its end.
  std::size_t from =
      log.text.size() > kLongestPageLog ? log.text.size() - kLongestPageLog : 0;
  if (from > 0) from = std::min(log.text.find('\n', from), log.text.size() - 1);
  std::vector<std::string> lines;
  std::string_view rest = std::string_view(log.text).substr(from);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(printable(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::size_t decides = deciding_line(lines, deciding);
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = xml_text(lines[i]);
    text += i == decides ? "<mark>\u25b6 " + line + "</mark>\n" : line + "\n";
  }
  std::string out = fmt::format("<details>\n<summary>{}</summary>\n",
                                log.name.empty() ? "log" : html_part(log.name));
  if (from > 0) {
    out += fmt::format("<p>The first {} bytes are left out.</p>\n", from);
  }
  if (decides != std::string::npos) {
    out += "<p>The line that decided is marked with \u25b6.</p>\n";
  }
  return out + "<pre>" + text + "</pre>\n</details>\n";
}

std::string page_logs(const Posting& posting) {
  std::vector<std::string> deciding;
  const auto add = [&](const std::string& text) {
    const std::string line = printable(text);
    if (std::find(deciding.begin(), deciding.end(), line) == deciding.end()) {
      deciding.push_back(line);
    }
  };
  for (const ReportProbe& trial : posting.trials) {
    if (deciding.size() > kMostPageItems) break;
    if (!trial.failure) continue;
    add(trial.failure->likely);
    // The last lines of a command's output, with " | " between them.
    const std::string& message = trial.failure->message;
    const std::size_t last = message.rfind(" | ");
    add(last == message.npos ? message : message.substr(last + 3));
  }
  std::string out;
  for (const PostedLog& log : posting.logs) out += page_log(log, deciding);
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
  about += fmt::format(" \u00b7 exit {}", posting.exit);
  if (posting.seconds > 0) about += " \u00b7 " + took(posting.seconds);
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light "
      "dark\"/>"
      "\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n"
      "<p class=\"about\">{}</p>\n<h1>{}</h1>\n",
      policy, title, rung_report_css, about, title);
  std::string items;
  const std::size_t shown = std::min(posting.items.size(), kMostPageItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const PostedItem& item = posting.items[i];
    items += page_item(item,
                       posting.items.size() > 1 || item.title != posting.title);
  }
  items += and_more(posting.items.size(), shown);
  // Whoever reads many answers wants to know what to do before the end.
  constexpr std::size_t kFew = 3;
  const std::string now = page_next(posting);
  out += posting.items.size() > kFew ? now + items : items + now;
  out += page_section("Phases", page_ladder(posting));
  out += page_section("Search", page_search(posting));
  out += page_section("Changes", page_changes(posting));
  out += page_section("Failures", page_seen(posting));
  std::vector<ReportFact> facts;
  for (const ReportFact& fact : posting.facts) {
    if (fact.label != "serving") facts.push_back(fact);
  }
  out += page_section("Facts", page_facts(facts));
  out += page_section("Trials", page_trials(posting));
  out += page_section("Logs", page_logs(posting));
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace rung
