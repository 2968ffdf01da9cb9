#pragma once

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "adapters/http/json_members.hpp"
#include "core/model/clock.hpp"

/// How the parts of a Cloud Run service read what the platform answers: what
/// is not there, or of another type, is empty.
namespace rung::cloudrun {

inline nlohmann::json part(const nlohmann::json& object, const char* key,
                           nlohmann::json otherwise) {
  const auto it = object.find(key);
  return it == object.end() ? otherwise : *it;
}

/// The revision that the service's template names; "" = the platform will.
inline std::string named_in(const nlohmann::json& service) {
  return text_in(part(service, "template", nlohmann::json::object()),
                 "revision");
}

/// What a list of traffic means, whatever is spelt out in it.
std::multiset<std::string> meaning(const nlohmann::json& traffic);
bool has_tag(const nlohmann::json& service, const std::string& tag);

/// Pauses that grow while somebody is waited for.
class Patient {
 public:
  Patient(Clock& clock, std::chrono::milliseconds in_all)
      : clock_(clock), until_(clock.now() + in_all) {}
  [[nodiscard]] bool over() const { return clock_.now() >= until_; }
  void pause() {
    clock_.sleep(next_);
    next_ = std::min(next_ * 2, std::chrono::milliseconds(2000));
  }

 private:
  Clock& clock_;
  Clock::Time until_;
  std::chrono::milliseconds next_{50};
};

/// How long the platform may take to move traffic, or to remove a service.
inline constexpr std::chrono::milliseconds kTrafficPatience{
    std::chrono::minutes(2)};

}  // namespace rung::cloudrun
