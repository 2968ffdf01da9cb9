#pragma once

#include <string>
#include <vector>

#include "core/report/posting.hpp"

namespace rung::formats_test {

/// What subjects of commits, names of branches and tests, and logs can hold to
/// break out of the format that quotes them.
inline const std::vector<std::string>& hostile_texts() {
  using namespace std::string_literals;
  static const std::vector<std::string> kTexts = {
      "::error::owned",
      "  ::add-mask::a",
      "fine%0A::set-output name=x::y",
      "two\n::warning file=a,line=1::lines\r\n::endgroup::",
      "##[error]owned ##[add-mask]x ##vso[task.complete]",
      "a,b:c=d,title=e",
      "<script>alert(1)</script><img src=x onerror=y>",
      "</details></summary></failure>]]></system-out>",
      "<!-- rung:0123456789abcdef -->",
      "&amp; &#64;user &lt; \" ' &",
      "a | b || c \\| d",
      "| --- | --- |",
      "one ` tick, two `` ticks, ```` four",
      "`",
      "```\n</code>\n````\n~~~\ntext",
      "@octocat @org/team a@b.example #123 GH-7 gh-8 owner/repo#9 !5 $6",
      "[x](https://evil.example) ![i](https://evil.example/i.png) [r][1]",
      "https://evil.example www.evil.example <https://evil.example>",
      "**bold** _em_ __strong__ ~~gone~~ snake_case_name *",
      "# heading",
      "## ",
      "- item",
      "+ item",
      "1. one",
      "12) twelve",
      "> quote",
      "---",
      "===",
      "    indented code",
      "* * *",
      "\\",
      "\\` \\* trailing \\",
      "{{ moustache }} ${{ github.token }} $(id) $HOME `id`",
      "\x1b[31mred\x1b[0m \x1b]0;title\a bell\b\x01",
      "section_start:1:a\r\x1b[0Kx",
      "nul\0byte"s,
      "\xff\xfe broken \xc3( UTF-8 \xed\xa0\x80",
      "\xEF\xBF\xBE\xEF\xBF\xBF not characters",
      "\u202eright to left\u202c zero\u200bwidth",
      "outcome<<EOF\nculprit\nEOF\nevil=1",
      "\u65e5\u672c\u8a9e \U0001F600 caf\u00e9",
      "'; DROP TABLE tests; --",
      " ",
      "",
      std::string(5000, 'A'),
      std::string(3000, '`'),
      std::string(2000, '@') + "x",
      std::string(100, '`') + " @octocat #12 " + std::string(100, '`'),
      std::string(300, '`') + "\n@octocat #12 <b>\n" + std::string(300, '`'),
  };
  return kTexts;
}

/// A posting with the text in each place that can hold foreign words.
inline Posting posting_with(const std::string& text) {
  using Level = PostedItem::Level;
  Posting out;
  out.command = "nightly";
  out.outcome = "red";
  out.title = "Red: " + text;
  out.about = text;
  for (const Level level : {Level::error, Level::warning, Level::note}) {
    PostedItem item;
    item.level = level;
    item.kind = level == Level::error ? "culprit" : "flaky";
    item.title = text;
    item.names = {std::string(40, 'a'), text};
    item.commits = {{CommitId{std::string(40, 'a')}, text, text, text, false}};
    item.tests = {{text, text}, {"plain::test", ""}};
    item.facts = {{"says", text}, {"", text}, {"proof", "2 of 2"}};
    item.places = {{text.empty() ? "file.c" : text, 7}};
    item.identity = text;
    out.items.push_back(item);
  }
  out.facts = {{"noted", text}, {"", text}};
  out.logs = {{text, text + "\n" + text}};
  ReportPhase phase;
  phase.name = phase.release = text;
  phase.state = ReportPhase::State::bad;
  out.phases = {phase, phase};
  ReportProbe trial;
  trial.label = text;
  trial.verdict = Verdict::bad;
  trial.failure = Failure{Stage::start, text, text, text, text};
  trial.place = ProbePlace{1, {0}, 0, 2};
  out.trials = {trial, trial};
  out.changes = {{DeltaKind::env, text, Change::changed, text, text}};
  out.commits = 2;
  out.low = out.high = text;
  out.command_line = {"rung", "nightly", "--source", text};
  out.next = text;
  out.seconds = 61.5;
  out.exit = 1;
  return out;
}

}  // namespace rung::formats_test
