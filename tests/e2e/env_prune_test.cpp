// rung env prune: what a plan's release can do without.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

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
  std::string text =
      "rung: 1\nname: shop\nsettle: 0s\nsource: {repo: app}\nstart: "
      "exec " RUNG_TEST_SERVICE
      "\nenv: {IN_PLAN: x}\nenv_files: [.env]\n"
      "phases:\n- name: one\n  gates: [{http: /health, deadline: 3s}]\n";
  std::string plan = service.file("plan.yaml", text);
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

  const auto page = [&] {
    const Result made = rung({"report", shop.plan, "--html", "page.html"},
                             shop.service.folder());
    CAPTURE(made.log);
    CHECK(made.exit == 0);
    return file_text((shop.service.folder() / "page.html").string());
  };
  CHECK_THAT(
      page(),
      Catch::Contains("<h1>Needed: HOST_A or HOST_B, SHOP_KEY; can go: "
                      "IN_PLAN, OLD_FLAG</h1>") &&
          Catch::Contains("rung env prune \u00b7 healthy \u00b7 exit 0") &&
          Catch::Contains("<dt>next step</dt><dd>rung env prune ") &&
          !Catch::Contains("Culprit"));

  const Result applied = shop.prune({"OLD_FLAG", "IN_PLAN", "--apply"});
  CAPTURE(applied.log);
  CHECK(applied.exit == 0);
  CHECK(file_text(shop.env) ==
        "# keys\nSHOP_KEY=k-3141592653\nHOST_A=a\nHOST_B=b\n");
  CHECK_THAT(applied.out, Catch::Contains("left     IN_PLAN"));
  // Nothing is deleted on one trial, nor on trials of another release.
  CHECK_THAT(applied.out, Catch::Contains("together (3 trials)"));
  CHECK_THAT(applied.out,
             Catch::Contains("passes without OLD_FLAG (3 trials)"));
  CHECK_THAT(page(), Catch::Contains("<h1>Can go: OLD_FLAG</h1>"));
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

TEST_CASE("env prune deletes nothing that another phase needs",
          "[e2e][env_prune]") {
  Shop shop;
  const std::string text = "LOW_KEY=1\nOLD_FLAG=1\n";
  shop.service.file(".env", text);
  shop.service.commit("if-unset MODE: if-unset LOW_KEY: die 1 no LOW_KEY");
  shop.service.file("plan.yaml", shop.text +
                                     "- name: two\n  env: {MODE: b}\n"
                                     "- name: three\n  unset: [MODE]\n"
                                     "  env: {OTHER: b}\n");
  const Result result =
      shop.prune({"LOW_KEY", "--phase", "two", "--apply", "--json"});
  const auto refused = result.json();
  CAPTURE(refused.dump());
  // The trial's result is not lost.
  CHECK(refused["can_go"] == nlohmann::json{"LOW_KEY"});
  CHECK_THAT(refused["not_applied"].get<std::string>(),
             Catch::Contains("phase one needs LOW_KEY"));
  CHECK(result.exit == 128);
  CHECK(file_text(shop.env) == text);

  const auto done =
      shop.prune({"OLD_FLAG", "--phase", "two", "--apply", "--json"}).json();
  CAPTURE(done.dump());
  CHECK(file_text(shop.env) == "LOW_KEY=1\n");
  REQUIRE(done["also_tried"].size() == 2);
  CHECK(done["also_tried"][0]["phase"] == "one");
  CHECK(done["also_tried"][0]["trials"] == 3);
  CHECK(done["also_tried"][1]["phase"] == "three");
}

TEST_CASE("env prune --apply changes no file of what it does not try",
          "[e2e][env_prune]") {
  Shop shop;
  const std::string before = file_text(shop.env);
  const auto refuses = [&](std::vector<std::string> more, int exit,
                           const std::string& why) {
    more.emplace_back("--apply");
    const Result result = shop.prune(more);
    CAPTURE(result.log);
    CHECK(result.exit == exit);
    CHECK_THAT(result.log, Catch::Contains(why));
    CHECK_THAT(result.log, !Catch::Contains("tries phase"));
    CHECK(file_text(shop.env) == before);
  };
  SECTION("another plan") {
    shop.service.file("other.yaml", shop.text);
    refuses({"OLD_FLAG"}, 128, "other.yaml uses ");
  }
  SECTION("another target") {
    shop.service.file("plan.yaml",
                      shop.text + "targets:\n  local: {}\n  second: {}\n");
    refuses({"OLD_FLAG"}, 129, "--target local --target second");
  }
  SECTION("a file that it cannot replace as it is") {
    std::filesystem::create_hard_link(shop.env, shop.env + ".link");
    refuses({"OLD_FLAG"}, 128, "hard links");
  }
  SECTION("a variable that the sources read") {
    shop.service.repository().commit_files(
        {{"app.py", "import os\nos.environ['HOST_A']\n"}});
    shop.service.repository().check_out();
    refuses({"HOST_A"}, 129, "read at app.py:2");
    const Result forced = shop.prune({"HOST_A", "--even-if-read", "--apply"});
    CAPTURE(forced.log);
    CHECK(forced.exit == 0);
    CHECK_THAT(forced.out,
               Catch::Contains("but      HOST_A: read at app.py:2"));
    CHECK_THAT(file_text(shop.env), !Catch::Contains("HOST_A"));
  }
}

TEST_CASE("env prune compares variables alone, with the secrets it has",
          "[e2e][env_prune]") {
  // No git: the env files are files of the release, too. The upper file needs
  // the lower one, and the secret is another one each time.
  const fakes::TemporaryFolder folder;
  const auto put = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path() / name, std::ios::binary) << text;
  };
  put("behaviour", "port PORT\n");
  put("low.env", "BASE=b\n");
  put(".env", "URL=${BASE:?}/x\nOLD=1\n");
  put("plan.yaml",
      "rung: 1\nname: app\nsettle: 0s\nruntime: other\nstart: "
      "exec " RUNG_TEST_SERVICE
      " behaviour\nenv_files: [low.env, .env]\n"
      "secrets: {TOKEN: {from: command, run: cat "
      "/proc/sys/kernel/random/uuid}}\n"
      "phases:\n- name: one\n  gates: [{http: /health, deadline: 5s}]\n");
  const auto env = folder.path() / ".env";
  const auto mode = std::filesystem::perms(0640);
  std::filesystem::permissions(env, mode);
  const Result result =
      rung({"env", "prune", "plan.yaml", "OLD", "--apply"}, folder.path());
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(file_text(env) == "URL=${BASE:?}/x\n");
  CHECK(std::filesystem::status(env).permissions() == mode);

  // The old file can hold secrets: it is not kept for good.
  const auto listed = rung({"clean", "--list"}, folder.path());
  CHECK_THAT(listed.out, Catch::Contains("old env files"));
  CHECK_THAT(rung({"clean", "plan.yaml"}, folder.path()).out,
             Catch::Contains("old env files, kept by rung env prune --apply, "
                             "removed"));
  CHECK(std::filesystem::is_empty(folder.path() / ".rung" / "pruned"));
}

TEST_CASE("env prune shows commands that can be pasted", "[e2e][env_prune]") {
  Shop shop;
  const std::string plan = shop.service.file("my plan.yaml", shop.text);
  const Result result = rung(
      {"env", "prune", plan, "OLD_FLAG", "--phase", "one", "--repeat", "2"},
      shop.service.folder());
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out,
             Catch::Contains("my plan.yaml' OLD_FLAG --phase one --repeat 2 "
                             "--apply\n"));
  // Nothing changed: nothing to climb.
  std::filesystem::remove(shop.plan);
  const Result kept =
      rung({"env", "prune", plan, "IN_PLAN", "--apply"}, shop.service.folder());
  CAPTURE(kept.log);
  CHECK(kept.exit == 0);
  CHECK_THAT(kept.out,
             Catch::Contains("left     IN_PLAN") && !Catch::Contains("next:"));
}

}  // namespace rung::e2e::env_prune_test
