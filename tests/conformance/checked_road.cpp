#include "tests/conformance/checked_road.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace rung::conformance {
namespace {

namespace fs = std::filesystem;
using fakes::ApiAnswer;
using fakes::ApiCall;
using nlohmann::json;

// The vendors' own descriptions are not ours to keep.
fs::path specifications() {
  return fs::path(RUNG_SOURCE_DIR) / "../shared/specs";
}

// Render's description says oneOf where its alternatives overlap: whatever is
// a web service is a private service and a worker, too, so that no real answer
// could pass. A copy says anyOf.
fs::path render_description(const fs::path& folder) {
  const fs::path original =
      specifications() / "render/render-public-api-1.json";
  std::ifstream in(original);
  if (!in) return original;
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string strict = "oneOf";  // as a key, and on the way of a $ref
  for (auto at = text.find(strict); at != text.npos;
       at = text.find(strict, at)) {
    text.replace(at, strict.size(), "anyOf");
  }
  const fs::path copy = folder / "render.json";
  std::ofstream(copy) << text;
  return copy;
}

// The Admin API and Cloud Logging in one, as Prism speaks for one. They leave
// 400 out, which Google answers in the form of its other errors.
fs::path cloudrun_description(const fs::path& folder) {
  json all;
  for (const char* name : {"run.v2.services", "logging.v2.entries-list"}) {
    const fs::path original = specifications() / "cloudrun/derived" /
                              (std::string(name) + ".openapi.json");
    std::ifstream in(original);
    if (!in) return original;
    const json one = json::parse(in);
    if (all.is_null()) {
      all = one;
      continue;
    }
    all["paths"].update(one["paths"]);
    all["components"]["schemas"].update(one["components"]["schemas"]);
  }
  for (json& path : all["paths"]) {
    for (json& method : path) {
      method["responses"]["400"] = method["responses"]["404"];
    }
  }
  const fs::path copy = folder / "cloudrun.json";
  std::ofstream(copy) << all;
  return copy;
}

}  // namespace

CheckedRoad::CheckedRoad(std::string platform, const Description& description)
    : platform_(std::move(platform)) {
  end_ = std::make_unique<fakes::ApiServer>([this](const ApiCall& call) {
    fakes::ApiHandler fake;
    {
      const std::lock_guard lock(mutex_);
      fake = fake_;
    }
    ApiAnswer nothing;
    nothing.wire = ApiAnswer::Wire::reset;
    return fake ? fake(call) : nothing;
  });
  prism_ = fakes::Prism::before(
      end_->url(), description(folder_.path()).string(), unchecked_);
  if (!prism_) {
    std::cout << "not checked against " << platform_
              << "'s description: " << unchecked_ << '\n';
  }
}

CheckedRoad& CheckedRoad::to_render() {
  static CheckedRoad road("Render", render_description);
  return road;
}

CheckedRoad& CheckedRoad::to_cloudrun() {
  static CheckedRoad road("Cloud Run", cloudrun_description);
  return road;
}

void CheckedRoad::leads_to(fakes::ApiHandler fake) {
  const std::lock_guard lock(mutex_);
  fake_ = std::move(fake);
}

ApiAnswer CheckedRoad::travel(const ApiCall& call) {
  const ApiAnswer answer =
      fakes::forwarded(call, prism_ ? prism_->url() : end_->url());
  // Its word for a question or an answer that breaks the description.
  const bool violation = answer.headers.count("sl-violations") != 0 ||
                         answer.body.find("stoplight.io/prism") !=
                             std::string::npos;
  if (violation) {
    std::cerr << call.method << ' ' << call.target << " -> " << answer.status
              << ' ' << answer.body << '\n';
    return {418, R"({"message":")" + platform_ +
                     R"('s description does not allow this"})"};
  }
  if (prism_) ++checked_;
  return answer;
}

}  // namespace rung::conformance
