// Every format takes every hostile text, and is read by a parser that is not
// ours: expat for XML, nlohmann for JSON, cmark-gfm for Markdown.
#include <expat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/report/as_github.hpp"
#include "core/report/as_gitlab.hpp"
#include "core/report/as_html.hpp"
#include "core/report/as_issue.hpp"
#include "core/report/as_jsonl.hpp"
#include "core/report/as_junit.hpp"
#include "core/report/as_markdown.hpp"
#include "core/report/as_sarif.hpp"
#include "core/report/foreign_text.hpp"
#include "core/text/printable.hpp"
#include "tests/core/report/hostile_texts.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/skipped.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::formats_test {
namespace {

using Catch::Contains;

/// An XML document as expat reads it.
struct Xml {
  struct Element {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::string text;  ///< of it alone
  };
  std::vector<Element> elements;  ///< in the order in which they begin
  std::string error;              ///< "" = none

  [[nodiscard]] std::vector<Element> named(const std::string& name) const {
    std::vector<Element> out;
    for (const Element& one : elements) {
      if (one.name == name) out.push_back(one);
    }
    return out;
  }
};

Xml xml_from(const std::string& text) {
  struct Reading {
    Xml xml;
    std::vector<std::size_t> open;
  } reading;
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), XML_ParserFree);
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** attributes) {
        auto& to = *static_cast<Reading*>(data);
        Xml::Element element;
        element.name = name;
        for (; *attributes != nullptr; attributes += 2) {
          element.attributes[attributes[0]] = attributes[1];
        }
        to.open.push_back(to.xml.elements.size());
        to.xml.elements.push_back(element);
      },
      [](void* data, const char*) {
        static_cast<Reading*>(data)->open.pop_back();
      });
  XML_SetCharacterDataHandler(parser.get(),
                              [](void* data, const char* text_of_it, int size) {
                                auto& to = *static_cast<Reading*>(data);
                                if (to.open.empty()) return;
                                to.xml.elements[to.open.back()].text.append(
                                    text_of_it, static_cast<std::size_t>(size));
                              });
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) ==
      XML_STATUS_ERROR) {
    reading.xml.error = XML_ErrorString(XML_GetErrorCode(parser.get()));
  }
  return reading.xml;
}

/// A line as GitHub's runner reads it. Source: docs.github.com, "Workflow
/// commands for GitHub Actions", and actions/runner, ActionCommand.cs.
struct Command {
  std::string name, data;
  std::map<std::string, std::string> properties;
};
std::string decoded(std::string text, bool property) {
  std::vector<std::pair<std::string, std::string>> codes = {{"%0D", "\r"},
                                                            {"%0A", "\n"}};
  if (property) {
    codes.emplace_back("%3A", ":");
    codes.emplace_back("%2C", ",");
  }
  codes.emplace_back("%25", "%");  // last, as the runner does
  for (const auto& [code, character] : codes) {
    for (std::size_t at = 0; (at = text.find(code, at)) != text.npos;
         at += character.size()) {
      text.replace(at, code.size(), character);
    }
  }
  return text;
}
std::optional<Command> command_from(const std::string& line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == line.npos) return std::nullopt;
  if (const auto old = line.find("##["); old != line.npos) {
    Command command;
    command.name = "##[";
    return command;
  }
  if (line.compare(begin, 2, "::") != 0) return std::nullopt;
  const auto end = line.find("::", begin + 2);
  if (end == line.npos) return std::nullopt;
  Command command;
  const std::string head = line.substr(begin + 2, end - begin - 2);
  command.data = decoded(line.substr(end + 2), false);
  const auto blank = head.find(' ');
  command.name = head.substr(0, blank);
  if (blank == head.npos) return command;
  std::istringstream properties(head.substr(blank + 1));
  for (std::string one; std::getline(properties, one, ',');) {
    const auto equals = one.find('=');
    REQUIRE(equals != one.npos);
    command.properties[one.substr(0, equals)] =
        decoded(one.substr(equals + 1), true);
  }
  return command;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without(std::string text, std::string_view part) {
  for (std::size_t at; (at = text.find(part)) != text.npos;) {
    text.erase(at, part.size());
  }
  return text;
}

/// What cmark-gfm makes of Markdown, as XML; nullopt: it is not here.
std::optional<Xml> cmark(const std::string& markdown) {
  if (e2e::ran({"sh", "-c", "command -v cmark-gfm"}, "/").exit != 0) {
    return std::nullopt;
  }
  const fakes::TempFolder folder;
  std::ofstream(folder.path() / "a.md", std::ios::binary) << markdown;
  const auto made =
      e2e::ran({"cmark-gfm", "-t", "xml", "--unsafe", "-e", "table", "-e",
                "autolink", "-e", "strikethrough", "-e", "tasklist", "a.md"},
               folder.path());
  REQUIRE(made.exit == 0);
  Xml xml = xml_from(made.out);
  REQUIRE(xml.error == "");
  return xml;
}

/// What is left to read of a foreign text.
std::string readable(const std::string& text, std::size_t columns) {
  std::string out = elided(printable(text), columns);
  for (const char* banned : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (std::size_t at; (at = out.find(banned)) != out.npos;) {
      out.replace(at, 3, "?");
    }
  }
  return out;
}

/// All that a reader of the page sees, one space for any blanks.
std::string shown(const Xml& xml) {
  std::string all;
  for (const auto& element : xml.elements) all += element.text + " ";
  return all;
}
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\n') out += c;
  }
  return out;
}

}  // namespace

TEST_CASE("Markdown shows hostile texts and obeys none of them",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const std::string markdown = as_markdown(posting_with(text), 1'000'000);
    CHECK(markdown.size() < 1'000'000);
    const auto page = cmark(markdown);
    if (!page) {
      fakes::skipped("there is no cmark-gfm (Debian: cmark-gfm)");
      return;
    }
    const std::set<std::string> ours = {
        "document",   "heading",    "paragraph",     "text",
        "list",       "item",       "strong",        "code",
        "code_block", "table",      "table_header",  "table_row",
        "table_cell", "html_block", "thematic_break"};
    std::size_t headings = 0, tables = 0, cells = 0, lists = 0, blocks = 0;
    for (const auto& element : page->elements) {
      CAPTURE(element.name, element.text.substr(0, 200));
      CHECK(ours.count(element.name) == 1);
      headings += element.name == "heading";
      tables += element.name == "table";
      cells += element.name == "table_cell";
      blocks += element.name == "code_block";
      lists += element.name == "list";
      if (element.name == "html_block") {
        const bool folds = element.text.starts_with("<details>\n<summary>") ||
                           element.text == "</details>\n";
        CHECK(folds);
        CHECK_THAT(element.text, !Contains("script") || Contains("&lt;script"));
        CHECK_THAT(element.text, !Contains("<!--"));
      }
      if (element.name != "text") continue;
      // What GitHub and GitLab would look for in the text.
      const std::string& words = element.text;
      for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const bool reference = words[i] == '#' && std::isdigit(words[i + 1]);
        const bool mention = words[i] == '@' && std::isalnum(words[i + 1]);
        CHECK_FALSE(reference);
        CHECK_FALSE(mention);
      }
    }
    // No more and no fewer than without anything hostile.
    CHECK(headings == 1 + 3);
    CHECK(tables == 3);
    CHECK(cells == 3 * 8);
    CHECK(blocks == 2);
    // It is all there to read.
    const std::string wanted = squeezed(readable(text, 100)).substr(0, 90);
    CHECK_THAT(squeezed(without(shown(*page), "\u200b")), Contains(wanted));
  }
}

TEST_CASE("Markdown fits the room it has, whatever there is to tell",
          "[core][report][formats]") {
  Posting posting = posting_with(std::string(5000, '@'));
  for (int i = 0; i < 300; ++i) posting.items.push_back(posting.items.front());
  posting.logs.assign(50, {"log", std::string(500'000, '`')});
  const std::size_t most = GENERATE(4'000u, 60'000u, 1'000'000u);
  const std::string markdown = as_markdown(posting, most);
  CHECK(markdown.size() <= most);
  CHECK_THAT(markdown, Contains("left out"));
}

TEST_CASE("A workflow command of GitHub says what it quotes and no more",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const Posting posting = posting_with(text);
    const auto lines = lines_of(github_annotations(posting));
    REQUIRE(lines.size() == 3);
    const std::vector<std::string> names = {"error", "warning", "notice"};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CAPTURE(lines[i].substr(0, 300));
      CHECK(lines[i].size() < 60'000);
      // The old form is looked for only in what is not a command.
      const auto command = command_from(without(lines[i], "##["));
      REQUIRE(command);
      CHECK(command->name == names[i]);
      CHECK(command->properties.size() == 3);
      CHECK(command->properties.at("line") == "7");
      const std::string title = without(readable(text, 200), "##[");
      CHECK(command->properties.at("title") == title);
      CHECK_THAT(command->data, Contains("proof: 2 of 2"));
      const std::string says =
          printable("says: " + without(readable(text, 500), "##["));
      CHECK_THAT(command->data, Contains(says + "\n"));
    }
  }
}

TEST_CASE("Ten errors and ten warnings are told, and how many more there are",
          "[core][report][formats]") {
  Posting posting = posting_with("x");
  const auto items = posting.items;
  for (int i = 0; i < 20; ++i) {
    posting.items.insert(posting.items.end(), items.begin(), items.end());
  }
  posting.items.front().title = "the most important";
  std::map<std::string, int> count;
  const auto lines = lines_of(github_annotations(posting));
  for (const auto& line : lines) ++count[command_from(line)->name];
  CHECK(count == std::map<std::string, int>{
                     {"error", 10}, {"warning", 10}, {"notice", 10}});
  CHECK_THAT(lines.front(), Contains("the most important"));
  CHECK_THAT(lines.back(), Contains("11 more errors, 11 more warnings"));
}

TEST_CASE("No value ends its output of a GitHub step early",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const auto lines = lines_of(
        github_outputs(posting_with(text), "/tmp/body.md", "rung_0123"));
    // As the runner reads the file: NAME<<DELIMITER, the value, DELIMITER.
    std::map<std::string, std::string> outputs;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto mark = lines[i].find("<<");
      REQUIRE(mark != std::string::npos);
      const std::string name = lines[i].substr(0, mark);
      const std::string delimiter = lines[i].substr(mark + 2);
      CHECK(delimiter == "rung_0123");
      while (++i < lines.size() && lines[i] != delimiter) {
        outputs[name] += (outputs[name].empty() ? "" : "\n") + lines[i];
      }
    }
    CHECK(outputs.size() == 4);
    CHECK(outputs["outcome"] == "red");
    CHECK(outputs["body-file"] == "/tmp/body.md");
    CHECK_THAT(outputs["culprit"], Contains(std::string(40, 'a')));
    CHECK(outputs["title"] == elided(printable("Red: " + text), 2000));
  }
}

TEST_CASE("No line of a log that GitHub reads becomes a command",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    for (const auto& line : lines_of(without_commands(text))) {
      CHECK_FALSE(command_from(line));
    }
    const auto json = nlohmann::json({{"subject", printable(text)}});
    const std::string written = json_without_commands(json.dump());
    CHECK_FALSE(command_from(written));
    CHECK(nlohmann::json::parse(written) == json);
  }
}

TEST_CASE("JUnit XML takes hostile texts, and counts what it lists",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const Xml xml = xml_from(as_junit(posting_with(text)));
    REQUIRE(xml.error == "");
    const auto cases = xml.named("testcase");
    CHECK(cases.size() == 6);
    CHECK(xml.named("failure").size() == 2);
    CHECK(xml.named("skipped").size() == 2);
    const auto suite = xml.named("testsuite").at(0).attributes;
    CHECK(suite.at("tests") == "6");
    CHECK(suite.at("failures") == "2");
    CHECK(suite.at("skipped") == "2");
    CHECK(suite.at("errors") == "0");
    const std::string name = readable(text, 500);
    CHECK(cases.front().attributes.at("name") == (name.empty() ? "?" : name));
    CHECK(cases.at(1).attributes.at("name") == "plain::test");
  }
}

TEST_CASE("JUnit XML tells green, red and no verdict apart",
          "[core][report][formats]") {
  Posting green;
  green.command = "nightly";
  green.title = "Green: 3 passed";
  const Xml passed = xml_from(as_junit(green));
  CHECK(passed.named("testcase").size() == 1);
  CHECK(passed.named("failure").empty());

  const Xml none = xml_from(
      as_junit(posting_of_error("bisect", "git: no such commit", 128)));
  CHECK(none.named("error").size() == 1);
  CHECK(none.named("testsuite").at(0).attributes.at("errors") == "1");
}

TEST_CASE("The first and last lines of the events hold hostile texts",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const Posting posting = posting_with(text);
    const std::string first = jsonl_begin("nightly", posting.command_line);
    const std::string event = jsonl_event("said", 1.25, {{"text", text}});
    const std::string last = jsonl_end(posting, 61.5);
    for (const std::string& line : {first, event, last}) {
      CHECK(line.find('\n') == line.size() - 1);
      CHECK(nlohmann::json::parse(line).is_object());
    }
    CHECK(nlohmann::json::parse(first)["rung"] == 1);
    CHECK(nlohmann::json::parse(event)["seconds"] == 1.25);
    const auto end = nlohmann::json::parse(last);
    CHECK(end["event"] == "end");
    CHECK(end["items"].size() == 3);
    CHECK(end["items"][0]["places"][0]["line"] == 7);
  }
}

TEST_CASE("GitLab's reports take hostile texts", "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const Posting posting = posting_with(text);
    const auto quality = nlohmann::json::parse(gitlab_code_quality(posting));
    REQUIRE(quality.size() == 2);  // a note is no finding
    CHECK(quality[0]["severity"] == "critical");
    CHECK(quality[0]["description"] == elided(printable(text), 1000));
    CHECK(quality[0]["location"]["lines"]["begin"] == 7);
    CHECK(quality[0]["fingerprint"].get<std::string>().size() == 16);

    const auto lines = lines_of(gitlab_dotenv(posting));
    REQUIRE(lines.size() == 4);
    const std::vector<std::string> names = {"RUNG_OUTCOME", "RUNG_CULPRIT",
                                            "RUNG_TITLE", "RUNG_EXIT"};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CHECK(lines[i].starts_with(names[i] + "="));
      CHECK(lines[i].find_first_of("\"'`$\\#\r") == std::string::npos);
    }
    CHECK(lines[3] == "RUNG_EXIT=1");

    const std::string section = gitlab_section_start("a_b", text, 7);
    CHECK(section.starts_with("\x1b[0Ksection_start:7:a_b\r\x1b[0K"));
    CHECK(std::count(section.begin(), section.end(), '\x1b') == 2);
    CHECK(std::count(section.begin(), section.end(), '\n') == 1);
  }
}

TEST_CASE("An issue has one marker, whatever the texts quote",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const Posting posting = posting_with(text);
    const auto issues = nlohmann::json::parse(as_issues(posting))["issues"];
    REQUIRE(issues.size() == 1);
    const std::string marker = issues[0]["marker"];
    const std::string body = issues[0]["body"];
    CHECK(marker ==
          "<!-- rung:" + issues[0]["signature"].get<std::string>() + " -->");
    CHECK(body.starts_with(marker + "\n"));
    CHECK(body.size() < 65'536);
    // In a block of code it is shown, and searched for by its signature only.
    if (text.find("<!--") == text.npos) {
      CHECK(body.find("<!--", 1) == body.npos);
    }
    CHECK(issues[0]["title"] == elided(printable(text), 200));
  }
}

TEST_CASE("The same trouble has the same signature in another run",
          "[core][report][formats]") {
  Posting tonight = posting_with("a");
  Posting tomorrow = tonight;
  tomorrow.title = "Still red";
  tomorrow.items.front().title = "Still broken, night 2";
  CHECK(signature_of(tonight, tonight.items.front()) ==
        signature_of(tomorrow, tomorrow.items.front()));
  tomorrow.about = "another suite";
  CHECK(signature_of(tonight, tonight.items.front()) !=
        signature_of(tomorrow, tomorrow.items.front()));
}

TEST_CASE("SARIF takes hostile texts, and its places are references",
          "[core][report][formats]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    const auto sarif =
        nlohmann::json::parse(as_sarif(posting_with(text), "1.2"));
    CHECK(sarif["version"] == "2.1.0");
    const auto& results = sarif["runs"][0]["results"];
    REQUIRE(results.size() == 3);
    CHECK(results[0]["level"] == "error");
    CHECK_THAT(results[0]["message"]["text"].get<std::string>(),
               Contains("proof: 2 of 2"));
    const std::string uri = results[0]["locations"][0]["physicalLocation"]
                                   ["artifactLocation"]["uri"];
    CHECK(uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                "UVWXYZ0123456789-._~%/") == uri.npos);
    CHECK_FALSE(uri.starts_with("/"));
  }
}

TEST_CASE("A page of HTML shows hostile texts and obeys none of them",
          "[core][report][formats]") {
  const std::set<std::string> ours = {
      "html",    "head",  "meta", "title",   "style", "body",    "main",
      "p",       "h1",    "h2",   "section", "span",  "dl",      "dt",
      "dd",      "ul",    "ol",   "li",      "code",  "div",     "table",
      "thead",   "tbody", "tr",   "th",      "td",    "caption", "details",
      "summary", "pre",   "mark", "strong",  "svg",   "desc",    "g",
      "path",    "line",  "rect", "text"};
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text.substr(0, 100));
    // The page is XML, too.
    const Xml page = xml_from(as_html(posting_with(text)));
    REQUIRE(page.error == "");
    for (const auto& element : page.elements) {
      CAPTURE(element.name, element.text.substr(0, 200));
      CHECK(ours.count(element.name) == 1);
      for (const auto& [name, value] : element.attributes) {
        CAPTURE(name, value);
        CHECK_FALSE(name.starts_with("on"));
        CHECK(name != "style");
        CHECK(name != "href");
        CHECK(name != "src");
      }
    }
    CHECK(page.named("h1").size() == 1);
    CHECK(page.named("details").size() == 1);
    CHECK(page.named("meta").at(1).attributes.at("content").starts_with(
        "default-src 'none'; style-src 'sha256-"));
    const std::string wanted = squeezed(readable(text, 1000)).substr(0, 900);
    CHECK_THAT(squeezed(shown(page)), Contains(wanted));
    // A command can be copied as it is.
    const std::string word = shown_word(text);
    CHECK_THAT(squeezed(shown(page)),
               Contains(squeezed("--source " + readable(word, 10'000))));
  }
}

}  // namespace rung::formats_test
