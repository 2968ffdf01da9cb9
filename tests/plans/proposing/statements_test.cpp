// What single files of a project say, and how it enters the plan.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "plans/proposing/toml_lines.hpp"
#include "tests/plans/proposing/table_of_files.hpp"

namespace rung::propose_test {

TEST_CASE("A bracket in a string does not end a TOML list",
          "[plans][proposing]") {
  const auto lines = toml_lines(
      "[project]\nname = \"shop\"\ndependencies = [\n  \"fastapi[standard]\",\n"
      "  'a]', # ]\n  \"b\\\"]\",\n  \"psycopg2\",\n]\nnext = 1\n"
      "nested = [[\"x\"],\n  [\"y\"]]\n");
  CHECK(
      find_toml(lines, "project", "dependencies")->list ==
      std::vector<std::string>{"fastapi[standard]", "a]", "b\"]", "psycopg2"});
  CHECK(find_toml(lines, "project", "next")->value == "1");
  CHECK(find_toml(lines, "project", "nested")->list ==
        std::vector<std::string>{"x", "y"});
  const Proposed shop =
      proposed({{"pyproject.toml",
                 "[project]\nname = \"shop\"\ndependencies = [\n"
                 "  \"fastapi[standard]\",\n  \"psycopg2\",\n]\n"},
                {"main.py",
                 "import os\nfrom fastapi import FastAPI\napp = FastAPI()\n"
                 "URL = os.environ[\"DATABASE_URL\"]\n"}});
  CHECK_THAT(shop.text, Catch::Contains("DATABASE_URL: postgresql://"));
  CHECK_THAT(shop.text, !Catch::Contains("{from: env}"));
}

TEST_CASE("Only a whole word of a path names another environment",
          "[plans][proposing]") {
  const std::string read = "import os\nR = os.environ[\"SHOP_REGION\"]\n";
  for (const char* path :
       {"products/views.py", "app/reproduction.py", "app/prodigy.py"}) {
    CAPTURE(path);
    const Proposed shop = proposed(with(kFastApi, {{path, read}}));
    CHECK_THAT(shop.text, Catch::Contains("SHOP_REGION: {from: env}"));
  }
  for (const char* path :
       {"config/prod.py", "settings/production.py", "app/settings_staging.py",
        "config/development/db.py", "app/prod-db.py"}) {
    CAPTURE(path);
    const Proposed shop = proposed(with(kFastApi, {{path, read}}));
    CHECK_THAT(shop.text, !Catch::Contains("SHOP_REGION: {from: env}"));
  }
}

TEST_CASE("An env file sets what its dialect reads, nothing within a value",
          "[plans][proposing]") {
  const Files files =
      with(kFastApi,
           {{"Procfile", "web: uvicorn app.main:app --port $PORT\n"},
            {".env.example", "NOT_SET=\n"},
            {".env", "CERT=\"-----BEGIN\nPORT=9999\nNOT_SET=x\n-----END\"\n"}});
  const Proposed shop = proposed(files);
  CHECK_THAT(shop.text, Catch::Contains("port: auto}"));
  CHECK_THAT(all_todos(shop), Catch::Contains("NOT_SET"));
  const Proposed own =
      proposed(with(files, {{".env", "export PORT='8123' # ours\n"}}));
  CHECK_THAT(own.text, Catch::Contains("port: 8123}"));
}

TEST_CASE("A start command that is a line of a Procfile is none",
          "[plans][proposing]") {
  const Proposed shop = proposed(
      with(kFastApi, {{"render.yaml",
                       "services:\n- type: web\n  name: x\n"
                       "  startCommand: \"web: gunicorn app.main:app\"\n"}}));
  CHECK_THAT(shop.text, !Catch::Contains("web: gunicorn"));
  CHECK_THAT(all_todos(shop),
             Catch::Contains("render.yaml, line 4 says is no command"));
}

TEST_CASE("What the sources read is what the reader of all of them says",
          "[plans][proposing]") {
  const Proposed shop =
      proposed({{"Procfile", "web: node src/x.js\n"},
                {"package.json", R"({"dependencies": {"express": "4"}})"},
                {"lib/env.js",
                 "export function mustHave(name) {\n"
                 "  if (!process.env[name]) throw new Error(name);\n"
                 "  return process.env[name];\n}\n"},
                {"src/schema.js",
                 "export const env = z.object({\n  SHOP_ID: z.string(),\n})\n"
                 "  .parse(process.env);\n"},
                {"src/x.js",
                 "const key = mustHave('SHOP_KEY');\n"
                 "listen(mustHave('PORT'));\n"
                 "const region = process.env.SHOP_REGION;\n"}});
  // Read by a function of another file.
  CHECK_THAT(shop.text, Catch::Contains("# from PORT, which is read in "
                                        "src/x.js, line 2"));
  CHECK_THAT(shop.text, Catch::Contains("SHOP_KEY"));
  // That it is required no single line says.
  CHECK_THAT(shop.text, Catch::Contains("SHOP_ID: {from: env}"));
  CHECK_THAT(all_todos(shop),
             Catch::Contains("SHOP_REGION (src/x.js, line 3)"));
}

TEST_CASE("Files are programs by their language", "[plans][proposing]") {
  const Proposed php =
      proposed({{"Procfile", "web: php -S 0.0.0.0:8123 index.php\n"},
                {"index.php", "<?php\n$key = getenv('SHOP_KEY');\n"},
                {"build.gradle", "sign(System.getenv(\"SIGNING_KEY\"))\n"}});
  CHECK_THAT(all_todos(php), Catch::Contains("SHOP_KEY (index.php, line 2)"));
  CHECK_THAT(all_todos(php), !Catch::Contains("SIGNING_KEY (build.gradle"));
  const Proposed tsx = proposed(
      {{"package.json", R"({"scripts": {"start": "tsx src/server.tsx"}})"},
       {"src/server.tsx", "app.listen(4321)\n"}});
  CHECK_THAT(tsx.text, Catch::Contains("port: 4321}"));
}

TEST_CASE("The port of a backing service's address is not the app's",
          "[plans][proposing]") {
  const Proposed shop =
      proposed({{"package.json", R"({"scripts": {"start": "node x.js"}})"},
                {"x.js",
                 "cache('redis://localhost:6379');\ndb('me@localhost:5432');\n"
                 "console.log('on http://localhost:3210');\n"}});
  CHECK_THAT(shop.text, Catch::Contains("port: 3210}"));
}

TEST_CASE("A project seen from a folder has its files, and one list of all",
          "[plans][proposing]") {
  const TableOfFiles table(
      {{"a-b/x", ""}, {"a/b/y", ""}, {"a/x", ""}, {"a0/x", ""}, {"aa/x", ""}});
  const Project top(table);
  const Project folder = top.below("a");
  CHECK(folder.paths() == std::vector<std::string>{"b/y", "x"});
  CHECK(folder.below("b").paths() == std::vector<std::string>{"y"});
  CHECK(folder.below("c").paths().empty());
  // Each copy would have tens of thousands of paths.
  CHECK(&folder.below("b").top().paths() == &top.paths());
}

TEST_CASE("A version is what a file for it holds, and no number in a text",
          "[plans][proposing]") {
  const auto python = [](const char* text) {
    return proposed(with(kFastApi, {{".python-version", text}})).text;
  };
  CHECK_THAT(python("3.12.1\n"),
             Catch::Contains("made for Python 3.12 (.python-version)"));
  CHECK_THAT(python("# was 3.1 in the old days\n"),
             !Catch::Contains("made for"));
  CHECK_THAT(python("pypy3.10-7.3.1\n"), !Catch::Contains("made for"));
  const Files node = {
      {"package.json", R"({"scripts": {"start": "node x.js"}})"},
      {".nvmrc", "lts/*\n"},
      {".node-version", "v20\n"}};
  CHECK_THAT(proposed(node).text,
             Catch::Contains("made for Node 20 (.node-version)"));
  CHECK_THAT(proposed(with(node, {{".nvmrc", "v18.19.0\n"}})).text,
             Catch::Contains("made for Node 18.19 (.nvmrc)"));
}

}  // namespace rung::propose_test
