// What rung knows of what serves when the plan or its own records changed.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/answers.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/git_repository.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::serving_record_test {
namespace {

using Catch::Contains;
using Words = std::vector<std::string>;

/// A shop that serves.
struct ServingShop {
  fakes::GitRepository repository;
  fs::path folder = repository.root();

  explicit ServingShop(const std::string& phases =
                           "  - name: only\n    gates: [{http: /health}]\n") {
    write_plan("local", phases);
    repository.commit_files({{"behaviour", "port PORT\nstatus 200\n"}});
    repository.check_out();
  }
  ServingShop(const ServingShop&) = delete;
  ServingShop& operator=(const ServingShop&) = delete;
  ~ServingShop() {
    for (const char* target : {"local", "dev"}) {
      static_cast<void>(run({"stop", "plan.yaml", "--target", target}));
    }
  }
  void write_plan(const std::string& target, const std::string& phases) const {
    std::ofstream(folder / "plan.yaml")
        << "rung: 1\nname: shop\nsettle: 0s\nstart: exec " << RUNG_TEST_SERVICE
        << "\ntargets: {" << target << ": {port: auto}}\nphases:\n"
        << phases;
  }
  [[nodiscard]] Result run(const Words& words) const {
    return RunningRung(words, folder).result();
  }
  [[nodiscard]] nlohmann::json serving() const {
    return run({"status", "plan.yaml", "--json"}).json()["serving"];
  }
};

}  // namespace

TEST_CASE("A phase that only adds a gate blames no change",
          "[e2e][serving_record]") {
  const ServingShop shop(
      "  - name: low\n    gates: [{http: /health}]\n"
      "  - name: high\n    gates: [{http: /db status=404 deadline=2s}]\n");
  const Result result = shop.run({"climb", "plan.yaml", "--json"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  const auto json = result.json();
  CHECK(json["outcome"] == "broken");
  CHECK(json["culprits"].empty());
  CHECK_THAT(json["notes"].dump(),
             Contains("deploys the same release as phase low"));
  CHECK(shop.serving().size() == 1);
}

TEST_CASE("The ports of what serves are not those of its services",
          "[e2e][serving_record]") {
  const ServingShop shop(
      "  - name: only\n    gates: [{http: /health}, {port: only-routed}]\n"
      "services:\n  side:\n    start: exec " RUNG_TEST_SERVICE
      "\n    ready: {http: 'http://127.0.0.1:$PORT/health'}\n");
  const Result result = shop.run({"climb", "plan.yaml", "--json"});
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(shop.run({"stop", "plan.yaml"}).out == "stopped\n");
}

TEST_CASE("What serves stays on record when somebody removes the record",
          "[e2e][serving_record]") {
  const ServingShop shop;
  REQUIRE(shop.run({"climb", "plan.yaml"}).exit == 0);
  const std::string url = shop.serving().at(0)["url"];
  fs::remove_all(shop.folder / ".rung");  // git clean -fdx
  CHECK(fakes::becomes_true([&] { return shop.serving().size() == 1; }));
  const Result again = shop.run({"climb", "plan.yaml", "--json"});
  CAPTURE(again.log);
  CHECK(again.exit == 0);
  // The one from before made way.
  CHECK_FALSE(fakes::answers(url));
  CHECK(fakes::answers(shop.serving().at(0)["url"]));
  CHECK(shop.run({"stop", "plan.yaml"}).out == "stopped\n");
  CHECK(shop.serving().empty());
}

TEST_CASE("What serves on a target that the plan no longer has can be stopped",
          "[e2e][serving_record]") {
  const ServingShop shop;
  REQUIRE(shop.run({"climb", "plan.yaml"}).exit == 0);
  const std::string url = shop.serving().at(0)["url"];
  shop.write_plan("dev", "  - name: only\n    gates: [{http: /health}]\n");
  REQUIRE(shop.serving().size() == 1);
  CHECK(shop.serving().at(0)["target"] == "local");
  CHECK_THAT(shop.run({"status", "plan.yaml"}).out,
             Contains("rung stop plan.yaml --target local"));
  const Result wrong = shop.run({"stop", "plan.yaml"});
  CHECK_THAT(wrong.log, Contains("still serves on local"));
  CHECK(fakes::answers(url));
  CHECK(shop.run({"stop", "plan.yaml", "--target", "local"}).out ==
        "stopped\n");
  CHECK_FALSE(fakes::answers(url));
  CHECK(shop.serving().empty());
}

TEST_CASE("Status names the phase that a climb went to, also for a folder",
          "[e2e][serving_record]") {
  const ServingShop shop;
  REQUIRE(shop.run({"climb", "plan.yaml"}).exit == 0);
  shop.write_plan("local",
                  "  - name: only\n    gates: [{http: /health}]\n"
                  "  - name: top\n    gates: [{http: /}]\n");
  REQUIRE(shop.run({"climb", "plan.yaml"}).exit == 0);
  for (const char* place : {"plan.yaml", "."}) {
    CHECK_THAT(shop.run({"status", place}).out, Contains("serving     top"));
  }
}

TEST_CASE("A climb that leaves nothing new serving says so",
          "[e2e][serving_record]") {
  ServingShop shop;
  REQUIRE(shop.run({"climb", "plan.yaml"}).exit == 0);
  SECTION("its release failed at first, and passes in the search") {
    std::ofstream(shop.folder / "plan.yaml")
        << "rung: 1\nname: shop\nsettle: 0s\nenv: {V: two}\n"
           "targets: {local: {port: auto}}\nstart: |\n"
           "  if [ \"$V\" = two ]; then\n"
           "    n=$(wc -l < "
        << (shop.folder / ".rung" / "starts").string()
        << " 2>/dev/null || echo 0)\n"
           "    echo >> "
        << (shop.folder / ".rung" / "starts").string()
        << "\n    test \"$n\" -ge 2 || exit 3\n  fi\n"
           "  exec " RUNG_TEST_SERVICE
           "\n"
           "phases:\n  - name: only\n    gates: [{http: /health}]\n";
    const Result result = shop.run({"climb", "plan.yaml", "--json"});
    CAPTURE(result.log);
    CHECK(result.json()["culprits"].empty());
    CHECK(result.exit == 125);
    CHECK(shop.run({"climb", "plan.yaml"}).exit == 0);
  }
  SECTION("somebody had stopped it, and the new one is broken") {
    REQUIRE(shop.run({"stop", "plan.yaml"}).exit == 0);
    shop.repository.commit_files({{"behaviour", "port PORT\ndie 1 broken\n"}});
    const Result result = shop.run({"climb", "plan.yaml", "--json"});
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK_THAT(result.json()["notes"].dump(),
               Contains("nothing serves on local"));
    CHECK(shop.run({"rollback", "plan.yaml"}).exit == 0);
    CHECK(shop.serving().size() == 1);
  }
}

TEST_CASE("What serves is stopped although the journal is damaged",
          "[e2e][serving_record]") {
  const ServingShop shop;
  REQUIRE(shop.run({"climb", "plan.yaml"}).exit == 0);
  const std::string url = shop.serving().at(0)["url"];
  for (const char* file : {"journal.db", "journal.db-wal", "journal.db-shm"}) {
    std::ofstream(shop.folder / ".rung" / file) << "no journal";
  }
  CHECK_THAT(shop.run({"status", "plan.yaml"}).out,
             Contains("serving     only"));
  const Result stopped = shop.run({"stop", "plan.yaml"});
  CHECK_THAT(stopped.out, Contains("stopped"));
  CHECK_FALSE(fakes::answers(url));
}

TEST_CASE("An option that a plan takes the place of is refused beside one",
          "[e2e][serving_record]") {
  const ServingShop shop;
  for (const Words& option :
       {Words{"--command", "false"}, Words{"--start", "exec false"},
        Words{"--env", "none.env"}, Words{"--gate", "http /"}}) {
    Words words = {"probe", "plan.yaml"};
    words.insert(words.end(), option.begin(), option.end());
    const Result result = shop.run(words);
    CAPTURE(result.log);
    CHECK(result.exit == 129);
    CHECK_THAT(result.log, Contains(option.front() + " is for --source"));
  }
}

}  // namespace rung::e2e::serving_record_test
