// rung audit on projects as they lie on a disk.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::e2e::audit_test {
namespace {

void put_file(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("audit says that the PORT of a Render service must stay",
          "[e2e][audit]") {
  const fakes::TempFolder project;
  const auto root = project.path();
  put_file(root / "package.json", "{\"scripts\": {\"start\": \"next start\"}}");
  put_file(root / "lib/db.js", "connect(process.env.DATABASE_URL)");
  put_file(root / ".env",
           "PORT=10000\nDATABASE_URL=postgres://u:hunter2hunter2@db/x\n"
           "OLD_FLAG=zzz-value\n");
  const Result text = rung({"audit"}, root);
  CHECK(text.exit == 0);
  CHECK_THAT(text.out, Catch::Contains(".env:1: PORT is set, and no source "
                                       "reads it"));
  CHECK_THAT(text.out, Catch::Contains("NOT safe to delete: read outside of "
                                       "your sources: the platform"));
  CHECK_THAT(text.out,
             Catch::Contains("-> safe to delete: no read in 3 files"));
  CHECK_THAT(text.out, !Catch::Contains("hunter2"));
  CHECK_THAT(text.out, !Catch::Contains("zzz-value"));

  const Result json = rung({"audit", ".", "--json"}, root);
  const auto told = nlohmann::json::parse(json.out);
  CHECK(told["errors"] == 0);
  for (const auto& key : told["keys"]) {
    if (key["name"] == "PORT") CHECK(key["safe_to_delete"] == "no");
    if (key["name"] == "OLD_FLAG") CHECK(key["safe_to_delete"] == "safe");
  }
}

TEST_CASE("audit calls nothing safe to delete that a package or bundle names",
          "[e2e][audit]") {
  const fakes::TempFolder project;
  const auto root = project.path();
  put_file(root / "package.json",
           "{\"scripts\": {\"start\": \"node dist/server.js\"}}");
  put_file(root / "dist/server.js", "const a=process.env.FROM_DIST");
  put_file(root / "node_modules/sdk/index.js", "process.env.FROM_PACKAGE");
  put_file(root / ".env", "FROM_DIST=1\nFROM_PACKAGE=1\nFROM_NOWHERE=1\n");
  const auto verdicts = [&] {
    std::map<std::string, std::string> all;
    const auto told = rung({"audit", "--json"}, root).json();
    for (const auto& key : told["keys"]) {
      all[key["name"]] = key["safe_to_delete"];
    }
    return all;
  };
  using Verdicts = std::map<std::string, std::string>;
  CHECK(verdicts() == Verdicts{{"FROM_DIST", "unknown"},
                               {"FROM_PACKAGE", "unknown"},
                               {"FROM_NOWHERE", "safe"}});
  put_file(root / "lib/app.jar", "PK");
  CHECK(verdicts()["FROM_NOWHERE"] == "unknown");
}

TEST_CASE("audit --against finds the variable that a clean-up deleted",
          "[e2e][audit]") {
  fakes::GitRepository repository;
  const auto root = repository.root();
  repository.commit_files(
      {{"server.js", "listen(3000)\n"},
       {".env.production", "PORT=10000\nUSED_NOWHERE=1\n"}});
  repository.check_out();
  put_file(root / ".env.production", "# cleaned up\n");
  const Result result = rung({"audit", "--against", "HEAD"}, root);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out,
             Catch::Contains("error    .env.production:1: PORT was removed "
                             "from .env.production since HEAD"));
  CHECK_THAT(result.out, Catch::Contains("put it back; NOT safe to delete"));
  CHECK_THAT(result.out, Catch::Contains("note     .env.production:2: "
                                         "USED_NOWHERE was removed"));
}

TEST_CASE("audit refuses what it cannot compare", "[e2e][audit]") {
  const fakes::TempFolder folder;
  CHECK(rung({"audit", "none.yaml"}, folder.path()).exit == 129);
  CHECK(rung({"audit", "--dialect", "x"}, folder.path()).exit == 129);
  CHECK(rung({"audit", "--env-file", "none.env"}, folder.path()).exit == 128);
  CHECK(rung({"audit", "--against", "main"}, folder.path()).exit == 128);
  put_file(folder.path() / "plan.yaml", "rung: 1\n");
  CHECK(rung({"audit", "plan.yaml"}, folder.path()).exit == 128);
}

TEST_CASE("audit survives any app.json", "[e2e][audit]") {
  const fakes::TempFolder folder;
  for (const char* env :
       {R"({"A1": {"required": "false"}})", R"({"A1": {"required": []}})",
        R"({"A1": 3})", R"([1])"}) {
    CAPTURE(env);
    put_file(folder.path() / "app.json",
             R"({"env": )" + std::string(env) + "}");
    CHECK(rung({"audit"}, folder.path()).exit == 0);
  }
}

TEST_CASE("audit takes a plan's env files for the plan's environment",
          "[e2e][audit]") {
  const fakes::TempFolder folder;
  put_file(folder.path() / "app.py",
           "import os\nx = os.environ['REGION_X'], os.environ['SHOP_KEY']\n");
  put_file(folder.path() / ".env", "SHOP_KEY=1\n");
  put_file(folder.path() / "plan.yaml",
           "rung: 1\nname: shop\nstart: python3 app.py\n"
           "env: {REGION_X: eu}\nenv_files: [.env]\nphases: [{name: one}]\n");
  const Result result = rung({"audit", "plan.yaml"}, folder.path());
  CAPTURE(result.out, result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out, Catch::Contains("0 errors, 0 warnings in 1"));
}

TEST_CASE("audit names the file and the line of a plan's env file",
          "[e2e][audit]") {
  const fakes::TempFolder folder;
  put_file(folder.path() / "a.env", "X1=1\nSHOP_KEY=1\n");
  put_file(folder.path() / "b.env", "# late\n\nSHOP_KEY=2\nLEVEL_X=3\n");
  put_file(folder.path() / "plan.yaml",
           "rung: 1\nname: shop\nstart: python3 app.py\nenv_files: [a.env]\n"
           "phases: [{name: one, env_files: [b.env], env: {LEVEL_X: 4}}]\n");
  const Result result = rung({"audit", "plan.yaml"}, folder.path());
  CHECK_THAT(result.out, Catch::Contains("a.env:1: X1 is set"));
  CHECK_THAT(result.out, Catch::Contains("b.env:3: SHOP_KEY is set"));
  CHECK_THAT(result.out, Catch::Contains("plan.yaml: LEVEL_X is set"));
}

TEST_CASE("audit compares a plan's environment with the sources",
          "[e2e][audit]") {
  const fakes::TempFolder folder;
  const auto root = folder.path();
  put_file(root / "app.py",
           "import os\ntoken = os.environ['SHOP_TOKEN']\n"
           "key = os.environ['SHOP_KEY']\n");
  put_file(root / "plan.yaml",
           "rung: 1\nname: shop\nstart: python3 app.py\n"
           "env: {LEVEL_X: info}\n"
           "secrets: {SHOP_KEY: {from: env, name: SHOP_KEY}}\n"
           "phases: [{name: one}]\n");
  const Result result = rung({"audit", "plan.yaml"}, root);
  CAPTURE(result.out, result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Catch::Contains("error    app.py:2: SHOP_TOKEN is "
                                         "required and set in no environment"));
  CHECK_THAT(result.out, !Catch::Contains("SHOP_KEY is required"));
}

TEST_CASE("audit finds a listener that a deployment does not reach",
          "[e2e][audit]") {
  const fakes::TempFolder folder;
  const auto root = folder.path();
  put_file(root / "app.py",
           "from flask import Flask\napp = Flask(__name__)\n"
           "if __name__ == '__main__':\n    app.run(port=8000)\n");
  CHECK(rung({"audit"}, root).out.find("loopback") == std::string::npos);
  put_file(root / "plan.yaml",
           "rung: 1\nname: shop\nstart: python3 app.py\n"
           "targets: {here: {adapter: local, emulate: render, port: 10000}}\n"
           "phases: [{name: one}]\n");
  const Result plan = rung({"audit", "plan.yaml"}, root);
  CAPTURE(plan.out, plan.log);
  CHECK(plan.exit == 1);
  CHECK_THAT(plan.out,
             Catch::Contains("error    app.py:4: app.run() listens on "
                             "127.0.0.1, its default, and plan.yaml starts"));
  CHECK_THAT(plan.out,
             Catch::Contains("warning  app.py:4: app.run() names port 8000, "
                             "and requests go to port 10000 (plan.yaml)"));
  put_file(root / "Dockerfile",
           "FROM python\nENTRYPOINT [\"uvicorn\", \"app:app\"]\n");
  const auto json = rung({"audit", "--json"}, root).json();
  const auto& finding = json["findings"][0];
  CHECK(finding["level"] == "warning");
  CHECK(finding["kind"] == "loopback");
  CHECK(finding["place"] == "Dockerfile:2");
}

TEST_CASE("audit compares URLs and platforms and shows no password",
          "[e2e][audit]") {
  const fakes::TempFolder folder;
  const auto root = folder.path();
  put_file(root / "server.js", "listen(process.env.DATABASE_URL)\n");
  put_file(root / "nixpacks.toml", "[start]\n");
  put_file(root / "live.env",
           "DATABASE_URL=postgres://postgres:hunter2hunter2@aws-0-eu-west-1"
           ".pooler.supabase.com:6543/postgres\n"
           "API_URL=https://shop.up.railway.app/\n");
  put_file(root / "plan.yaml",
           "rung: 1\nname: shop\nstart: node server.js\n"
           "env_files: [live.env]\n"
           "targets: {here: {adapter: local, emulate: render}}\n"
           "phases: [{name: one}]\n");
  const Result plan = rung({"audit", "plan.yaml"}, root);
  CAPTURE(plan.out, plan.log);
  CHECK(plan.exit == 1);
  CHECK_THAT(plan.out,
             Catch::Contains("error    live.env:1: DATABASE_URL (Supabase's "
                             "shared pooler, port 6543) has a user without"));
  CHECK_THAT(plan.out,
             Catch::Contains("belongs to Railway: nixpacks.toml, a host of "
                             "up.railway.app in API_URL"));
  CHECK_THAT(plan.out, !Catch::Contains("hunter2"));
  const Result folder_alone = rung({"audit", "--env-file", "live.env"}, root);
  CHECK_THAT(folder_alone.out,
             Catch::Contains("error    live.env:1: DATABASE_URL"));
  CHECK_THAT(folder_alone.out, !Catch::Contains("Railway"));
}

TEST_CASE("audit compares imports with the files that name packages",
          "[e2e][audit]") {
  const fakes::TempFolder folder;
  const auto root = folder.path();
  put_file(root / "app/main.py",
           "import yaml, bs4, redis, flask, dotenv\nfrom . import more\n");
  put_file(root / "app/more.py", "import requests, numpy, app.main\n");
  put_file(root / "Procfile", "web: gunicorn app.main:app\n");
  put_file(root / "requirements/base.txt",
           "flask==3.0 # web\n-r x.txt\ncelery[redis]>=5\n"
           "git+https://example.com/a/python-dotenv.git@v1\n"
           "requests==2.31.0 \\\n    --hash=sha256:00\n");
  put_file(root / "Dockerfile", "RUN pip install --no-cache 'bs4>1'\n");
  Result result = rung({"audit"}, root);
  CAPTURE(result.out);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out,
             Catch::Contains("warning  app/main.py:1: imports yaml, and "
                             "requirements/base.txt names no package for it"));
  CHECK_THAT(result.out,
             Catch::Contains("add PyYAML to requirements/base.txt"));
  for (const char* name :
       {"bs4", "redis", "flask", "dotenv", "requests", "numpy", "app"}) {
    CHECK_THAT(result.out, !Catch::Contains(std::string("imports ") + name));
  }
  // A lock file says all that is installed.
  put_file(root / "poetry.lock", "[[package]]\nname = \"flask\"\n");
  put_file(root / "pyproject.toml",
           "[tool.poetry.dependencies]\npython = \"^3.10\"\nFlask = \"^3\"\n");
  put_file(root / ".python-version", "3.8\n");
  result = rung({"audit"}, root);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Catch::Contains("error    app/more.py:1: imports "
                                         "numpy"));
  CHECK_THAT(result.out,
             Catch::Contains(".python-version: asks for Python 3.8, and "
                             "pyproject.toml:2 requires ^3.10"));
}

TEST_CASE("audit compares imports with package.json", "[e2e][audit]") {
  const fakes::TempFolder folder;
  const auto root = folder.path();
  put_file(root / "server.js",
           "const express = require('express'), cors = require('cors')\n"
           "const fs = require('node:fs'), path = require('path/posix')\n"
           "const a = require('@app/a'), b = require('shared')\n"
           "const dev = require('nodemon')\n");
  put_file(root / "web/a.ts",
           "import type { A } from 'a-types'\nimport x from '~/x'\n"
           "import s from 'virtual:s'\nimport { h } from 'har-format'\n");
  put_file(root / "server.test.js", "require('jest-extended')\n");
  put_file(root / "shared/package.json", "{\"name\": \"shared\"}");
  put_file(root / "tsconfig.json",
           "{\"compilerOptions\": {\"paths\": {\"@app/a/*\": [\"./a/*\"]}}}");
  put_file(root / "package.json",
           "{\"scripts\": {\"start\": \"node server\"},\n"
           "\"dependencies\": {\"express\": \"4\"}, \"engines\": {\"node\": "
           "\">=18.17\"},\n\"devDependencies\": {\"nodemon\": \"3\", "
           "\"@types/har-format\": \"1\"}}");
  put_file(root / "Procfile", "web: npm start\n");
  put_file(root / ".nvmrc", "v16\n");
  Result result = rung({"audit"}, root);
  CAPTURE(result.out);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out, Catch::Contains("3 warnings"));
  CHECK_THAT(result.out, Catch::Contains("warning  server.js:1: imports cors, "
                                         "and package.json names no package"));
  CHECK_THAT(result.out, Catch::Contains("warning  server.js:4: the start "
                                         "command runs this, it imports "
                                         "nodemon"));
  CHECK_THAT(result.out, Catch::Contains(".nvmrc: asks for Node 16, and "
                                         "package.json requires >=18.17"));
  put_file(root / "package-lock.json",
           "{\"packages\": {\n\"node_modules/express\": {\n}}}");
  result = rung({"audit"}, root);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Catch::Contains("error    server.js:1: imports cors"));
}

}  // namespace rung::e2e::audit_test
