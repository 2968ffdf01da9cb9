#include "core/report/as_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/report/foreign_text.hpp"
#include "core/text/printable.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

// What a person reads; the answer's JSON has all.
constexpr std::size_t kMostTests = 50;
constexpr std::size_t kMostCommits = 20;
constexpr std::size_t kMostItems = 50;
constexpr std::size_t kLongestText = 1000;  ///< columns of foreign text
constexpr std::size_t kLongestLog = 60'000;

std::string text_of(std::string_view text) {
  return markdown_text(elided(printable(text), kLongestText));
}
std::string code_of(std::string_view text, bool in_table = false) {
  return markdown_code(elided(printable(text), kLongestText), in_table);
}

/// Markdown that never gets longer than it may: a block fits, or is left out
/// with all that follow.
class Document {
 public:
  explicit Document(std::size_t most) : most_(most - kCut.size()) {}

  void block(const std::string& text) {
    full_ = full_ || out_.size() + text.size() + 1 > most_;
    if (full_) return;
    if (!out_.empty()) out_ += '\n';
    out_ += text;
  }
  std::string take() {
    if (full_) out_ += kCut;
    return std::move(out_);
  }

 private:
  static constexpr std::string_view kCut =
      "\n_The rest is left out: there is no more room._\n";

  std::size_t most_;
  std::string out_;
  bool full_ = false;
};

/// Facts as a list; several of one label below it.
std::string list_of(std::vector<ReportFact> facts) {
  // "  -" alone, below a line, would make that line a heading.
  std::erase_if(facts, [](const ReportFact& fact) {
    return printable(fact.text).empty();
  });
  std::string out;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const auto goes_on = [&](std::size_t at) {
      return at < facts.size() && facts[at].label.empty();
    };
    if (goes_on(i)) {
      out += fmt::format("  - {}\n", text_of(facts[i].text));
    } else if (goes_on(i + 1)) {
      out += fmt::format("- **{}**\n  - {}\n", text_of(facts[i].label),
                         text_of(facts[i].text));
    } else {
      out += fmt::format("- **{}**: {}\n", text_of(facts[i].label),
                         text_of(facts[i].text));
    }
  }
  return out;
}

std::string table_of(const std::vector<CommitInfo>& commits) {
  std::string out = "| commit | subject | author | date |\n|---|---|---|---|\n";
  const std::size_t shown = std::min(commits.size(), kMostCommits);
  for (std::size_t i = 0; i < shown; ++i) {
    const CommitInfo& commit = commits[i];
    out += fmt::format("| {} | {} | {} | {} |\n",
                       code_of(short_id(commit.id.hex), true),
                       text_of(commit.subject), text_of(commit.author),
                       text_of(commit.date.substr(0, 10)));
  }
  if (commits.size() > shown) {
    out += fmt::format("\nand {} more\n", commits.size() - shown);
  }
  return out;
}

std::string list_of(const std::vector<PostedTest>& tests) {
  std::string out;
  const std::size_t shown = std::min(tests.size(), kMostTests);
  for (std::size_t i = 0; i < shown; ++i) {
    out += "- " + code_of(tests[i].id.empty() ? "?" : tests[i].id);
    const std::string says = code_of(tests[i].message);
    if (!says.empty()) out += ": " + says;
    out += '\n';
  }
  if (tests.size() > shown) {
    out += fmt::format("- and {} more\n", tests.size() - shown);
  }
  return out;
}

void add_item(Document& document, const PostedItem& item) {
  if (!item.facts.empty()) document.block(list_of(item.facts));
  if (!item.tests.empty()) {
    document.block("**Tests**\n");
    document.block(list_of(item.tests));
  }
  if (!item.commits.empty()) document.block(table_of(item.commits));
  if (item.places.empty()) return;
  constexpr std::size_t kMostPlaces = 5;
  std::string places = "In ";
  for (std::size_t i = 0; i < item.places.size() && i < kMostPlaces; ++i) {
    const PostedPlace& place = item.places[i];
    places +=
        (i == 0 ? "" : ", ") +
        code_of(place.line == 0 ? place.file
                                : fmt::format("{}:{}", place.file, place.line));
  }
  if (item.places.size() > kMostPlaces) {
    places += fmt::format(" and {} more", item.places.size() - kMostPlaces);
  }
  document.block(places + "\n");
}

void add_rest(Document& document, const Posting& posting) {
  if (!posting.facts.empty()) {
    if (!posting.items.empty()) document.block("---\n");
    document.block(list_of(posting.facts));
  }
  if (!posting.next.empty()) {
    document.block("**Next step:** " + text_of(posting.next) + "\n");
  }
  if (!posting.command_line.empty()) {
    document.block("**The same again:**\n");
    document.block(markdown_block(shown_command(posting.command_line)));
  }
  for (const PostedLog& log : posting.logs) {
    const bool cut = log.text.size() > kLongestLog;
    // What matters of a log stands at its end.
    const std::size_t from = cut ? log.text.size() - kLongestLog : 0;
    document.block(fmt::format(
        "<details>\n<summary>{}{}</summary>\n\n{}\n</details>\n",
        html_text(elided(printable(log.name), kLongestText)),
        cut ? " (its end)" : "", markdown_block(log.text.substr(from))));
  }
}

std::string_view mark(PostedItem::Level level) {
  switch (level) {
    case PostedItem::Level::error:
      return "\u274c ";
    case PostedItem::Level::warning:
      return "\u26a0\ufe0f ";
    case PostedItem::Level::note:
      return "\u2139\ufe0f ";
  }
  return "";
}

}  // namespace

std::string as_markdown(const Posting& posting, std::size_t most) {
  Document document(most);
  document.block(fmt::format("## {}\n", text_of(posting.title)));
  const std::size_t shown = std::min(posting.items.size(), kMostItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const PostedItem& item = posting.items[i];
    if (posting.items.size() > 1 || item.title != posting.title) {
      document.block(
          fmt::format("### {}{}\n", mark(item.level), text_of(item.title)));
    }
    add_item(document, item);
  }
  if (posting.items.size() > shown) {
    document.block(fmt::format("and {} more\n", posting.items.size() - shown));
  }
  add_rest(document, posting);
  return document.take();
}

std::string as_markdown(const Posting& posting, const PostedItem& item,
                        std::size_t most) {
  Document document(most);
  document.block(fmt::format("## {}\n", text_of(item.title)));
  add_item(document, item);
  add_rest(document, posting);
  return document.take();
}

}  // namespace rung
