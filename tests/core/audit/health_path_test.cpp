#include "core/audit/health_path.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/audit/findings_text.hpp"

namespace rung::health_path_test {
namespace {

using audit_tests::Files;
using audit_tests::texts_of;
using audit_tests::told;

std::string asked(const char* path, const Files& files) {
  Deployed deployed;
  deployed.health = {{path, "render.yaml:7"}};
  return told(health_findings(deployed, texts_of(files)));
}

}  // namespace

TEST_CASE("A health path that no source can serve is told", "[core][audit]") {
  const Files python = {{"app.py", "@app.get(\"/health\")\ndef health(): ..."},
                        {"render.yaml", "healthCheckPath: /healthz\n"}};
  CHECK(asked("/healthz", python) ==
        "warning render.yaml:7: /healthz is asked for health, and no source "
        "has the word \"healthz\": the service answers 404 and is taken for "
        "broken -> ask for /health, the route at app.py:1, or serve this "
        "one\n");
  CHECK(asked("/health", python).empty());
  CHECK(asked("/", python).empty());
  CHECK(asked("/api/health", python).empty());
  CHECK(asked("/healthz", {{"app.py", "run(routes)"}}).empty());
  const auto with = [&](const char* path, const char* text) {
    Files files = python;
    files.emplace_back(path, text);
    return asked("/healthz", files);
  };
  CHECK(with("b.js", "app.use(express.static('public'))").empty());
  CHECK(with("b.py", "@app.get('/{rest:path}')").empty());
  CHECK(with("b.py", "PATH = PREFIX + 'healthz'").empty());
  CHECK(with("pages/healthz.ts", "x").empty());
  CHECK(with("requirements.txt", "fastapi-healthcheck\n").empty());
  CHECK_FALSE(with("compose.yaml", "test: curl localhost/healthz").empty());
}

}  // namespace rung::health_path_test
