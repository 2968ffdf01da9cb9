// What rung rollback goes to, and what is told where a secret or another
// program is what keeps a release from serving.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::rollback_test {
namespace {

using Catch::Contains;
using Words = std::vector<std::string>;

constexpr const char* kNeedsKey = "if-env KEY=wrong: die 1 401\n";

/// A shop of two phases with a secret.
class Shop {
 public:
  Shop() {
    set_secret("sesame");
    write_plan("auto");
    commit("one");
  }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;
  ~Shop() { static_cast<void>(run({"stop", "plan.yaml"})); }

  void write_plan(const std::string& port, const std::string& more = "") const {
    std::ofstream(folder_ / "plan.yaml") << fmt::format(
        "rung: 1\nname: shop\nsettle: 0s\nstart: exec {}\n"
        "targets: {{local: {{port: {}}}}}\n"
        "secrets: {{KEY: {{from: file, path: {}}}}}\nenv: {{{}{}}}\n"
        "phases:\n  - name: base\n    gates: [{{http: /health, deadline: "
        "5s}}]\n"
        "  - name: top\n    env: {{TOP: \"1\"}}\n"
        "    gates: [{{http: /health, deadline: 5s}}]\n",
        RUNG_TEST_SERVICE, port, secret_.string(),
        port == "auto" ? "" : "PORT: \"" + port + "\", ", more);
  }
  void set_secret(const std::string& value) const {
    std::ofstream(secret_) << value;
  }
  void commit(const std::string& version, const std::string& rule = kNeedsKey) {
    repository_.commit_files(
        {{"version", version}, {"behaviour", rule + "port PORT\n"}});
  }
  [[nodiscard]] Result run(const Words& words) const {
    return RunningRung(words, folder_).result();
  }
  /// A folder that no release has.
  [[nodiscard]] fs::path elsewhere() const { return elsewhere_.path(); }
  /// The release of the top phase that serves afterwards.
  std::string climbed(const std::string& version,
                      const std::string& rule = kNeedsKey) {
    commit(version, rule);
    const Result result = run({"climb", "plan.yaml", "--json"});
    CAPTURE(result.log);
    REQUIRE(result.exit == 0);
    REQUIRE(result.json()["known_good"]["newest"] == true);
    return result.json()["known_good"]["release"];
  }
  [[nodiscard]] std::string serving() const {
    const auto json = run({"status", "plan.yaml", "--json"}).json();
    return json["serving"].empty() ? "" : json["serving"][0]["release"];
  }

 private:
  fakes::GitRepository repository_;
  fakes::TemporaryFolder elsewhere_;
  fs::path folder_ = repository_.root(), secret_ = elsewhere_.path() / "key";
};

}  // namespace

TEST_CASE(
    "A rollback goes to the release before, of the same phase, never back",
    "[e2e][rollback]") {
  Shop shop;
  const std::string first = shop.climbed("one");
  const std::string second = shop.climbed("two");
  const std::string third = shop.climbed("three");
  const auto earlier =
      shop.run({"status", "plan.yaml", "--json"}).json()["earlier"];
  CHECK(earlier.size() == 4);
  CHECK_THAT(
      shop.run({"status", "plan.yaml"}).out,
      Contains("earlier     top on local: release " + second.substr(0, 10)));

  const Result back = shop.run({"rollback", "plan.yaml"});
  CAPTURE(back.log);
  CHECK(back.exit == 0);
  CHECK_THAT(back.out, Contains("phase top") &&
                           Contains("an earlier known good") &&
                           !Contains("the last known good"));
  CHECK(shop.serving() == second);
  const Result again = shop.run({"rollback", "plan.yaml", "--json"});
  CHECK(again.json()["known_good"]["newest"] == false);
  CHECK(shop.serving() == first);
  const Result none = shop.run({"rollback", "plan.yaml"});
  CHECK(none.exit == 129);
  CHECK_THAT(none.log, Contains("no known good of phase top before"));
  CHECK(shop.serving() == first);
  CHECK(shop.run({"rollback", "plan.yaml", "--to", third}).exit == 0);
  CHECK(shop.serving() == third);
}

TEST_CASE("What served before a rollback that fails serves on, and is told so",
          "[e2e][rollback]") {
  Shop shop;
  static_cast<void>(shop.climbed("one"));
  const std::string second = shop.climbed("two", "");
  shop.set_secret("wrong");
  const Result back = shop.run({"rollback", "plan.yaml"});
  CAPTURE(back.log);
  CHECK(back.exit == 1);
  CHECK_THAT(back.out, !Contains("down") && Contains("secret KEY"));
  CHECK(shop.serving() == second);
}

TEST_CASE("A secret that changed where it comes from is the first reason",
          "[e2e][rollback]") {
  Shop shop;
  const std::string port = std::to_string(fakes::free_port());
  shop.write_plan(port);
  const std::string first = shop.climbed("one");
  shop.set_secret("wrong");
  bool more = false;
  SECTION("and nothing else did") {}
  SECTION("and a variable did") {
    more = true;
    shop.write_plan(port, "COLOUR: red");
  }
  const Result broke = shop.run({"climb", "plan.yaml", "--json"});
  CAPTURE(broke.log);
  CHECK(broke.exit == 2);
  const auto json = broke.json();
  CHECK(json["culprits"].empty());
  CHECK(json["outcome"] == (more ? "no-verdict" : "broken"));
  REQUIRE_FALSE(json["reasons"].empty());
  CHECK_THAT(json["reasons"][0].get<std::string>(), Contains("secret KEY"));
  CHECK_THAT(broke.log, !Contains("never passed") && !Contains("unchanged"));
  if (more) {
    const Result found =
        shop.run({"bisect", "plan.yaml", "--phase", "top", "--json"});
    CAPTURE(found.log);
    CHECK(found.json()["outcome"] == "no-verdict");
    CHECK_THAT(found.json()["reasons"].dump(), Contains("secret KEY"));
  }

  CHECK_THAT(shop.run({"status", "plan.yaml"}).out,
             Contains("wanted      top on local") && Contains("rung serve"));
  for (const char* command : {"serve", "rollback"}) {
    const Result down = shop.run({command, "plan.yaml"});
    CAPTURE(command, down.log);
    CHECK(down.exit == 2);
    CHECK_THAT(down.out, Contains("secret KEY"));
  }
  shop.set_secret("sesame");
  // There is none before it, and it does not serve.
  CHECK(shop.run({"rollback", "plan.yaml"}).exit == 0);
  CHECK(shop.serving() == first);
}

TEST_CASE("A release that passed and fails now has not never been good",
          "[e2e][rollback]") {
  Shop shop;
  const fs::path fact = shop.elsewhere() / "fact";
  std::ofstream(fact) << "up";
  static_cast<void>(
      shop.climbed("one", "if-file " + fact.string() + " down: die 1 gone\n"));
  std::ofstream(fact) << "down";
  const Result result = shop.run({"climb", "plan.yaml", "--fresh"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("no change to blame") &&
                             !Contains("has never been good"));
}

TEST_CASE("A port that another program has is told by that program's name",
          "[e2e][rollback]") {
  Shop shop;
  const std::uint16_t port = fakes::free_port();
  shop.write_plan(std::to_string(port));
  const std::string first = shop.climbed("one");
  REQUIRE(shop.run({"stop", "plan.yaml"}).exit == 0);
  {
    const fakes::HttpServer stranger(
        [](const std::string&) { return fakes::http_reply(200, "ok"); }, port);
    const Result climbed = shop.run({"climb", "plan.yaml", "--json"});
    CAPTURE(climbed.log);
    CHECK(climbed.exit == 2);
    const auto json = climbed.json();
    CHECK_THAT(json["next"].get<std::string>(),
               Contains("is in use by rung_tests") && !Contains("rollback"));
    CHECK_THAT(json["notes"].dump(), !Contains("gates fail now"));
  }
  CHECK(shop.run({"climb", "plan.yaml"}).exit == 0);
  CHECK(shop.serving() == first);
}

}  // namespace rung::e2e::rollback_test
