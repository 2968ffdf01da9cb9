// What is proposed for small projects: tables of files, and the plan that the
// plan reader reads back.
#include <catch2/catch.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "plans/proposing/toml_lines.hpp"
#include "plans/reading/yaml_document.hpp"
#include "tests/plans/proposing/table_of_files.hpp"

namespace rung::propose_test {

TEST_CASE("A FastAPI app gets its server, its health route and an environment "
          "of its own",
          "[plans][proposing]") {
  const Proposed shop = proposed(kFastApi);
  CHECK(shop.todos.empty());
  CHECK(shop.plan->runtime == "python");
  CHECK(shop.plan->start ==
        "export PATH=\"$PWD/.venv/bin:$PATH\"; exec uvicorn app.main:app "
        "--host 0.0.0.0 --port \"$PORT\"");
  CHECK_THAT(shop.text,
             Catch::Contains("{http: /health}  # from app/main.py, line 5"));
  CHECK_THAT(shop.text, Catch::Contains("port: auto}"));
  REQUIRE(shop.plan->phases.size() == 1);
}

TEST_CASE("A Procfile decides how an app starts, with its line as a comment",
          "[plans][proposing]") {
  const Proposed shop =
      proposed(with(kFastApi, {{"Procfile", "# ours\r\nweb: uvicorn app.main:app "
                                            "--port 9000\r\n"
                                            "release: alembic upgrade head\n"}}));
  CHECK_THAT(shop.plan->start,
             Catch::EndsWith("exec uvicorn app.main:app --port 9000"));
  CHECK_THAT(shop.text, Catch::Contains("# from Procfile, line 2"));
  CHECK_THAT(shop.text, Catch::Contains("port: 9000}"));
  CHECK_THAT(all_todos(shop), Catch::Contains("Procfile, line 3 runs a command "
                                              "before each release"));
}

TEST_CASE("A database that the app cannot start without is in the first phase, "
          "another in a phase of its own",
          "[plans][proposing]") {
  const bool has_default = GENERATE(true, false);
  const std::string read =
      has_default ? "os.environ.get(\"DATABASE_URL\", \"sqlite:///x\")"
                  : "os.environ[\"DATABASE_URL\"]";
  const Proposed shop = proposed(with(
      kFastApi,
      {{"app/db.py", "import os\nURL = " + read + "\n"},
       {"docker-compose.yml",
        "services:\n"
        "  web:\n    build: .\n    environment:\n"
        "      DATABASE_URL: postgresql+asyncpg://bob:hunter2xyz@db/shop\n"
        "  db:\n    image: postgres:15\n"}}));
  CHECK_THAT(shop.text, !Catch::Contains("hunter2xyz"));
  CHECK_THAT(shop.text, !Catch::Contains("bob"));
  REQUIRE(shop.plan->phases.size() == 2);
  CHECK(shop.plan->phases[1].name == "database");
  const auto& where = shop.plan->phases[has_default ? 1 : 0];
  CHECK(where.services.size() == 1);
  CHECK(where.env.count("DATABASE_URL") == 1);
  CHECK_THAT(shop.text,
             Catch::Contains("DATABASE_URL: postgresql+asyncpg://postgres@"
                             "127.0.0.1:${services.postgres.port}/postgres"));
  // The gate looks where the app looks.
  CHECK_THAT(shop.text, Catch::Contains("postgres: \"$DATABASE_URL\""));
  CHECK_THAT(shop.text, Catch::Contains("docker-compose.yml, line 6: image "
                                        "postgres:15"));
}

TEST_CASE("No value of an example of an env file, and no secret of any file, "
          "enters the plan",
          "[plans][proposing]") {
  const Proposed shop = proposed(with(
      kFastApi,
      {{".env.example",
        "STRIPE=from-example\nREDIS_URL=redis://:pass-word1@cache:6379\n"},
       {".env", "DEBUG=value-of-env\n"},
       {"render.yaml",
        "services:\n- type: web\n  name: x\n  envVars:\n"
        "  - {key: API_TOKEN, value: tok-value}\n"
        "  - {key: LOG_LEVEL, value: info}\n"
        "  - {key: ODD, value: 'postgres://u:p4ssw0rd@h/d'}\n"},
       {"app/s.py", "import os\nK = os.environ[\"SECRET_KEY\"]\n"}}));
  for (const char* value : {"from-example", "pass-word1", "value-of-env",
                            "tok-value", "p4ssw0rd"}) {
    CAPTURE(value);
    CHECK_THAT(shop.text, !Catch::Contains(value));
  }
  CHECK_THAT(shop.text, Catch::Contains("LOG_LEVEL: info"));
  CHECK_THAT(shop.text, Catch::Contains("SECRET_KEY: {from: env}"));
  CHECK_THAT(shop.text, Catch::Contains("file: \".env\", dialect: "
                                        "dotenv-python"));
  CHECK_THAT(all_todos(shop), Catch::Contains("STRIPE"));
  // A TODO is told with the line that has it.
  for (const PlanTodo& todo : shop.todos) {
    std::string line;
    std::istringstream lines(shop.text);
    for (std::size_t i = 0; i < todo.line; ++i) std::getline(lines, line);
    CHECK_THAT(line, Catch::EndsWith("# TODO: " + todo.what));
  }
}

TEST_CASE("A start command with a secret in it is not taken over",
          "[plans][proposing]") {
  const Proposed shop = proposed(with(
      kFastApi,
      {{"Procfile",
        "web: DATABASE_URL=postgres://u:s3cretpass@h/d uvicorn app.main:app\n"}}));
  CHECK_THAT(shop.text, !Catch::Contains("s3cretpass"));
  CHECK_THAT(all_todos(shop), Catch::Contains("seems to have a secret"));
}

TEST_CASE("Apps of many kinds are known by their files", "[plans][proposing]") {
  struct Case {
    const char *kind, *start, *port;
    Files files;
  };
  const std::vector<Case> cases = {
      {"a Flask app", "exec flask run", "auto",
       {{"requirements.txt", "flask\n"}, {"app.py", "app = Flask(__name__)\n"}}},
      {"a Flask app", "exec gunicorn --bind \"0.0.0.0:$PORT\" app:app", "auto",
       {{"requirements.txt", "Flask==2\ngunicorn\n"},
        {"app.py", "app = Flask(__name__)\n"}}},
      {"a Django app", "exec gunicorn --bind \"0.0.0.0:$PORT\" site_.wsgi",
       "auto",
       {{"requirements.txt", "Django\ngunicorn\n"},
        {"manage.py",
         "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n"},
        {"site_/wsgi.py", ""}}},
      {"an Express app", "exec node server.js", "3000",
       {{"package.json",
         R"({"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}})"},
        {"server.js", "app.listen(3000)\n"}}},
      {"an Express app", "exec npm start", "auto",
       {{"package.json",
         R"({"scripts": {"start": "ts-node src/x.ts | tee log"}, "dependencies": {"express": "4"}})"},
        {"src/x.ts", "app.listen(process.env.PORT || 3000)\n"}}},
      {"a Next app", "exec npx next start -p \"$PORT\"", "auto",
       {{"package.json", R"({"dependencies": {"next": "14"}})"}}},
      {"a Rails app", "rails server", "auto",
       {{"Gemfile", "gem \"rails\"\n"}, {"config.ru", ""}}},
      {"a Go service", "exec bin/service", "8080",
       {{"go.mod", "module x\n"},
        {"cmd/server/main.go",
         "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n"}}},
      {"a Rust service", "exec target/release/x", "auto",
       {{"Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\nrocket = \"0.5\"\n"},
        {"src/main.rs", ""}}},
      {"a static site", "http.server", "auto", {{"index.html", "<html>"}}},
      {"an image", "", "8080", {{"Dockerfile", "FROM scratch\nEXPOSE 8080\n"}}}};
  for (const Case& c : cases) {
    CAPTURE(c.kind, c.start);
    const Proposed found = proposed(c.files);
    REQUIRE(found.apps.size() == 1);
    CHECK(found.apps.front().known.app.what == c.kind);
    CHECK_THAT(found.plan->start, Catch::Contains(c.start));
    CHECK_THAT(found.text,
               Catch::Contains(std::string(", port: ") + c.port + '}'));
  }
}

TEST_CASE("Several apps are listed, one below is taken, a library is none",
          "[plans][proposing]") {
  const Files api = {{"api/requirements.txt", "flask\n"},
                     {"api/app.py", "app = Flask(__name__)\n"}};
  const Proposed one = proposed(api);
  REQUIRE(one.apps.size() == 1);
  CHECK(one.plan->path == "api");
  const Files both = with(
      api, {{"web/package.json", R"({"scripts": {"start": "node x.js"}})"},
            {"tests/app/package.json", R"({"scripts": {"start": "node x"}})"}});
  const Proposed two = proposed(both);
  REQUIRE(two.apps.size() == 2);
  CHECK(two.apps[0].folder == "api");
  CHECK(two.apps[1].folder == "web");
  CHECK(proposed(both, "web").plan->path == "web");
  CHECK(proposed({{"pyproject.toml", "[project]\nname = \"lib\"\n"},
                  {"lib/__init__.py", ""}})
            .apps.empty());
  CHECK(proposed({{"package.json", R"({"main": "index.js"})"},
                  {"index.js", ""}})
            .apps.empty());
  CHECK(proposed({{"package.json", "{}"}, {"server.js", ""}}).apps.size() == 1);
  CHECK(proposed({{"package.json", R"({"dependencies": {"koa": "2"}})"}})
            .apps.empty());
  CHECK(proposed({}).apps.empty());
}

TEST_CASE("A health route counts only if its whole path is known",
          "[plans][proposing]") {
  const Files router = {
      {"requirements.txt", "fastapi\nuvicorn\n"},
      {"ping.py", "router = APIRouter()\n@router.get(\"/ping\")\n"}};
  const std::string main = "app = FastAPI()\napp.include_router(ping.router";
  const Proposed plain =
      proposed(with(router, {{"main.py", main + ")\n"}}));
  CHECK_THAT(plain.text, Catch::Contains("{http: /ping}"));
  const Proposed prefixed =
      proposed(with(router, {{"main.py", main + ", prefix=\"/v1\")\n"}}));
  CHECK_THAT(prefixed.text, Catch::Contains("{http: /, status: [2xx, 3xx, 4xx]}"));
  CHECK_THAT(all_todos(prefixed),
             Catch::Contains("ping.py, line 2 has the route /ping"));
}

TEST_CASE("Any files give a valid plan, or none", "[plans][proposing]") {
  // Pieces of real files, cut and mixed: nothing may throw but a failed check.
  static const std::vector<std::string> kPieces = {
      "web: gunicorn app:app\n", "web: web: x\n", "web: '\n", "web: a # b: c\n",
      "web: \xff\xfe: - [x\n", "{\"scripts\": {\"start\": \"node a: b\"}}",
      "{\"scripts\": 3, \"dependencies\": []}", "services:\n  - type: web\n",
      "services: {web: {build: ., ports: [\"80:${X}\"], environment: [A, B=1]}}",
      "services:\n  db: {image: 'postgres:1'}\n", "    startCommand: \"a\tb\"\n",
      "FROM x\nCMD [\"a\", 3]\nEXPOSE $PORT\n", "CMD [\"sh\", \"-c\", \"x\"]\n",
      "app = Flask(__name__)\n", "X = os.environ['${services.db.port}']\n",
      "K = os.environ['TRUE']\n", "[deploy]\nstartCommand = '''\n",
      "[http_service]\n  internal_port = 99999\n", "- &a *a\n", "\r\r\n", "\t",
      "{", "[[[[", "flask\n", "-e .\n", "[package]\nname = \"../../x: #\"\n",
      std::string(3000, 'a'), "NULL=1\nyes=2\nx-y=3\n", "package main\n",
      "[env]\nTRUE = \"0x1F\"\nA = \": #\"\nB = \"${services.x.port}\"\n"};
  static const std::vector<std::string> kNames = {
      "Procfile", "package.json", "render.yaml", "docker-compose.yml",
      "Dockerfile", "app.py", "requirements.txt", "fly.toml", "railway.toml",
      "Cargo.toml", "go.mod", "main.go", ".env", ".env.example", "app.json",
      "railway.json", "nixpacks.toml", "index.html", "src/main.rs",
      "a\nb/Procfile", "\xff/Procfile", "x: #/Procfile", "manage.py", "Gemfile",
      "config.ru", "pyproject.toml", "Pipfile", "urls.py", ".python-version"};
  const unsigned seed = 20261130;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t count) { return random() % count; };
  std::size_t plans = 0;
  for (int round = 0; round < 3000; ++round) {
    Files files;
    for (std::size_t n = 1 + below(7); n > 0; --n) {
      std::string& text = files[kNames[below(kNames.size())]];
      for (std::size_t k = 1 + below(3); k > 0; --k) {
        std::string more = kPieces[below(kPieces.size())];
        if (below(4) == 0) more.resize(below(more.size() + 1));
        text += more;
      }
    }
    CAPTURE(round);
    if (proposed(files).plan) ++plans;
  }
  CHECK(plans > 300);  // else the pieces fit no file any more
}

TEST_CASE("A YAML scalar reads back as the text", "[plans][proposing]") {
  for (const char* text :
       {"plain", "a b", "true", "NO", "1.10", "~", "", "a: b", "a #b", "x:",
        "- a", "\"", "'", "{a}", "0x1f", ".5", ".", "./run --x", "a\tb",
        "${services.postgres.port}", "\xc3\xa9", "*a", "&a", "!x", "@x", "%x",
        ".inf", "null ", " a", "exec a && b \"$PORT\"", "unset"}) {
    CAPTURE(text);
    const std::string yaml = "k: " + yaml_scalar(text) + "\n";
    const YamlNode node = parse_yaml(yaml, "x");
    CHECK(node.find("k")->text == text);
    CHECK(node.find("k")->json == std::string(text));
  }
}

TEST_CASE("TOML lines have their tables, strings and lists",
          "[plans][proposing]") {
  const auto lines = toml_lines(
      "a = 1 # c\n[t.u]\n\"k\" = \"v # x\"\nlist = [\n  \"a\", # b\n  'c']\n"
      "[[x]]\ny = '''\nz = 1\n'''\nw = true\n");
  CHECK(find_toml(lines, "", "a")->value == "1");
  CHECK(find_toml(lines, "t.u", "k")->value == "v # x");
  CHECK(find_toml(lines, "t.u", "list")->list ==
        std::vector<std::string>{"a", "c"});
  CHECK(find_toml(lines, "x", "z") == nullptr);
  CHECK(find_toml(lines, "x", "w")->value == "true");
}

}  // namespace rung::propose_test
