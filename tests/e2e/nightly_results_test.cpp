// `rung nightly --results`: what real tools print, without a report in a file.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/night.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::e2e::nightly_results_test {
namespace {

using Catch::Contains;
using Files = std::map<std::string, std::string>;

struct Tool {
  const char* name;
  std::string suite, format;
  Files sound, broken, dead;  ///< the files that change
  std::string test;           ///< what `broken` breaks
};

std::vector<Tool> tools() {
  return {
      {"node",
       "node --test --test-reporter=tap",
       "tap",
       {{"shop.test.js",
         "const {test} = require('node:test');\n"
         "const price = require('./price.js');\n"
         "test('shop', async (t) => {\n"
         "  await t.test('sells', () => {});\n"
         "  await t.test('price', () => {\n"
         "    if (price() !== 3) throw new Error('it is ' + price());\n"
         "  });\n"
         "});\n"},
        {"price.js", "module.exports = () => 3;\n"}},
       {{"price.js", "module.exports = () => 4;\n"}},
       {{"price.js", "process.exit(7);\n"}},
       "shop::price"},
      {"perl",
       "perl shop.t",
       "auto",
       {{"shop.t",
         "use Test::More; require './price.pl'; ok(1, 'sells');\n"
         "is(price(), 3, 'price'); done_testing;\n"},
        {"price.pl", "sub price { 3 } 1;\n"}},
       {{"price.pl", "sub price { 4 } 1;\n"}},
       {{"price.pl", "sub price { exit 0 } 1;\n"}},
       "price"},
      {"go",
       "GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off go test -json ./...",
       "go",
       {{"go.mod", "module shop\n\ngo 1.18\n"},
        {"shop_test.go",
         "package shop\n\nimport \"testing\"\n\n"
         "func TestPrice(t *testing.T) {\n"
         "\tif Price() != 3 {\n\t\tt.Errorf(\"it is %d\", Price())\n\t}\n}\n"
         "func TestSells(t *testing.T) {}\n"},
        {"price.go", "package shop\n\nfunc Price() int { return 3 }\n"}},
       {{"price.go", "package shop\n\nfunc Price() int { return 4 }\n"}},
       {{"price.go", "package shop\n\nfunc Price() string { return 4 }\n"}},
       "shop::TestPrice"},
      {"cargo",
       "cargo test --offline --no-fail-fast",
       "cargo",
       {{"Cargo.toml",
         "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n"
         "edition = \"2021\"\n"},
        {"src/lib.rs",
         "pub mod price;\n#[test]\nfn sells() {}\n#[test]\n"
         "fn price_is_right() { assert_eq!(price::price(), 3, \"wrong\"); }\n"},
        {"src/price.rs", "pub fn price() -> u32 { 3 }\n"}},
       {{"src/price.rs", "pub fn price() -> u32 { 4 }\n"}},
       {{"src/price.rs", "pub fn price() -> u32 { std::process::abort() }\n"}},
       "shop (src/lib.rs)::price_is_right"}};
}

}  // namespace

TEST_CASE("What a real tool prints names the commit that broke a test",
          "[e2e][nightly]") {
  const auto index = GENERATE(range(0, 4));
  const Tool tool = tools().at(static_cast<std::size_t>(index));
  CAPTURE(tool.name);
  // Tools keep toolchains and caches in the home of whoever installed them.
  const std::string there = std::string("command -v ") + tool.name +
                            " >/dev/null && " + tool.name +
                            (index == 2 ? " version" : " --version");
  if (ran({"/bin/sh", "-c", there}, "/").exit != 0) {
    return fakes::skipped(std::string("no ") + tool.name);
  }
  fakes::GitRepository repository;
  fakes::TemporaryFolder state;
  int number = 0;
  const auto idle = [&](int count) {
    for (int i = 0; i < count; ++i) {
      repository.commit_files({{"number", std::to_string(++number)}});
    }
  };
  const auto night = [&] {
    return rung({"nightly", "--source", repository.root().string(), "--suite",
                 tool.suite, "--results", tool.format, "--state",
                 state.path().string(), "--json"},
                state.path());
  };
  repository.commit_files(tool.sound);
  const Result green = night();
  CAPTURE(green.log);
  REQUIRE(green.exit == 0);

  idle(1);
  const std::string guilty = repository.commit_files(tool.broken);
  idle(1);
  const Result red = night();
  CAPTURE(red.log);
  CHECK(red.exit == 1);
  const auto culprits = culprits_of(red.json());
  REQUIRE(culprits.count(guilty) == 1);
  CHECK(culprits.size() == 1);
  CHECK_THAT(culprits.at(guilty), Catch::VectorContains(tool.test));

  // What ends in the middle is not green, whatever its exit code says.
  repository.commit_files(tool.sound);
  REQUIRE(night().exit == 0);
  repository.commit_files(tool.dead);
  const Result dead = night();
  CAPTURE(dead.log);
  CHECK(dead.exit != 0);
  CHECK(dead.json()["passed"] <= 1);
}

TEST_CASE("A module that Python cannot import names the commit that broke it",
          "[e2e][nightly]") {
  if (ran({"python3", "-c", "import pytest"}, "/").exit != 0) {
    return fakes::skipped("no pytest");
  }
  fakes::GitRepository repository;
  fakes::TemporaryFolder state;
  auto idle = [&, number = 0](int count) mutable {
    for (int i = 0; i < count; ++i) {
      repository.commit_files({{"number", std::to_string(++number)}});
    }
  };
  const auto night = [&] {
    return rung(
        {"nightly", "--source", repository.root().string(), "--suite",
         "python3 -m pytest -q -p no:cacheprovider --junitxml=r.xml", "--one",
         "python3 -m pytest -q --junitxml=r.xml -k {name}", "--junit", "r.xml",
         "--state", state.path().string(), "--json"},
        state.path());
  };
  repository.commit_files(
      {{"shop.py", "def price():\n    return 3\n"},
       {"test_shop.py",
        "import shop\ndef test_price():\n    assert shop.price() == 3\n"},
       {"test_cart.py", "def test_empty():\n    assert True\n"}});
  const Result green = night();
  CAPTURE(green.log);
  REQUIRE(green.exit == 0);
  idle(2);
  const std::string guilty =
      repository.commit_files({{"shop.py", "def price(:\n"}});
  idle(2);
  const Result red = night();
  CAPTURE(red.log);
  CHECK(red.exit == 1);
  const auto culprits = culprits_of(red.json());
  REQUIRE(culprits.size() == 1);
  REQUIRE(culprits.count(guilty) == 1);
  CHECK_THAT(culprits.at(guilty).front(), Contains("test_shop"));

  repository.commit_files({{"shop.py", "def price():\n    return 3\n"}});
  idle(1);
  const Result repaired = night();
  CAPTURE(repaired.log);
  CHECK(repaired.exit == 0);
  CHECK(repaired.json()["repaired"].size() == 1);
}

}  // namespace rung::e2e::nightly_results_test
