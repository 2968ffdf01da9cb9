// rung env prune: what a plan's release can do without.
#include <catch2/catch.hpp>

#include "adapters/process/file_text.hpp"
#include "tests/e2e/broken_service.hpp"

namespace rung::e2e::env_prune_test {
namespace {

/// Needs SHOP_KEY, and one of HOST_A and HOST_B.
struct Shop {
  BrokenService service;
  std::string env = service.file(".env",
                                 "# keys\nSHOP_KEY=k-3141592653\nHOST_A=a\n"
                                 "OLD_FLAG=1\nHOST_B=b\nOLD_FLAG=2\n");
  std::string plan = service.file(
      "plan.yaml",
      "rung: 1\nname: shop\nsource: {repo: app}\nstart: exec " RUNG_TEST_SERVICE
      "\nenv: {IN_PLAN: x}\nenv_files: [.env]\n"
      "phases:\n- name: one\n  gates: [{http: /health, deadline: 3s}]\n");
  Shop() {
    service.commit(
        "if-unset SHOP_KEY: die 1 SHOP_KEY is not set\n"
        "if-unset HOST_A: if-unset HOST_B: status 500");
  }
  Result prune(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"env", "prune", plan});
    return rung(more, service.folder());
  }
};

}  // namespace

TEST_CASE("env prune finds what a release needs, and deletes the rest",
          "[e2e][env_prune]") {
  Shop shop;
  const std::string before = file_text(shop.env);
  const auto tried = shop.prune({"SHOP_KEY", "HOST_A", "HOST_B", "OLD_FLAG",
                                 "IN_PLAN", "--json"})
                         .json();
  CAPTURE(tried.dump());
  REQUIRE(tried["needed"].size() == 2);
  CHECK(tried["needed"][1]["names"] == nlohmann::json{"SHOP_KEY"});
  CHECK(tried["needed"][0]["names"] == nlohmann::json{"HOST_A", "HOST_B"});
  CHECK(tried["can_go"] == nlohmann::json{"IN_PLAN", "OLD_FLAG"});
  CHECK(file_text(shop.env) == before);

  const Result applied = shop.prune({"OLD_FLAG", "IN_PLAN", "--apply"});
  CAPTURE(applied.log);
  CHECK(applied.exit == 0);
  CHECK(file_text(shop.env) ==
        "# keys\nSHOP_KEY=k-3141592653\nHOST_A=a\nHOST_B=b\n");
  CHECK_THAT(applied.out, Catch::Contains("left     IN_PLAN"));
  CHECK_THAT(applied.log, !Catch::Contains("k-3141592653"));
  const auto undo = applied.out.find("undo: ");
  REQUIRE(undo != std::string::npos);
  const auto line =
      applied.out.substr(undo + 6, applied.out.find('\n', undo) - undo - 6);
  CHECK(ran({"sh", "-c", line}, shop.service.folder()).exit == 0);
  CHECK(file_text(shop.env) == before);
}

TEST_CASE("env prune changes no variable that uses one which can go",
          "[e2e][env_prune]") {
  Shop shop;
  const std::string text =
      "SHOP_KEY=1\nHOST_A=a\nOLD_NAME=x\nURL=http://${OLD_NAME}/\n";
  shop.service.file(".env", text);
  const Result result = shop.prune({"OLD_NAME", "--apply"});
  CAPTURE(result.log);
  CHECK(result.exit == 128);
  CHECK_THAT(result.log, Catch::Contains("other variables change, too"));
  CHECK(file_text(shop.env) == text);
}

TEST_CASE("env prune proposes what no source reads, and knows slips",
          "[e2e][env_prune]") {
  Shop shop;
  shop.service.repository().commit_files(
      {{"app.py",
        "import os\nos.environ['SHOP_KEY']\nos.environ['HOST_A']\n"
        "os.environ['HOST_B']\n"}});
  shop.service.repository().check_out();
  const auto tried = shop.prune({"--json"}).json();
  CHECK(tried["can_go"] == nlohmann::json{"IN_PLAN", "OLD_FLAG"});
  CHECK(tried["needed"].empty());
  const Result wrong = shop.prune({"OLD_FLAGS"});
  CHECK(wrong.exit == 129);
  CHECK_THAT(wrong.log, Catch::Contains("did you mean \"OLD_FLAG\""));
  const Result listed =
      rung({"audit", shop.plan, "--prune"}, shop.service.folder());
  CHECK_THAT(listed.out, Catch::Contains("OLD_FLAG"));
  CHECK_THAT(listed.out, Catch::Contains("rung env prune"));
  CHECK_THAT(listed.out, !Catch::Contains("SHOP_KEY"));
}

}  // namespace rung::e2e::env_prune_test
