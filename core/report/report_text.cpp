#include "core/report/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/report/report_facts.hpp"
#include "core/report/report_words.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr std::size_t kLabel = 12;  ///< columns before a fact's text

/// Builds the text: one bold line, then aligned facts.
class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style) {}

  void headline(std::string_view text, bool alarm = false) {
    for (const std::string& line : wrapped(text, style_.width)) {
      out_ += style_.colour ? (alarm ? "\x1b[1;31m" : "\x1b[1m") : "";
      out_ += line;
      out_ += style_.colour ? "\x1b[0m\n" : "\n";
    }
  }

  void blank() { out_ += '\n'; }

  /// `head` in columns of its own, `text` wrapped beside it.
  void row(std::string_view head, std::size_t head_columns,
           std::string_view text) {
    if (text.empty()) return;
    const std::size_t width = std::max(style_.width, head_columns + 20);
    for (const std::string& piece : wrapped(text, width - head_columns)) {
      const std::size_t used = std::min(columns(head), head_columns);
      out_ += head;
      out_ += std::string(head_columns - used, ' ') + piece + '\n';
      head = "";
    }
  }

  void fact(std::string_view label, std::string_view text) {
    row(fmt::format("  {}", label), kLabel, text);
  }

  void facts(const std::vector<ReportFact>& facts) {
    for (const ReportFact& one : facts) fact(one.label, one.text);
  }

  /// Broken between options only and quoted for a shell: can be copied.
  void command(std::string_view label, const std::vector<std::string>& argv) {
    if (argv.empty()) return;
    std::vector<std::string> groups;  // an option and its values
    for (const std::string& argument : argv) {
      // With its line ends, as every shell reads it.
      const std::string word = argument.find('\n') == argument.npos
                                   ? shown_word(argument)
                                   : single_quoted(printable_lines(argument));
      if (groups.empty() || argument.starts_with("--")) {
        groups.push_back(word);
      } else {
        groups.back() += " " + word;
      }
    }
    std::string line = fmt::format("  {:<{}}", label, kLabel - 2);
    bool first = true;
    for (const std::string& group : groups) {
      if (!first && columns(line) + columns(group) + 3 > style_.width) {
        out_ += line + " \\\n";
        line = std::string(kLabel + 2, ' ');
      } else if (!first) {
        line += ' ';
      }
      line += group;
      first = false;
    }
    out_ += line + '\n';
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  TextStyle style_;
  std::string out_;
};

void culprits(Page& page, const Wording& wording, const Report& report) {
  page.headline(headline(wording, report));
  if (report.findings.size() == 1) {
    const ReportFinding& finding = report.findings.front();
    page.facts(member_facts(wording, finding));
    page.facts(broken_phase_facts(wording, report));
    page.facts(finding_facts(wording, report, finding));
    return;
  }
  page.facts(broken_phase_facts(wording, report));
  std::size_t number = 0;
  for (const ReportFinding& finding : report.findings) {
    page.row(fmt::format("{}.", ++number), 3,
             finding.culprit.size() == 1
                 ? phrase(wording, finding.culprit.front())
                 : fmt::format("{} changes that {} only together",
                               finding.culprit.size(),
                               report.find_fix ? "repair it" : "fail"));
    page.facts(member_facts(wording, finding));
    page.facts(finding_facts(wording, report, finding));
  }
  page.blank();
}

void phases(Page& page, const std::vector<ReportFact>& phases) {
  std::size_t widest = 0;
  for (const ReportFact& phase : phases) {
    widest = std::max(widest, columns(phase.label));
  }
  for (const ReportFact& phase : phases) {
    page.row("  " + phase.label, widest + 4, phase.text);
  }
}

}  // namespace

std::string to_text(const Report& report, const TextStyle& style) {
  using Outcome = Report::Outcome;
  const Wording wording{style.utf8};
  Page page(style);
  if (!report.restored) page.headline(not_restored(report), true);
  if (report.outcome == Outcome::culprit) {
    culprits(page, wording, report);
  } else {
    page.headline(headline(wording, report));
  }
  if (report.outcome == Outcome::suspects ||
      report.outcome == Outcome::budget) {
    page.facts(suspect_facts(wording, report));
  }
  phases(page, phase_facts(wording, report));
  if (report.findings.empty()) {
    page.facts(broken_phase_facts(wording, report));
    if (report.failure) {
      page.facts(failure_facts(wording, "fails at", *report.failure));
    }
  }
  page.facts(circumstances(wording, report));
  page.facts(remarks(wording, report));
  page.command("repeat", report.command_line);
  page.fact("next", wording.clean(report.next, Wording::kLongestNote));
  return page.take();
}

}  // namespace rung
