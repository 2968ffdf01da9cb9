#include "core/doctor/web_answer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rung {
namespace {

std::string answer_text(const WebAnswer& answer) {
  return answer.status != 0 ? std::to_string(answer.status) : answer.problem;
}

}  // namespace

std::string WebExpectation::text() const {
  return statuses.empty() ? "an answer below 500"
                          : fmt::format("{}", fmt::join(statuses, " or "));
}

bool WebExpectation::met_by(const WebAnswer& answer) const {
  if (answer.status == 0) return false;
  if (statuses.empty()) return answer.status < 500 && answer.status != 407;
  return std::find(statuses.begin(), statuses.end(), answer.status) !=
         statuses.end();
}

Judged judged_web(const WebExpectation& expected, const WebAnswer& directly,
                  const std::optional<WebAnswer>& through,
                  const std::string& proxy) {
  const bool direct_ok = expected.met_by(directly);
  if (!through) {
    if (direct_ok) return fine(answer_text(directly));
    return failing(answer_text(directly),
                   directly.status == 0
                       ? "look whether the service runs and this machine may "
                         "reach it"
                       : "read the log of the service");
  }
  const bool through_ok = expected.met_by(*through);
  const bool differ = directly.status != through->status ||
                      directly.problem != through->problem;
  std::string found =
      differ ? fmt::format("{} through ${}, directly {}",
                           answer_text(*through), proxy, answer_text(directly))
             : fmt::format("{} through ${} and directly",
                           answer_text(*through), proxy);
  if (through_ok) return fine(std::move(found));
  return failing(std::move(found),
                 direct_ok ? fmt::format("the proxy is in the way: add the "
                                         "host to NO_PROXY, or mend ${}",
                                         proxy)
                           : "look whether the service runs and this machine "
                             "may reach it");
}

}  // namespace rung
