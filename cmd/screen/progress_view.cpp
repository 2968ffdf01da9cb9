#include "cmd/screen/progress_view.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "cmd/screen/terminal.hpp"
#include "core/report/foreign_text.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr std::chrono::milliseconds kBetweenFrames{100};

// Columns without the colours.
std::size_t shown_columns(const std::string& line) {
  return columns(printable(line));
}

}  // namespace

LiveStyle live_style(int descriptor, bool no_colour) {
  return {takes_colour(descriptor, no_colour), utf8_locale()};
}

LiveView::LiveView(int descriptor, LiveStyle style)
    : descriptor_(descriptor), style_(style) {
  if (style_.terminal) {
    thread_ = std::thread([this] { draw_until_finished(); });
  }
}

LiveView::~LiveView() {
  finish();
}

void LiveView::on_event(const live::Event& event) {
  const std::lock_guard lock(mutex_);
  const bool plain = !style_.terminal || finished_;
  for (std::string& line : state_.apply(event, std::chrono::steady_clock::now(),
                                        {plain, style_.utf8})) {
    news_.push_back(std::move(line));
  }
  if (plain) {
    draw(false);
    return;
  }
  dirty_ = true;
  wake_.notify_one();
}

void LiveView::finish() {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  draw(false);
}

void LiveView::draw_until_finished() {
  std::unique_lock lock(mutex_);
  while (!finished_) {
    wake_.wait(lock,
               [this] { return finished_ || dirty_ || state_.ticking(); });
    if (finished_) return;
    dirty_ = false;
    draw(true);
    // Not woken by events: that is what keeps it to ten frames a second.
    wake_.wait_for(lock, kBetweenFrames, [this] { return finished_; });
  }
}

live::Area LiveView::area() const {
  live::Area area;
  area.utf8 = style_.utf8;
  winsize size{};
  if (::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
      size.ws_row > 0) {
    // The last column is left free: some terminals wrap when it is written.
    area.columns = size.ws_col > 20 ? size.ws_col - 1U : 20;
    area.rows = size.ws_row > 4 ? size.ws_row : 4;
  }
  return area;
}

void LiveView::draw(bool with_frame) {
  std::string out;
  const live::Area now = area();
  if (!drawn_.empty()) {
    // A terminal that became narrower has broken the long lines of the block.
    std::size_t rows = 0;
    for (const std::string& line : drawn_) {
      rows += shown_columns(line) / (now.columns + 1) + 1;
    }
    out += '\r';
    if (rows > 1) out += fmt::format("\x1b[{}A", rows - 1);
    // Erased first, not overwritten: that also makes tmux forget which of
    // these rows it had broken, else it joins them when it becomes wider.
    out += "\x1b[J";
  }
  for (const std::string& line : news_) {
    out += style_.github ? without_commands(line) : line;
    out += style_.terminal ? "\r\n" : "\n";
  }
  std::vector<std::string> lines;
  if (with_frame) lines = state_.frame(std::chrono::steady_clock::now(), now);
  // Never wrapped: a terminal that has become narrower, but does not say so
  // yet (tmux waits 250 ms), would make two rows of one.
  if (!lines.empty()) out += "\x1b[?7l";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\r\n";
    out += lines[i];
  }
  if (!lines.empty()) out += "\x1b[?7h";
  const bool same = lines == drawn_ && now.columns == drawn_columns_;
  if (news_.empty() && same) return;
  drawn_ = std::move(lines);
  drawn_columns_ = now.columns;
  news_.clear();
  write(out);
}

void LiveView::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor_, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // nobody reads: the work goes on
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace rung
