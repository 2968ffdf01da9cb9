#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cmd/screen/progress_state.hpp"

namespace rung {

/// How a descriptor is to be written to.
struct LiveStyle {
  bool terminal = false;  ///< false: plain lines, one per event
  bool utf8 = false;
  bool github = false;  ///< GitHub reads it: no line may be a command for it
};

/// The view that suits a descriptor: the drawn one on a terminal, unless
/// `no_colour`, NO_COLOR or TERM=dumb ask for plain lines. UTF-8 as LC_ALL,
/// LC_CTYPE or LANG say.
LiveStyle live_style(int descriptor, bool no_colour = false);

/// Progress on standard error while a command works. On a terminal a block of
/// lines at its end is drawn in place, ten times a second at most; times go on
/// without events. All methods are thread-safe; a descriptor that cannot be
/// written to is not an error.
///
/// Nothing else may write to the terminal until finish(). The cursor stays
/// visible and modes are set back within the write that sets them: killed at
/// any moment, it leaves nothing but its last lines.
class LiveView {
 public:
  /// `descriptor` stays the caller's and open.
  LiveView(int descriptor, LiveStyle style);
  ~LiveView();  ///< finish()
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void on_event(const live::Event& event);
  /// Takes the block off the screen; the lines that stay are left. Events that
  /// come later are written as plain lines.
  void finish();

 private:
  void draw_until_finished();
  void draw(bool with_frame);
  void write(std::string_view text);
  [[nodiscard]] live::Area area() const;

  const int descriptor_;
  const LiveStyle style_;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable wake_;
  live::State state_;
  std::vector<std::string> news_;   ///< lines that stay, not yet written
  std::vector<std::string> drawn_;  ///< the block as it is on the screen
  std::size_t drawn_columns_ = 0;
  bool dirty_ = false;
  bool finished_ = false;
  std::thread thread_;  ///< terminal form only
};

}  // namespace rung
