#include "core/report/html_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/report/foreign_text.hpp"
#include "core/report/report_words.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/short_id.hpp"

// Places across are percent, so that a picture fits any width while its texts
// keep their size; places down are pixels.
namespace rung {
namespace {

constexpr std::size_t kRow = 38, kRung = 52;

/// Changes of a search from left to right: those that are no commits first.
struct SearchAxis {
  std::uint64_t changes, commits;

  [[nodiscard]] std::string at(std::uint64_t place) const {
    const auto all =
        static_cast<double>(std::max<std::uint64_t>(changes + commits, 1));
    return fmt::format("{:.3f}%", 3 + 94 * static_cast<double>(place) / all);
  }
  /// Right of the last change that a release has.
  [[nodiscard]] std::uint64_t right_of(const ProbePlace& place) const {
    if (place.commits > 0) return changes + place.commits;
    return place.changes.empty() ? 0 : place.changes.back() + 1;
  }
  [[nodiscard]] std::string line(std::uint64_t from, std::uint64_t to,
                                 std::size_t y) const {
    return fmt::format(R"(<line class="on" x1="{}" y1="{}" x2="{}" y2="{}"/>)",
                       at(from), y, at(to), y);
  }
};

/// What differs stands at a label's end; its front is cut first.
std::string short_label(std::string_view label) {
  constexpr std::size_t kLongest = 44;
  constexpr std::string_view kFront = "commit ";
  if (label.size() > kLongest && label.starts_with(kFront)) {
    label.remove_prefix(kFront.size());
  }
  return html_part(label, kLongest);
}

std::string head_of(std::string_view id, std::size_t height,
                    const std::string& title, const std::string& text) {
  return fmt::format(
      "<svg role=\"img\" width=\"100%\" height=\"{0}\" "
      "aria-labelledby=\"{1}-title {1}-desc\">\n<title id=\"{1}-title\">{2}"
      "</title>\n<desc id=\"{1}-desc\">{3}</desc>\n",
      height, id, title, text);
}

void add_trial(std::string& out, const SearchAxis& axis,
               const ReportProbe& trial, const Terms& terms, std::size_t number,
               std::size_t y) {
  const ProbePlace& place = *trial.place;
  const std::string word = html_word(trial.verdict, terms);
  out += fmt::format("<g><title>{}. {}: {}</title>\n", number,
                     html_part(trial.label, 80), word);
  if (place.end > place.first) {
    out += fmt::format(
        "<svg class=\"band\" x=\"{}\" y=\"{}\" width=\"{:.3f}%\" "
        "height=\"{}\"><rect width=\"100%\" height=\"100%\"/></svg>\n",
        axis.at(place.first), y - 9,
        94 * static_cast<double>(place.end - place.first) /
            static_cast<double>(
                std::max<std::uint64_t>(axis.changes + axis.commits, 1)),
        18);
  }
  for (std::size_t i = 0; i < place.changes.size();) {
    std::size_t end = i + 1;
    while (end < place.changes.size() &&
           place.changes[end] == place.changes[end - 1] + 1) {
      ++end;
    }
    out += axis.line(place.changes[i], place.changes[end - 1] + 1, y);
    i = end;
  }
  if (place.commits > 0 && place.all) {
    out += axis.line(axis.changes, axis.changes + place.commits, y);
  }
  const std::uint64_t right = axis.right_of(place);
  out += html_mark(trial.verdict, axis.at(right), y);
  // Below the mark, towards the middle where it would leave the picture.
  const std::uint64_t all = axis.changes + axis.commits;
  const std::string_view anchor = 3 * right < all       ? "start"
                                  : 3 * right > 2 * all ? "end"
                                                        : "middle";
  out += fmt::format(
      "<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{} {} {}</text></g>\n",
      axis.at(right), y + 20, anchor, number, word, short_label(trial.label));
}

}  // namespace

std::string html_part(std::string_view foreign, std::size_t longest) {
  return xml_text(elided(printable(foreign), longest));
}

std::string html_mark(Verdict verdict, std::string_view x, std::size_t y) {
  const char* path = "";
  switch (verdict) {
    case Verdict::good:  // a disc
      path = "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0";
      break;
    case Verdict::bad:  // a cross
      path = "M-6-6 6 6M-6 6 6-6";
      break;
    case Verdict::skip:  // a box
      path = "M-5-5H5V5H-5Z";
      break;
    case Verdict::infra:  // a triangle
      path = "M0-6 6 5H-6Z";
      break;
  }
  return fmt::format(
      R"(<svg class="{}" overflow="visible" x="{}" y="{}"><path d="{}"/></svg>)",
      to_string(verdict), x, y, path);
}

std::string html_word(Verdict verdict, const Terms& terms) {
  return verdict == Verdict::good  ? html_part(terms.good, 40)
         : verdict == Verdict::bad ? html_part(terms.bad, 40)
                                   : std::string(to_string(verdict));
}

std::string search_picture(const Posting& posting) {
  constexpr std::size_t kHead = 100, kTail = 50;  ///< trials that are drawn
  const SearchAxis axis{posting.changes.size(), posting.commits};
  std::vector<std::pair<std::size_t, const ReportProbe*>> rows;
  for (std::size_t i = 0; i < posting.trials.size(); ++i) {
    if (posting.trials[i].place) rows.emplace_back(i + 1, &posting.trials[i]);
  }
  if (rows.empty() || axis.changes + axis.commits == 0) return "";
  std::size_t left_out = 0;
  if (rows.size() > kHead + kTail + 1) {
    left_out = rows.size() - kHead - kTail;
    const auto from = rows.begin() + kHead;
    rows.erase(from, from + static_cast<std::ptrdiff_t>(left_out));
  }
  std::string among;
  if (axis.commits > 0) among = counted(axis.commits, "commit");
  if (axis.changes > 0) {
    among +=
        (among.empty() ? "" : " and ") +
        counted(axis.changes, axis.commits > 0 ? "other change" : "change");
  }
  constexpr std::size_t kTop = 44;
  const std::size_t height =
      kTop + kRow * (rows.size() + (left_out > 0 ? 1 : 0)) + 4;
  std::string out = head_of(
      "search", height, "The search",
      fmt::format("{} among {}, from {} on the left to {} on the right, in the "
                  "order made. The table of trials says the same in words.",
                  counted(rows.size() + left_out, "trial"), among,
                  html_part(posting.low), html_part(posting.high)));
  out += fmt::format(
      "<text x=\"3%\" y=\"16\">{}</text>\n<text x=\"97%\" y=\"16\" "
      "text-anchor=\"end\">{}, {} later</text>\n<line class=\"axis\" x1=\"3%\" "
      "y1=\"28\" x2=\"97%\" y2=\"28\"/>\n",
      html_part(posting.low, 20), html_part(posting.high, 20), among);
  constexpr std::uint64_t kMostTicks = 50;
  const std::uint64_t all = axis.changes + axis.commits;
  const std::uint64_t step = all <= kMostTicks ? 1 : all;
  for (std::uint64_t tick = 0; tick <= all; tick += step) {
    out +=
        fmt::format(R"(<line class="axis" x1="{0}" y1="24" x2="{0}" y2="32"/>)",
                    axis.at(tick));
  }
  if (axis.changes > 0 && axis.commits > 0) {
    out += fmt::format(
        R"(<line class="divide" x1="{0}" y1="20" x2="{0}" y2="{1}"/>)",
        axis.at(axis.changes), height);
  }
  out += '\n';
  std::size_t y = kTop + 12;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (left_out > 0 && i == kHead) {
      out += fmt::format(
          "<text x=\"50%\" y=\"{}\" dy=\"4\" text-anchor=\"middle\">{} more, "
          "in "
          "the table</text>\n",
          y, counted(left_out, "trial"));
      y += kRow;
    }
    add_trial(out, axis, *rows[i].second, posting.terms, rows[i].first, y);
    y += kRow;
  }
  return out + "</svg>\n";
}

std::string ladder_picture(const Posting& posting) {
  using State = ReportPhase::State;
  const auto& phases = posting.phases;
  if (phases.empty()) return "";
  double longest = 0;
  for (const ReportPhase& phase : phases) {
    longest = std::max(longest, phase.seconds);
  }
  const auto good = std::count_if(
      phases.begin(), phases.end(),
      [](const ReportPhase& phase) { return phase.state == State::good; });
  const std::size_t height = kRung * phases.size() + 8;
  std::string out = head_of(
      "ladder", height, "The phases",
      fmt::format("{} from the bottom up, {} of them good. The list below says "
                  "the same in words.",
                  counted(phases.size(), "phase"), good));
  out += fmt::format(
      "<line class=\"rail\" x1=\"10\" y1=\"4\" x2=\"10\" y2=\"{0}\"/>"
      "<line class=\"rail\" x1=\"46\" y1=\"4\" x2=\"46\" y2=\"{0}\"/>\n",
      height - 4);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const ReportPhase& phase = phases[i];
    const std::size_t y = kRung * (phases.size() - i) - kRung / 2 + 4;
    const bool reached = phase.state != State::not_reached;
    const bool broken = phase.state == State::bad;
    out += broken ? fmt::format(
                        "<path class=\"rung bad\" d=\"M10 {0}l13 5M46 "
                        "{0}l-13 5\"/>",
                        y)
                  : fmt::format("<path class=\"rung {}\" d=\"M10 {}h36\"/>",
                                reached ? "" : "ahead", y);
    if (reached) {
      out += html_mark(phase.state == State::good      ? Verdict::good
                       : broken                        ? Verdict::bad
                       : phase.state == State::waiting ? Verdict::infra
                                                       : Verdict::skip,
                       "28", y);
    }
    std::string says = state_text(phase.state, phase.remembered);
    if (phase.seconds > 0) says += ", " + took(phase.seconds);
    out += fmt::format(
        "<text class=\"name\" x=\"62\" y=\"{}\">{}. {}</text><text x=\"62\" "
        "y=\"{}\">{}</text>",
        y - 4, i + 1, html_part(phase.name, 30), y + 13, says);
    if (longest > 0 && phase.seconds > 0) {
      // Its own <svg>, so that percent are of what is right of the texts.
      out += fmt::format(
          "<svg x=\"62\" y=\"{}\" width=\"80%\" height=\"4\"><rect "
          "class=\"time\" width=\"{:.2f}%\" height=\"4\"/></svg>",
          y + 19, 90 * phase.seconds / longest);
    }
    out += '\n';
  }
  return out + "</svg>\n";
}

}  // namespace rung
