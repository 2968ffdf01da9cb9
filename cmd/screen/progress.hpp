#pragma once

#include "cmd/input/context.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/progress_view.hpp"
#include "core/hunting/hunt.hpp"

namespace rung {

/// What goes to standard error while a command works.
class Progress {
 public:
  explicit Progress(const Context& context);

  void tell(const live::Event& event) {
    view_.on_event(event);
    posts_->event(event);
  }
  /// One line of news ("the known good release serves again").
  void say(const std::string& line) { tell(live::Said{line}); }
  /// Passes on what a hunt does.
  [[nodiscard]] HuntObserver observer(const Question& question,
                                      const Terms& terms);
  /// Takes the live view off the screen: the report comes next.
  void end() {
    view_.finish();
    posts_->end_progress();
  }

 private:
  LiveView view_;
  std::shared_ptr<Posts> posts_;
};

}  // namespace rung
