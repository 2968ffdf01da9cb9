#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/audit/health_path.hpp"
#include "core/audit/platform_traces.hpp"

namespace rung::platform_test {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

std::vector<SourceText> texts_of(const Files& files) {
  std::vector<SourceText> texts;
  for (const auto& [path, text] : files) texts.push_back({path, text});
  return texts;
}

std::string told(const std::vector<AuditFinding>& findings) {
  std::string all;
  for (const AuditFinding& f : findings) {
    all += std::string(to_string(f.level)) + ' ' + f.place + ": " + f.text +
           " -> " + f.action + '\n';
  }
  return all;
}

std::string asked(const char* path, const Files& files) {
  Deployed deployed;
  deployed.health = {{path, "render.yaml:7"}};
  return told(health_findings(deployed, texts_of(files)));
}

std::string traces(const std::string& platform, const Files& files,
                   const std::vector<UrlVariable>& urls = {}) {
  Deployed deployed;
  deployed.platform = platform;
  deployed.certain = true;
  return told(platform_findings(deployed, urls, texts_of(files)));
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

TEST_CASE("What belongs to another platform than the plan's is told",
          "[core][audit]") {
  const Files railway = {
      {"nixpacks.toml", "[start]\n"},
      {"web/api.ts", "// x\nconst api = 'https://shop.up.railway.app/v1'\n"},
      {"package.json", "{\"scripts\": {\n\"ship\": \"railway up --ci\"}}"}};
  const std::string text = traces("render", railway);
  CHECK_THAT(text,
             Catch::StartsWith(
                 "warning nixpacks.toml: the plan deploys to Render, and this "
                 "belongs to Railway: nixpacks.toml, a host of up.railway.app "
                 "at web/api.ts:2, \"railway up\" at package.json:2"));
  CHECK(traces("", railway).empty());
  CHECK(traces("docker", railway).empty());
  CHECK_THAT(traces("cloudrun", {{"fly.toml", ""}}),
             Catch::StartsWith("note fly.toml: the plan deploys to Cloud Run"));
  CHECK(traces("render", {{"render.yaml", ""}, {"Procfile", ""}}).empty());
  CHECK(traces("render", {{"a.ts", "// https://x.fly.dev\nf('butterfly.dev')"},
                          {"README.md", "fly deploy"},
                          {"tests/a.ts", "f('https://x.fly.dev')"},
                          {"x.sh", "# fly deploy\necho fly deployment\n"}})
            .empty());
  const std::string url = traces(
      "render", {}, {{"API_URL", "https://u:hunter2@x.fly.dev/", ".env:1"}});
  CHECK_THAT(url, Catch::StartsWith("note .env:1: the plan deploys to Render, "
                                    "and this belongs to Fly.io: a host of "
                                    "fly.dev in API_URL"));
  CHECK_THAT(url, !Catch::Contains("hunter2"));
}

}  // namespace rung::platform_test
