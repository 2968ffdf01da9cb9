#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "adapters/http/json_members.hpp"
#include "tests/fakes/api_server.hpp"

/// What the parts of CloudRunServer share: how Google writes its answers.
namespace rung::fakes::cloudrun {

inline ApiAnswer answer(const nlohmann::json& body, int status = 200) {
  return {status,
          body.dump(-1, ' ', false,
                    nlohmann::json::error_handler_t::replace),
          {{"Content-Type", "application/json; charset=UTF-8"}}};
}

inline ApiAnswer refusal(int code, const char* status,
                         const std::string& message) {
  return answer({{"error",
                  {{"code", code}, {"message", message}, {"status", status}}}},
                code);
}

inline nlohmann::json without_name(nlohmann::json template_) {
  template_.erase("revision");
  return template_;
}

inline nlohmann::json condition(const char* state, const std::string& at) {
  return {{"type", "Ready"}, {"state", state}, {"lastTransitionTime", at}};
}

}  // namespace rung::fakes::cloudrun
