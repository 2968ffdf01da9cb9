#include <catch2/catch.hpp>

#include "core/model/build_variables.hpp"

namespace rung::build_variables_test {
namespace {

using Files = std::map<std::string, std::string>;

bool reads(const std::string& command, const Files& files,
           const std::string& name) {
  const BuildWords words(
      command, [&](const std::string& path) -> std::optional<std::string> {
        const auto it = files.find(path);
        if (it == files.end()) return std::nullopt;
        return it->second;
      });
  return words.may_read(name);
}

}  // namespace

TEST_CASE("A build reads what its command and its files name",
          "[core][build_variables]") {
  CHECK(reads("make API=$API_URL", {}, "API_URL"));
  CHECK_FALSE(reads("make", {}, "API_URL"));
  CHECK_FALSE(reads("make API_URL_2", {}, "API_URL"));

  // A script, and what it imports in turn.
  const Files scripts = {
      {"tools/build.js", "const x = require('./env');\nrequire('../lib/a')"},
      {"tools/env.js", "module.exports = process.env.API_URL"},
      {"lib/a.js", "process.env['REGION']"},
      {"server.js", "process.env.DATABASE_URL"}};
  CHECK(reads("node tools/build.js", scripts, "API_URL"));
  CHECK(reads("node tools/build.js", scripts, "REGION"));
  CHECK_FALSE(reads("node tools/build.js", scripts, "DATABASE_URL"));

  // In a folder of its own.
  const Files below = {{"web/package.json",
                        R"({"scripts": {"build": "sh gen.sh $SITE_NAME"}})"},
                       {"web/gen.sh", "echo $GREETING"}};
  CHECK(reads("cd web && npm run build", below, "SITE_NAME"));
  CHECK(reads("cd web && npm run build", below, "GREETING"));

  // Python: a module that a script names.
  const Files django = {
      {"manage.py",
       "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')"},
      {"shop/settings.py", "KEY = os.environ['SECRET_KEY']"}};
  CHECK(reads("python manage.py collectstatic", django, "SECRET_KEY"));
}

TEST_CASE("A build of which not all is read may read any variable",
          "[core][build_variables]") {
  // A configuration that imports a long chain of files.
  const auto chain = [](int files) {
    Files made;
    for (int i = 0; i < files; ++i) {
      made[std::to_string(i) + ".js"] =
          "import './" + std::to_string(i + 1) + ".js'\n";
    }
    return made;
  };
  CHECK_FALSE(reads("node 0.js", chain(90), "REGION"));
  CHECK(reads("node 0.js", chain(200), "REGION"));
  CHECK(reads("node 0.js", {{"0.js", std::string(2'000'000, ' ')}}, "REGION"));
}

TEST_CASE("What starts the service is no part of its build",
          "[core][build_variables]") {
  const Files package = {
      {"package.json",
       R"({"main": "server.js", "scripts": {"build": "tsc -p $TSCONFIG",
           "start": "node server.js $WORKERS", "prebuild": "echo $STAMP"}})"},
      {"server.js", "process.env.DATABASE_URL"}};
  CHECK(reads("npm run build", package, "TSCONFIG"));
  CHECK(reads("npm run build", package, "STAMP"));
  CHECK_FALSE(reads("npm run build", package, "WORKERS"));
  CHECK_FALSE(reads("npm run build", package, "DATABASE_URL"));

  const Files make = {{"Makefile",
                       "build:\n\tcc $(FLAVOUR)\nrun:\n\t./app $(WORKERS)\n"}};
  CHECK(reads("make build", make, "FLAVOUR"));
  CHECK_FALSE(reads("make build", make, "WORKERS"));

  const Files docker = {
      {"Dockerfile", "ARG SITE\nRUN make\nCMD ./app $WORKERS\n"}};
  CHECK(reads("make", docker, "SITE"));
  CHECK_FALSE(reads("make", docker, "WORKERS"));
}

TEST_CASE("Build tools read some variables without being told",
          "[core][build_variables]") {
  for (const char* name : {"NODE_ENV", "NEXT_PUBLIC_API", "VITE_API",
                           "REACT_APP_API", "npm_config_registry", "CFLAGS"}) {
    CAPTURE(name);
    CHECK(reads("x", {}, name));
  }
  for (const char* name : {"LOG_LEVEL", "PORT", "DATABASE_URL", "KEY"}) {
    CAPTURE(name);
    CHECK_FALSE(reads("x", {}, name));
  }
  CHECK(reads("vite build", {{"vite.config.ts", "envPrefix: 'SHOP_'"}},
              "SHOP_NAME"));
}

TEST_CASE("The plan decides what a build gets", "[core][build_variables]") {
  const std::map<std::string, std::string> env = {
      {"A", "1"}, {"APP_B", "2"}, {"KEY", "3"}, {"TOKEN", "4"}};
  const std::set<std::string> secrets = {"KEY", "TOKEN"};
  const auto names = [](const auto& map) {
    std::string out;
    for (const auto& [name, value] : map) out += name + " ";
    return out;
  };
  const auto nothing = [](const std::string&) { return false; };
  const auto got = [&](const char* text) {
    return names(seen_by_build(env, secrets, build_env_from(text)));
  };
  const auto read = [&](const char* text) {
    return names(read_by_build(env, secrets, build_env_from(text), nothing));
  };
  CHECK(got("") == "A APP_B ");
  CHECK(read("").empty());
  CHECK(got("all") == "A APP_B ");
  CHECK(read("all") == "A APP_B ");
  CHECK(got("none").empty());
  CHECK(got("APP_*,KEY") == "A APP_B KEY ");
  CHECK(read("APP_*,KEY") == "APP_B KEY ");
  CHECK(build_env_from("all").text() != build_env_from("").text());
}

}  // namespace rung::build_variables_test
