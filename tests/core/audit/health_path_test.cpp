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
        "warning render.yaml:7: /healthz is asked for health, and no route is "
        "written for it; it may answer 404 -> ask for /health, the route at "
        "app.py:1, or serve this "
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
  CHECK_FALSE(with("b.py", "# TODO healthz").empty());
  CHECK_FALSE(with("compose.yaml", "test: curl localhost/healthz").empty());
}

TEST_CASE("A health path that a route may take is not told", "[core][audit]") {
  const auto python = [](const char* path, const char* text) {
    return asked(path, {{"app.py", text}});
  };
  const char* item = "@app.get('/items/{name}')\ndef item(name): ...";
  CHECK(python("/items/health", item).empty());
  CHECK_FALSE(python("/health", item).empty());
  CHECK_FALSE(python("/v1/items/health", item).empty());
  CHECK(python("/v1/healthz", "@router.get('/{name}')").empty());
  CHECK_FALSE(python("/healthz",
                     "router = APIRouter(prefix='/items')\n"
                     "@router.get('/{name}')")
                  .empty());
  CHECK(python("/healthz",
               "from probes import Probe\n@app.get('/x')\ndef x(): ...\n"
               "app.add_middleware(Probe)")
            .empty());
  const auto node = [](const std::string& text) {
    return asked("/healthz", {{"a.js", "app.get('/x', f)\n" + text}});
  };
  CHECK_FALSE(node("").empty());
  CHECK(node("app.get('/:page', f)").empty());
  CHECK(node("app.get('/heal' + 'thz', f)").empty());
  CHECK(node("app.use((req, res) => res.send('x'))").empty());
  CHECK_FALSE(node("app.use((req, res) => res.status(404).end())").empty());
  CHECK_FALSE(node("app.use((e, req, res, next) => res.send(e))").empty());
  CHECK(node("const probe = require('probe'); app.use(probe())").empty());
  CHECK_FALSE(
      node("const cors = require('cors'); app.use(cors(), express.json())")
          .empty());
  CHECK_FALSE(node("const r = require('./r'); app.use('/r', r)").empty());
  // A client's call is no route.
  CHECK_THAT(node("axios.get('/status')"), !Catch::Contains("/status"));
}

}  // namespace rung::health_path_test
