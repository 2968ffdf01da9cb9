#include "core/audit/audit.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/audit/audit_text.hpp"
#include "core/audit/source_collection.hpp"

namespace rung::audit_test {
namespace {

AuditColumn column(const std::string& name,
                   const std::map<std::string, std::string>& values,
                   bool example = false) {
  AuditColumn made{.name = name, .file = name, .example = example, .cells = {}};
  int line = 0;
  for (const auto& [key, value] : values) {
    made.cells[key] = audit_cell("key of a test", value, ++line);
  }
  return made;
}

Audit audit_of(const std::vector<std::pair<std::string, std::string>>& files,
               std::vector<AuditColumn> columns,
               std::vector<AuditRemoval> removed = {}) {
  SourceCollection sources;
  for (const auto& [path, text] : files) sources.add(path, text);
  AuditInput input;
  input.columns = std::move(columns);
  input.reads = sources.reads();
  input.files = sources.size();
  input.removed = std::move(removed);
  input.against = "main";
  std::set<std::string> names;
  for (const auto& one : input.columns) {
    for (const auto& [name, cell] : one.cells) names.insert(name);
  }
  for (const auto& use : input.reads.uses) names.erase(use.name);
  MentionSearch search(names);
  sources.look_for_mentions(search);
  input.mentions = search.found();
  return audited(input);
}

const AuditKey& key_of(const Audit& audit, const std::string& name) {
  const auto it =
      std::find_if(audit.keys.begin(), audit.keys.end(),
                   [&](const AuditKey& key) { return key.name == name; });
  REQUIRE(it != audit.keys.end());
  return *it;
}

/// "error missing A", one a line.
std::string told(const Audit& audit) {
  std::string text;
  for (const AuditFinding& f : audit.findings) {
    text += std::string(to_string(f.level)) + ' ' + f.kind + ' ' + f.name + '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("What is required and set nowhere is an error", "[core][audit]") {
  const auto c = GENERATE(values<std::pair<const char*, const char*>>({
      {"x = os.environ['AA1']", "error missing AA1\n"},
      {"x = os.getenv('AA1')", "note unset \n"},
      {"x = os.getenv('AA1', '3')", ""},
      {"x = os.environ['PORT']", ""},  // the platform sets it
  }));
  CAPTURE(c.first);
  CHECK(told(audit_of({{"a.py", c.first}}, {column(".env", {})})) == c.second);
  // Nobody knows an environment: then nothing is missing in it.
  CHECK(told(audit_of({{"a.py", c.first}},
                      {column(".env.example", {{"X1", ""}}, true)})) == "");
}

TEST_CASE("A read that the program guards against is no error",
          "[core][audit]") {
  const auto missing = [](const std::string& text) {
    return told(audit_of({{"a.py", "import os\n" + text + '\n'}},
                         {column(".env", {})}));
  };
  const std::string error = "error missing AA1\n";
  const char* read = "    x = os.environ['AA1']";
  const auto c = GENERATE(values<const char*>({
      "if 'AA1' in os.environ:\n",
      "if os.environ.get('AA1'):\n",
      "if ready and os.getenv('AA1'):\n",
      "if 'AA1' not in os.environ:\n    pass\nelse:\n",
      "os.environ['AA1'] = '1'\nif x:\n",
      "def f():\n    if not os.environ.get('AA1'):\n        return\n",
  }));
  CAPTURE(c);
  CHECK(missing(c + std::string(read)) == "");
  CHECK(missing("x = os.environ['AA1'] if 'AA1' in os.environ else 1") == "");
  CHECK(missing("try:\n" + std::string(read) +
                "\nexcept KeyError:\n    x = 1") == "");
  CHECK(missing("try:\n" + std::string(read) +
                "\nexcept KeyError:\n    raise SystemExit('no AA1')") == error);
  CHECK(missing("x = (\n    os.environ['AA1']\n    if 'AA1' in os.environ\n"
                "    else None\n)") == "");
  CHECK(missing("x = os.environ['AA1']\nif 'AA1' in os.environ:\n    pass") ==
        error);
  CHECK(missing("if 'BB1' in os.environ:\n" + std::string(read)) == error);
  CHECK(missing("if x:\n" + std::string(read)) == error);
  // Settings of Flask are no environment, those of decouple are.
  CHECK(missing("u = current_app.config.get('AA1')") == "");
  CHECK(missing("from decouple import config\nu = config.get('AA1')") == error);
}

TEST_CASE("What a script declares is its own, whatever the flags",
          "[core][audit]") {
  const auto missing = [](const char* text) {
    return told(audit_of({{"run.sh", text}}, {column(".env", {})}));
  };
  CHECK(missing("set -u\nf() {\n  local -r AA1=\"${BB1:-x}\"\n  a \"$AA1\"\n}")
            .find("AA1") == std::string::npos);
  CHECK(missing("local -i -r AA1=1\necho ${AA1:?no}") == "");
  CHECK(missing("echo ${AA1:?no}") == "error missing AA1\n");
}

TEST_CASE("A compose file of another stack requires nothing of the service",
          "[core][audit]") {
  const auto missing = [](const char* path) {
    return told(
        audit_of({{path, "a: ${AA1?not set}\n"}}, {column(".env", {})}));
  };
  CHECK(missing("docker-compose.yml") == "error missing AA1\n");
  CHECK(missing("compose.prod.yaml") == "error missing AA1\n");
  CHECK(missing("docker-compose.traefik.yml") == "");
}

TEST_CASE("What a manifest asks for without a value is no error and not given",
          "[core][audit]") {
  const auto missing = [](const char* manifest) {
    return told(audit_of(
        {{"a.py", "x = os.environ['AA1']"}, {"compose.yaml", manifest}},
        {column(".env", {})}));
  };
  CHECK(missing("services:\n  a:\n    environment:\n      AA1: 3\n") == "");
  CHECK(missing("services:\n  a:\n    environment:\n      - AA1\n") ==
        "warning missing AA1\n");
}

TEST_CASE("Only a file of that stage shares secrets with production",
          "[core][audit]") {
  const auto shared = [](const char* one, const char* other) {
    return told(audit_of(
        {{"a.py", "x = os.environ['A_TOKEN']"}},
        {column(one, {{"A_TOKEN", "q"}}), column(other, {{"A_TOKEN", "q"}})}));
  };
  CHECK(shared(".env.production", ".env.staging") ==
        "warning shared-secret A_TOKEN\n");
  CHECK(shared(".env.prod", "Dev.env") == "warning shared-secret A_TOKEN\n");
  CHECK(shared(".env.delivery", ".env.dev") == "");
  CHECK(shared(".env.production", ".env.latest") == "");
}

TEST_CASE("What tests and examples read no service needs", "[core][audit]") {
  const auto missing = [](const char* path) {
    return told(
        audit_of({{path, "x = os.environ['AA1']"}}, {column(".env", {})}));
  };
  for (const char* path : {"tests/a.py", "contests/tests/a.py", "a_test.py",
                           "Docs/a.py", "scripts/a.py", "x/conftest.py"}) {
    CAPTURE(path);
    CHECK(missing(path) == "");
  }
  for (const char* path : {"contests/a.py", "latest.py", "attest/a.py"}) {
    CAPTURE(path);
    CHECK(missing(path) == "error missing AA1\n");
  }
}

TEST_CASE("What production lacks is an error, elsewhere a warning",
          "[core][audit]") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a.py", "x = os.environ['TOKEN_A']"}};
  CHECK(told(audit_of(files, {column(".env.staging", {{"TOKEN_A", "1"}}),
                              column(".env.production", {})})) ==
        "error missing TOKEN_A\n");
  CHECK(told(audit_of(files, {column(".env.staging", {}),
                              column(".env.production", {{"TOKEN_A", "1"}})})) ==
        "warning missing TOKEN_A\n");
  // .env lies below the others.
  CHECK(told(audit_of(files, {column(".env", {{"TOKEN_A", "1"}}),
                              column(".env.production", {})})) == "");
}

TEST_CASE("Only what nothing can read is safe to delete", "[core][audit]") {
  struct Case {
    const char *path, *text, *name;
    AuditDelete verdict;
  };
  const auto c = GENERATE(values<Case>({
      {"a.js", "run()", "OLD_THING", AuditDelete::safe},
      {"a.js", "run()", "PORT", AuditDelete::no},
      {"a.js", "run()", "NODE_ENV", AuditDelete::no},
      {"a.js", "run()", "PYTHON_VERSION", AuditDelete::no},
      // Names that begin like known ones prove nothing.
      {"a.js", "run()", "RENDER_EXTERNAL_URL", AuditDelete::unknown},
      {"a.js", "run()", "APP_OLD_FLAG", AuditDelete::unknown},
      {"a.js", "run()", "GOAL_COUNT", AuditDelete::safe},
      {"a.js", "run()", "PGHOST", AuditDelete::no},
      {"a.js", "run()", "AWS_REGION", AuditDelete::no},
      {"a.js", "run()", "SENTRY_DSN", AuditDelete::no},
      {"a.js", "run()", "NEXT_PUBLIC_X", AuditDelete::unknown},
      {"a.js", "run()", "DJANGO_SETTINGS_MODULE", AuditDelete::no},
      {"a.js", "use(process.env.OLD_THING || 1)", "OLD_THING", AuditDelete::no},
      {"a.js", "function f(x) { y = x; return process.env[y]; }", "OLD_THING",
       AuditDelete::unknown},
      {"a.js", "use(process.env[`OLD_${x}`])", "OLD_THING",
       AuditDelete::unknown},
      {"a.js", "use(process.env[`NEW_${x}`])", "OLD_THING", AuditDelete::safe},
      {"a.js", "read('OLD_THING')", "OLD_THING", AuditDelete::unknown},
      {"a.odd", "OLD_THING", "OLD_THING", AuditDelete::unknown},
      {"README.md", "OLD_THING", "OLD_THING", AuditDelete::safe},
      // Env files set it, and may need it.
      {".env", "OLD_THING=1\n", "OLD_THING", AuditDelete::safe},
      {".env", "OLD_THING=1\nB=https://${OLD_THING}/\n", "OLD_THING",
       AuditDelete::unknown},
      {".envrc", "echo $OLD_THING\n", "OLD_THING", AuditDelete::no},
      {"compose.yaml", "x:\n  environment:\n    OLD_THING:\n", "OLD_THING",
       AuditDelete::no},
  }));
  CAPTURE(c.path, c.text, c.name);
  const Audit audit =
      audit_of({{c.path, c.text}}, {column(".env", {{c.name, "1"}})});
  const AuditKey& key = key_of(audit, c.name);
  CHECK(to_string(key.can_delete) == to_string(c.verdict));
  CHECK(key.against_deleting.empty() == (c.verdict == AuditDelete::safe));
}

TEST_CASE("The clean-up that deleted PORT is told as such", "[core][audit]") {
  const Audit audit =
      audit_of({{"package.json", "{\"scripts\": {\"start\": \"next start\"}}"}},
               {column(".env", {})}, {{"PORT", ".env", 3}});
  REQUIRE(audit.findings.size() == 1);
  const AuditFinding& finding = audit.findings[0];
  CHECK(finding.level == AuditLevel::error);
  CHECK(finding.text == "PORT was removed from .env since main");
  CHECK_THAT(finding.action, Catch::Contains("NOT safe to delete"));
  CHECK_THAT(finding.action, Catch::Contains("Render"));
}

TEST_CASE("Names that look alike, and secrets that are shared",
          "[core][audit]") {
  const Audit audit =
      audit_of({{"a.js", "connect(process.env.DATABASE_URI)"},
                {"b.js", "sign(process.env.JWT_SECRET)"}},
               {column(".env.production",
                       {{"DATABSE_URI", "1"}, {"JWT_SECRET", "abc-def-ghi"}}),
                column(".env.staging", {{"JWT_SECRET", "abc-def-ghi"}})});
  CHECK(told(audit) ==
        "warning look-alike DATABSE_URI\nwarning shared-secret JWT_SECRET\n"
        "note unset \n");
  CHECK(key_of(audit, "JWT_SECRET").states ==
        std::vector<std::string>{"equal", "equal"});
  CHECK(key_of(audit, "DATABSE_URI").states ==
        std::vector<std::string>{"set", "missing"});
}

TEST_CASE("No output has a value", "[core][audit]") {
  const std::string secret = "hunter2-hunter2";
  const Audit audit = audit_of(
      {{"a.py", "x = os.getenv('API_KEY', '" + secret + "')"}},
      {column(".env.production", {{"API_KEY", secret}, {"OTHER", secret}}),
       column(".env.staging", {{"API_KEY", "CHANGEME"}, {"OTHER", ""}})});
  const std::string text = audit_text(audit), json = audit_json(audit).dump();
  CHECK(text.find(secret) == text.npos);
  CHECK(json.find(secret) == json.npos);
  CHECK(key_of(audit, "API_KEY").states ==
        std::vector<std::string>{"set", "placeholder"} );
  CHECK(key_of(audit, "OTHER").states ==
        std::vector<std::string>{"set", "empty"});
}

TEST_CASE("A source may be called env", "[core][audit]") {
  for (const char* name : {".env", ".env.production", "prod.env",
                           "env.example", ".flaskenv"}) {
    CHECK(is_env_file_name(name));
  }
  for (const char* name : {"env.ts", "env.py", "env.d.ts", "environment.rb",
                           "env", "env.yaml"}) {
    CHECK_FALSE(is_env_file_name(name));
  }
  const Audit audit = audit_of({{"src/env.ts", "x = process.env.APP_X"}},
                               {column(".env", {{"APP_X", "1"}})});
  CHECK(key_of(audit, "APP_X").readers.size() == 1);
}

TEST_CASE("A function that reads what it is given is known in all files",
          "[core][audit]") {
  const Audit audit = audit_of(
      {{"a.js", "start(mustHave('APP_TOKEN'))"},
       {"b.js",
        "export function mustHave(name) { return process.env[name]; }"}},
      {column(".env", {{"APP_TOKEN", "1"}, {"APP_OTHER", "1"}})});
  REQUIRE(key_of(audit, "APP_TOKEN").readers.size() == 1);
  CHECK(key_of(audit, "APP_TOKEN").readers[0].file == "a.js");
}

TEST_CASE("An env file that has the name of such a function reads nothing",
          "[core][audit]") {
  const Audit audit = audit_of(
      {{"b.js", "export function mustHave(name) { return process.env[name]; }"},
       {".env", "APP_URL=https://${APP_HOST}/mustHave\n"}},
      {column(".env", {{"APP_URL", "1"}, {"APP_HOST", "1"}})});
  CHECK(key_of(audit, "APP_HOST").readers.empty());
}

}  // namespace rung::audit_test
