#include "core/audit/platform_traces.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/audit/findings_text.hpp"

namespace rung::platform_test {
namespace {

using audit_tests::Files;
using audit_tests::texts_of;
using audit_tests::told;

std::string traces(const std::string& platform, const Files& files,
                   const std::vector<UrlVariable>& urls = {}) {
  Deployed deployed;
  deployed.platform = platform;
  deployed.certain = true;
  return told(platform_findings(deployed, urls, texts_of(files)));
}

}  // namespace

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
  // No plan can name Railway.
  CHECK_THAT(text, Catch::EndsWith("remove what is left over\n"));
  CHECK_THAT(traces("cloudrun", {{"render.yaml", ""}}),
             Catch::EndsWith("left over, or name Render in the plan\n"));
  for (const char* line : {"npx vercel --prod", "pnpm dlx vercel --prod",
                           "cd a && npx -y vercel --prod"}) {
    CAPTURE(line);
    CHECK_FALSE(traces("render", {{"x.sh", line}}).empty());
  }
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
  // A host alone may be that of somebody else.
  const std::vector<UrlVariable> urls = {
      {"API_URL", "https://u:hunter2@x.fly.dev/", ".env:1"}};
  CHECK(traces("render", {}, urls).empty());
  const std::string url =
      traces("render", {{"x.sh", "cd a && fly deploy\n"}}, urls);
  CHECK_THAT(url, Catch::StartsWith(
                      "warning .env:1: the plan deploys to Render, and this "
                      "belongs to Fly.io: a host of fly.dev in API_URL, \"fly "
                      "deploy\" at x.sh:1"));
  CHECK_THAT(url, !Catch::Contains("hunter2"));
}

}  // namespace rung::platform_test
