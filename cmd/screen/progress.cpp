#include "cmd/screen/progress.hpp"

#include <unistd.h>

#include "core/report/report_words.hpp"

namespace rung {
namespace {

Report::Between between(const Question& question) {
  Report::Between between;
  between.commits = question.commits.size();
  for (const Delta& delta : question.deltas) {
    if (std::holds_alternative<EnvDelta>(delta)) ++between.env;
    if (std::holds_alternative<RequirementDelta>(delta)) ++between.requirements;
    if (std::holds_alternative<ConfigDelta>(delta)) ++between.config;
  }
  return between;
}

}  // namespace

Progress::Progress(const Context& context)
    : view_(STDERR_FILENO,
            [&] {
              LiveStyle style = live_style(STDERR_FILENO, context.no_colour);
              style.github = context.posts->on_github();
              return style;
            }()),
      posts_(context.posts) {}

HuntObserver Progress::observer(const Question& question,
                                const Terms& terms) {
  tell(live::HuntStarted{between(question), terms});
  HuntObserver observer;
  observer.started = [this, terms](const std::string& label, Purpose purpose,
                                   std::size_t worker) {
    tell(live::ProbeStarted{worker, in_terms(label, terms), purpose});
  };
  observer.stage = [this](std::size_t worker, Stage stage) {
    tell(live::StageReached{worker, stage});
  };
  observer.verdict = [this, terms](const std::string& label, Purpose purpose,
                                   const Observation& observation,
                                   bool remembered) {
    tell(live::ProbeEnded{in_terms(label, terms), purpose, observation,
                          remembered});
  };
  observer.cancelled = [this, terms](const std::string& label) {
    tell(live::ProbeCancelled{in_terms(label, terms)});
  };
  observer.left = [this](const Forecast& left) {
    tell(live::CandidatesLeft{left});
  };
  observer.said = [this](const std::string& line) { say(line); };
  return observer;
}

}  // namespace rung
