#include "adapters/cloudrun/cloudrun_platform.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "tests/conformance/checked_road.hpp"
#include "tests/conformance/cloudrun_world.hpp"
#include "tests/conformance/suite.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::cloudrun_platform_test {

using conformance::Behaviour;
using conformance::CloudRunWorld;

TEST_CASE("Cloud Run, as its fake, does what every platform promises",
          "[adapters][cloudrun_platform][conformance]") {
  conformance::check_platform(
      [] { return std::make_unique<CloudRunWorld>(true); });
  const auto& road = conformance::CheckedRoad::to_cloudrun();
  // Where Prism is there, the calls did go through it.
  if (road.unchecked().empty()) CHECK(road.checked() > 0);
}

TEST_CASE("What Cloud Run, as its fake, serves is never lost",
          "[adapters][cloudrun_platform][conformance]") {
  conformance::check_live_platform(
      [] { return std::make_unique<CloudRunWorld>(false); });
}

TEST_CASE("What Cloud Run's description does not allow is found, as a question "
          "and as an answer",
          "[adapters][cloudrun_platform][prism]") {
  auto& road = conformance::CheckedRoad::to_cloudrun();
  if (!road.unchecked().empty()) {
    fakes::skipped(road.unchecked());
    return;
  }
  std::string said = "{}";
  road.leads_to([&](const fakes::ApiCall&) {
    return fakes::ApiAnswer{200, said, {{"Content-Type", "application/json"}}};
  });
  const std::string service = "/v2/projects/p/locations/r/services/web";
  const auto status = [&](const char* method, const std::string& target,
                          const std::string& body) {
    fakes::ApiCall call;
    call.method = method;
    call.target = target;
    call.path = target.substr(0, target.find('?'));
    call.headers = {{"authorization", "Bearer t"},
                    {"content-type", "application/json"}};
    call.body = body;
    return road.travel(call).status;
  };
  constexpr int kObjects = 418;
  const std::string patch = service + "?updateMask=traffic";
  CHECK(status("GET", service, "") == 200);
  CHECK(status("PATCH", patch, R"({"traffic": [{"percent": 100}]})") == 200);
  CHECK(status("PATCH", patch, R"({"trafic": []})") == kObjects);
  CHECK(status("PATCH", patch, R"({"traffic": [{"percent": "all"}]})") ==
        kObjects);
  CHECK(status("PATCH", patch, R"({"template": {"containers": [{"image": "i",
        "ports": [{"port": 8080}]}]}})") == kObjects);
  CHECK(status("POST", "/v2/entries:list", R"({"filter": 1})") == kObjects);
  CHECK(status("GET", service + "/nothing", "") == kObjects);
  said = R"({"uri": 7})";
  CHECK(status("GET", service, "") == kObjects);
  said = R"({"latestRevision": "web-1"})";
  CHECK(status("GET", service, "") == kObjects);
  road.leads_to({});
}

}  // namespace rung::cloudrun_platform_test
