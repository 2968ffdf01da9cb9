#include "plans/reading/reader.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "plans/generate/release_of.hpp"
#include "plans/generate/service_address.hpp"
#include "plans/reading/gate_reader.hpp"
#include "plans/reading/yaml_document.hpp"

namespace rung::reader_test {
namespace {

namespace fs = std::filesystem;

/// A folder with the given files, gone at the end.
struct Folder {
  fs::path path;
  explicit Folder(const std::map<std::string, std::string>& files) {
    std::string pattern =
        (fs::temp_directory_path() / "rung-plans-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    for (const auto& [name, content] : files) {
      fs::create_directories((path / name).parent_path());
      std::ofstream(path / name, std::ios::binary) << content;
    }
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

std::string refusal(const std::string& text) {
  try {
    read_plan_text(text, "/p/plan.yaml");
  } catch (const PlanError& error) {
    return error.what();
  }
  return "(read)";
}

/// A plan of one phase with these keys in it, on line 4.
std::string with_phase(const std::string& keys,
                       const std::string& top = "x-none: 1") {
  return "rung: 1\nname: a\n" + top + "\nphases: [{name: one, " + keys + "}]\n";
}

// Every key of the format once, as a person would write it.
const char* const kWholePlan = R"(
rung: 1                       # the number of the format
name: mvp
x-owner: ignored, as every key that begins so
x-defaults: &common {LOG_LEVEL: info, VERSION: 1.10}
source: {repo: app, path: backend/, inputs: [src, "*.lock"], commit: main}
runtime: python
requirements_file: requirements/base.txt
build:
  run: python3 -m venv .venv
  inputs: [requirements, setup.cfg]
  outputs: [.venv]
start: .venv/bin/uvicorn app:app --host 0.0.0.0 --port $PORT
env:
  <<: *common
  DEBUG: true
env_files:
  - {file: .env.production, dialect: compose}
secrets:
  API_KEY: {from: env}
  TOKEN: {from: file, path: token.txt}
  PASSWORD: {from: command, run: pass show app}
config: {region: frankfurt}
files: [Procfile, {path: conf/app.ini, template: app.ini.mustache}]
targets:
  staging: {adapter: render, service: srv-1, token_env: KEY}
  local: {adapter: local, emulate: cloudrun, port: 8000, inject_port: false}
phases:
  - name: minimal
    requirements: [fastapi==0.92.0, uvicorn]
    gates:
      - {http: /health, status: 200, json: {/ok: true}, deadline: 30s}
      - log absent~ERROR soak=5m
  - name: database
    requirements: {sqlalchemy: "==1.4"}
    change_requirements: [uvicorn==0.17]
    env: {DATABASE_URL: "postgres://u@${services.postgres.host}:${services.postgres.port}/d"}
    unset: [DEBUG]
    services:
      postgres:
        start: exec postgres -D $DATA_DIR -p $PORT
        prepare: initdb $DATA_DIR
        env: {LC_ALL: C}
        ready: {tcp: "127.0.0.1:$PORT"}
    gates: [{postgres: $DATABASE_URL, query: SELECT 2}]
  - name: full
    remove_requirements: [SQLAlchemy]
    build: make all
    start: ./run
    commit: v2
    config: {plan: starter}
    secrets: {DATABASE_URL: {from: env, name: DB}}
    approve: true
)";

const std::map<std::string, std::string> kWholeFiles = {
    {"plan.yaml", kWholePlan},
    {".env.production", "FROM_FILE=\"$LOG_LEVEL\"\n"},
    {"app.ini.mustache", "level={{env.LOG_LEVEL}}\n"}};

}  // namespace

TEST_CASE("A plan says which variables its build reads", "[plans][reader]") {
  const auto read = [](const std::string& build) {
    return read_plan_text("rung: 1\nname: a\nbuild: " + build +
                              "\nphases: [{name: one, gates: [{http: /}]}]\n",
                          "/p/plan.yaml")
        .build_env;
  };
  using Reads = BuildEnv::Reads;
  CHECK(read("make") == BuildEnv{});
  CHECK(read("{run: make}") == BuildEnv{});
  CHECK(read("{run: make, env: all}") == BuildEnv{Reads::all, {}});
  CHECK(read("{run: make, env: none}") == BuildEnv{Reads::none, {}});
  CHECK(read("{run: make, env: [SITE, APP_*]}") ==
        BuildEnv{Reads::named, {"SITE", "APP_*"}});
  CHECK(read("{run: make, env: []}") == BuildEnv{});
}

TEST_CASE("A plan with every key is read as it is written", "[plans][reader]") {
  const Folder folder(kWholeFiles);
  const Plan plan = read_plan(folder.path / "plan.yaml");
  CHECK(plan.file == folder.path / "plan.yaml");
  CHECK(plan.name == "mvp");
  CHECK(plan.repo == folder.path / "app");
  CHECK(plan.path == "backend");
  CHECK(plan.inputs == std::vector<std::string>{"src", "*.lock"});
  CHECK(plan.commit == "main");
  CHECK(plan.runtime == "python");
  CHECK(plan.requirements_file == "requirements/base.txt");
  CHECK(plan.build == "python3 -m venv .venv");
  CHECK(plan.build_inputs ==
        std::vector<std::string>{"requirements", "setup.cfg"});
  CHECK(plan.build_outputs == std::vector<std::string>{".venv"});
  CHECK(plan.env == std::map<std::string, std::string>{{"LOG_LEVEL", "info"},
                                                       {"VERSION", "1.10"},
                                                       {"DEBUG", "true"}});
  REQUIRE(plan.env_files.size() == 1);
  CHECK(plan.env_files[0].values.size() == 1);
  CHECK(plan.secrets.at("API_KEY").what == "API_KEY");
  CHECK(plan.secrets.at("TOKEN").what == (folder.path / "token.txt").string());
  CHECK(plan.secrets.at("PASSWORD").from == SecretSource::From::command);

  REQUIRE(plan.targets.size() == 2);
  CHECK(plan.targets[0].name == "local");  // before the others
  CHECK(plan.targets[0].emulate == Emulation::cloudrun);
  CHECK(plan.targets[0].port == 8000);
  CHECK(plan.targets[0].port_given);
  CHECK(plan.targets[0].inject_port == false);
  CHECK(plan.targets[1].options ==
        std::map<std::string, std::string>{{"service", "srv-1"},
                                           {"token_env", "KEY"}});

  REQUIRE(plan.phases.size() == 3);
  CHECK(plan.phases[0].requirements ==
        std::map<std::string, std::string>{{"fastapi", "==0.92.0"},
                                           {"uvicorn", ""}});
  CHECK(plan.phases[0].files.size() == 2);
  CHECK(plan.phases[0].files[1].content == "level={{env.LOG_LEVEL}}\n");
  CHECK(plan.phases[0].config.at("platform:region") == "frankfurt");
  REQUIRE(plan.phases[0].gates.size() == 2);
  CHECK(plan.phases[0].gates[0].deadline == std::chrono::seconds(30));
  CHECK(plan.phases[0].gates[1].soak == std::chrono::minutes(5));
  CHECK(plan.phases[1].requirements.at("uvicorn") == "==0.17");
  REQUIRE(plan.phases[1].services.size() == 1);
  CHECK(plan.phases[1].services[0].ready.has_value());
  CHECK(plan.phases[1].unset == std::vector<std::string>{"DEBUG"});
  CHECK(plan.phases[2].removed_requirements ==
        std::vector<std::string>{"sqlalchemy"});
  CHECK(plan.phases[2].approve);
  CHECK(plan.phases[2].commit == "v2");
  CHECK(plan.phases[2].config.at("build") == "make all");
}

TEST_CASE("The least plan has its defaults", "[plans][reader]") {
  const Folder folder(
      {{"deploy/plan.yaml", "rung: 1\nname: a\nphases: [{name: b}]"},
       {".git/HEAD", ""}});
  const Plan plan = read_plan(folder.path / "deploy/plan.yaml");
  CHECK(plan.repo == folder.path);  // where .git is
  CHECK(plan.path.empty());
  CHECK(plan.commit == "HEAD");
  CHECK(plan.runtime == "other");
  CHECK(plan.requirements_file.empty());
  REQUIRE(plan.targets.size() == 1);
  CHECK(plan.targets[0].name == "local");
  CHECK(plan.targets[0].adapter == "local");
  CHECK(plan.targets[0].port == 0);
}

TEST_CASE("What is wrong in a plan is said with place, path and likely word",
          "[plans][reader]") {
  struct Case {
    std::string text;
    const char* says;
  };
  const Case cases[] = {
      {with_phase("gate: [tcp 1]"),
       "4:22: phases/0: unknown key \"gate\" (did you mean \"gates\"?)"},
      {with_phase("gates: [{http: /x, intervall: 1s}]"),
       "4:41: phases/0/gates/0: unknown key \"intervall\" (did you mean "
       "\"interval\"?)"},
      {with_phase("gates: [{http: /x, deadline: 30}]"),
       "4:51: phases/0/gates/0/deadline: expected a duration with its unit, as "
       "in 250ms, 30s, 5m or 1h, found a number"},
      {with_phase("gates: [{http: /x, tcp: 'a:1'}]"),
       "4:30: phases/0/gates/0: has several kinds at once: http, tcp; split "
       "it"},
      {with_phase("gates: [{status: 200}]"),
       "4:30: phases/0/gates/0: has no kind; expected one of http, tcp, "
       "command, log, port, process, postgres, redis, dns, tls"},
      {with_phase("gates: [{http: health}]"),
       "4:30: phases/0/gates/0: http health: expected a path such as /health "
       "or an http:// URL"},
      {with_phase("gates: [{log: {absent: '('}}]"),
       "4:30: phases/0/gates/0: absent~(: not a regular expression RE2 can "
       "read: missing ): ("},
      {with_phase("name2: x"),
       "4:22: phases/0: unknown key \"name2\" (did you mean \"name\"?)"},
      {with_phase("env: {A: null}"),
       "4:31: phases/0/env/A: expected a value (\"\" for an empty one; unset: "
       "takes a name away), found nothing"},
      {with_phase("env: {A: [1]}"),
       "4:31: phases/0/env/A: expected a value (\"\" for an empty one; unset: "
       "takes a name away), found a list"},
      {with_phase("approve: maybe"),
       "4:31: phases/0/approve: expected true or false, found a text"},
      {with_phase("unset: [PROT]", "env: {PORT: 1}"),
       "4:30: phases/0/unset/0: no phase below sets PROT (did you mean "
       "\"PORT\"?)"},
      {with_phase("requirements: [a]"),
       "4:36: phases/0/requirements: say \"runtime: python\" or \"runtime: "
       "node\", so that they can be read and written"},
      {with_phase("requirements: [flask 1]", "runtime: python"),
       "4:37: phases/0/requirements/0: \"1\" is not a version comparison; "
       "write it like ==1.2.3, >=1,<2 or ~=1.2"},
      {with_phase("requirements: [a==1, A==2]", "runtime: python"),
       "4:43: phases/0/requirements/1: a is required twice in this phase, and "
       "differently"},
      {with_phase("change_requirements: [a==1]", "runtime: python"),
       "4:44: phases/0/change_requirements/0: no phase below requires a; add "
       "it under requirements"},
      {with_phase("requirements: [-r gone.txt]", "runtime: python"),
       "4:37: phases/0/requirements/0: /p/gone.txt: there is no such file"},
      {with_phase("files: [../x]"),
       "4:30: phases/0/files/0: must lie inside the deployed folder, and not "
       "in .git"},
      {with_phase("files: [/etc/x]"),
       "4:30: phases/0/files/0: must lie inside the deployed folder, and not "
       "in .git"},
      {with_phase("files: [.git/hooks/x]"),
       "4:30: phases/0/files/0: must lie inside the deployed folder, and not "
       "in .git"},
      {with_phase("files: [notes.txt]"),
       "4:30: phases/0/files/0: its name tells no format; add format, template "
       "or content"},
      {with_phase("files: [{path: a, content: '{{#a}'}]"),
       "4:49: phases/0/files/0/content: not a Mustache template: Unclosed tag "
       "at 0"},
      {with_phase("files: [service.yaml]"),
       "4:10: phases/0: service.yaml: Cloud Run's service.yaml needs config: "
       "{image: IMAGE}, the container image to run"},
      {with_phase("commit: --upload-pack=x"),
       "4:30: phases/0/commit: not a revision"},
      {with_phase("env: {A: '${services.postgre.port}'}",
                  "services: {postgres: {start: x}}"),
       "4:31: phases/0/env/A: ${services.postgre.port}: no service "
       "\"postgre\" in this phase or below (did you mean \"postgres\"?)"},
      {with_phase("env: {A: '${services.db.prt}'}",
                  "services: {db: {start: x}}"),
       "4:31: phases/0/env/A: ${services.db.prt}: a service has host, port "
       "and data_dir"},
      {with_phase("services: {db: {stat: x}}"),
       "4:38: phases/0/services/db: unknown key \"stat\" (did you mean "
       "\"start\"?)"},
      {with_phase("x-a: 1", "runtime: pyton"),
       "3:10: runtime: expected python, node or other, found \"pyton\" (did "
       "you mean \"python\"?)"},
      {with_phase("x-a: 1", "targets: {l: {adapter: locl}}"),
       "3:24: targets/l/adapter: expected an adapter: local, docker, render, "
       "cloudrun or command, found \"locl\" (did you mean "
       "\"local\"?)"},
      {with_phase("x-a: 1", "targets: {l: {emulate: rendr}}"),
       "3:24: targets/l/emulate: expected render, cloudrun or none, found "
       "\"rendr\" (did you mean \"render\"?)"},
      {with_phase("x-a: 1", "targets: {l: {port: 99999}}"),
       "3:21: targets/l/port: expected a port from 1 to 65535, or auto"},
      {with_phase("x-a: 1", "env_files: [gone.env]"),
       "3:13: env_files/0: /p/gone.env: there is no such file"},
      {with_phase("x-a: 1", "env_files: [{file: a, dialect: shell}]"),
       "3:32: env_files/0/dialect: expected a dialect (docker, compose, "
       "dotenv-python, dotenv-node, sh), found \"shell\""},
      {with_phase("x-a: 1", "secrets: {A: {from: file}}"),
       "3:14: secrets/A: \"from: file\" needs \"path\""},
      {with_phase("x-a: 1", "secrets: {A: {from: env, run: x}}"),
       "3:31: secrets/A/run: means nothing with \"from: env\""},
      {with_phase("x-a: 1", "source: {repo: a, path: ../b}"),
       "3:25: source/path: must lie inside the deployed folder, and not in "
       ".git"},
      {"rung: 1\nname: a\nphases: [{name: b}, {name: c}, {name: b}]\n",
       "3:39: phases/2/name: there is a phase \"b\" already (line 3)"},
      {"rung: 1\nname: a b\nphases: [{name: b}]\n",
       "2:7: name: expected a name of letters, digits, '-', '_' and '.', 64 at "
       "most"},
      {"rung: 1\nname: a..b\nphases: [{name: b}]\n",
       "2:7: name: \"..\", and \".\" or \".lock\" at the end, cannot be part "
       "of a git tag"},
      {"rung: 2\nname: a\nphases: [{name: b}]\n",
       "1:7: rung: expected 1, the number of this format"},
      {"rung: 1\nname: a\nphases: []\n",
       "3:9: phases: is empty; expected a list of at least one phase"},
      {"rung: 1\nname: a\nphases: {name: b}\n",
       "3:9: phases: expected a list of at least one phase, found a mapping"},
      {"name: a\n", "1:1: \"rung\" is missing; expected a plan of rung"},
      {"- a\n", "1:1: expected a plan of rung, found a list"},
      {"", "1:1: empty"},
      {"rung: 1\nname: a\nname: b\n",
       "3:1: \"name\" is here twice (first: line 2)"},
      {"a: [1\n", "2:1: not YAML: end of sequence flow not found"},
      {"a: !!str x\n", "1:4: YAML tags (!name) have no meaning in a plan"},
      {"a: 1\n---\nb: 2\n",
       "3:1: a second document (after ---); a file holds one"},
      {std::string("a: \0", 4), "1:4: a NUL byte; save the file as UTF-8"},
      {"a: 1\nb: [x\xff]", "2:6: not UTF-8; save the file as UTF-8"},
      {"a: \xed\xa0\x80", "1:4: not UTF-8; save the file as UTF-8"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(refusal(c.text) == std::string("/p/plan.yaml:") + c.says);
  }
}

TEST_CASE("A plan names constraints as a requirement file does",
          "[plans][reader]") {
  const std::map<std::string, std::string> files = {
      {"pins.txt", "click==8.1.6\n"}};
  const Folder folder(files);
  const Plan plan = read_plan_text(
      with_phase("requirements: [flask, -c pins.txt]", "runtime: python"),
      folder.path / "plan.yaml");
  CHECK(plan.phases[0].requirements.at("-c click") == "==8.1.6");
}

TEST_CASE("Two specifiers for one package name both phases",
          "[plans][reader]") {
  const std::string plan =
      "rung: 1\nname: a\nruntime: python\nphases:\n"
      "  - {name: low, requirements: [Flask_X==1]}\n"
      "  - {name: high, requirements: [flask.x>=2]}\n";
  CHECK(refusal(plan) ==
        "/p/plan.yaml:6:33: phases/1/requirements/0: flask-x>=2 is also "
        "required by phase \"low\", as flask-x==1; to change it, move it to "
        "change_requirements");
  auto said = plan;
  said.replace(said.rfind("requirements"), 12, "change_requirements");
  CHECK(read_plan_text(said, "/p/plan.yaml")
            .phases[1]
            .requirements.at("flask-x") == ">=2");
}

TEST_CASE("Anchors, aliases and merges are read, and bombs are not",
          "[plans][reader]") {
  const Plan plan = read_plan_text(
      "rung: 1\nname: a\nx-base: &base {A: 1, B: 2}\n"
      "x-more: &more {B: 3, C: 4}\n"
      "phases:\n  - {name: b, env: {<<: [*base, *more], A: 0}}\n"
      "  - {name: c, env: *more}\n",
      "/p/plan.yaml");
  CHECK(plan.phases[0].env ==
        std::map<std::string, std::string>{{"A", "0"}, {"B", "2"}, {"C", "4"}});
  CHECK(plan.phases[1].env ==
        std::map<std::string, std::string>{{"B", "3"}, {"C", "4"}});

  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; ++i) {
    const auto below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k ? ", " : "") + below;
    bomb += "]\n";
  }
  CHECK(refusal(bomb).find("more than 50000 values") != std::string::npos);
  CHECK(refusal("a: &a [*a]\n") ==
        "/p/plan.yaml:1:8: an alias inside of what it stands for");
}

TEST_CASE("A plan of any size or depth ends in an answer", "[plans][reader]") {
  CHECK(refusal(std::string(1'100'000, '#')) ==
        "/p/plan.yaml:1:1: larger than 1024 KiB");
  CHECK(refusal("a: " + std::string(100'000, 'x')).find("more than 64 KiB") !=
        std::string::npos);
  CHECK(refusal(std::string(500, 'x') + ": 1").find("a key of more than") !=
        std::string::npos);
  for (const std::string open : {"[", "{a: ", "- ", "? "}) {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += open;
    CHECK(refusal(deep) != "(read)");
  }
  // A long text must not meet the schema's pattern: std::regex recurses.
  CHECK(refusal("rung: 1\nname: " + std::string(60'000, 'x') +
                "\nphases: [{name: b}]")
            .find("2:7: name: expected a name") != std::string::npos);
  std::string many = "rung: 1\nname: a\nphases:\n";
  for (int i = 0; i < 201; ++i) {
    many += "  - {name: p" + std::to_string(i) + "}\n";
  }
  CHECK(refusal(many) ==
        "/p/plan.yaml:4:3: phases: 201 items; at most 200 are allowed");
}

TEST_CASE("A gate says the same as a mapping and in words",
          "[plans][gate_reader]") {
  struct Case {
    const char *yaml, *words;
  };
  const auto c = GENERATE(values<Case>({
      {"{http: /health, status: 200}", "http /health status=200"},
      {"{http: /a, status: [200, 3xx], within: 2s, follow: true}",
       "http /a status=200,3xx within=2s follow"},
      {"{http: '/s?q=a b', json: {/ok: true, /n: 1, /t: 'x y'}}",
       R"(http '/s?q=a b' json:/ok=true json:/n=1 json:/t='"x y"')"},
      {"{http: /c, json: {/apiBase: {matches: '^https'}}}",
       "http /c json:/apiBase~'^https'"},
      {"{http: /c, body_matches: 'it''s', body_absent: no}",
       R"(http /c body~'it'\''s' body!~no)"},
      {"{http: /c, headers: {Authorization: Bearer $T}, save: {U: /u}}",
       "http /c send:Authorization='Bearer $T' save:U=/u"},
      {"{http: /c, json_body: {a: [1]}}",
       R"(http /c body='{"a":[1]}' send:Content-Type=application/json)"},
      {"{http: /c, json_body: {}, headers: {content-type: x/y}}",
       "http /c body={} send:content-type=x/y"},
      {"{http: /c, header_matches: {Server: '^n'}, method: HEAD}",
       "http /c header:Server~'^n' method=HEAD"},
      {"{log: {absent: 'ERROR|Trace'}, soak: 5m, x-why: z}",
       "log absent~'ERROR|Trace' soak=5m"},
      {"{port: routed}", "port"},
      {"{port: only-routed}", "port only-routed"},
      {"{process: alive, soak: 30s}", "process soak=30s"},
      {"{tcp: 'localhost:1', successes: 3, interval: 250ms}",
       "tcp localhost:1 successes=3 interval=250ms"},
      {"{command: sh check.sh, settled: 1s}",
       "command 'sh check.sh' settled=1s"},
      {"{postgres: $U, query: SELECT 1}", "postgres $U query='SELECT 1'"},
      {"{redis: $R}", "redis $R"},
      {"{dns: a.example, address: 192.0.2.1}",
       "dns a.example address=192.0.2.1"},
      {"{tls: 'a.example:443', days: 7}", "tls a.example:443 days=7"},
  }));
  CAPTURE(c.yaml);
  const YamlNode node = parse_yaml(c.yaml, "g");
  const Gate gate = read_gate(node, "g", "gates/0");
  const Gate same = parse_gate(c.words);
  CHECK(gate.text == c.words);
  CHECK(gate.check.index() == same.check.index());
  CHECK(gate.deadline == same.deadline);
  CHECK(gate.interval == same.interval);
  CHECK(gate.successes == same.successes);
  CHECK(gate.soak == same.soak);
  CHECK(gate.settled == same.settled);
  if (const auto* http = std::get_if<HttpGate>(&gate.check)) {
    const auto& other = std::get<HttpGate>(same.check);
    CHECK(http->url == other.url);
    CHECK(http->method == other.method);
    CHECK(http->headers == other.headers);
    CHECK(http->body == other.body);
    CHECK(http->status == other.status);
    CHECK(http->body_matches == other.body_matches);
    CHECK(http->body_absent == other.body_absent);
    CHECK(http->json == other.json);
    CHECK(http->json_matches == other.json_matches);
    CHECK(http->header_matches == other.header_matches);
    CHECK(http->save == other.save);
    CHECK(http->follow == other.follow);
  }
}

TEST_CASE("A body in JSON reaches the gate as it is written",
          "[plans][gate_reader]") {
  const Gate gate = read_gate(
      parse_yaml(R"({http: /x, json_body: {q: "it's \"so\" $A"}})", "g"), "g",
      "gates/0");
  const auto& http = std::get<HttpGate>(gate.check);
  CHECK(http.body == R"({"q":"it's \"so\" $A"})");
  CHECK(http.method == "POST");
  CHECK(http.headers == std::vector<std::pair<std::string, std::string>>{
                            {"Content-Type", "application/json"}});
}

TEST_CASE("Addresses of services are filled in just before a trial",
          "[plans][service_address]") {
  const std::map<std::string, std::string> addresses = {
      {"services.pg.host", "127.0.0.1"}, {"services.pg.port", "5433"}};
  CHECK(fill_in("a ${services.pg.host}:${services.pg.port}/$X", addresses) ==
        "a 127.0.0.1:5433/$X");
  CHECK_THROWS_AS(fill_in("${services.redis.port}", addresses), PlanError);
  CHECK_THROWS_AS(fill_in("${services.redis", addresses), PlanError);
  const Gate gate =
      fill_in(parse_gate("tcp '127.0.0.1:${services.pg.port}'"), addresses);
  CHECK(std::get<TcpGate>(gate.check).address == "127.0.0.1:5433");
}

TEST_CASE("Values that dialects read differently are a warning of the plan",
          "[plans][reader]") {
  const Folder folder(
      {{"plan.yaml",
        "rung: 1\nname: a\nenv_files: [.env]\nphases: [{name: b}]\n"},
       {".env", "A=x\nS='hunter2'\nS2='hunter3'\nA=y\n"}});
  const Plan plan = read_plan(folder.path / "plan.yaml");
  const std::string file = (folder.path / ".env").string();
  CHECK(plan.warnings ==
        std::vector<std::string>{
            file + ":4: A is set again (before: line 1); the last counts",
            file + ":2: docker reads S, S2 differently from compose: 7 bytes "
                   "here, 9 bytes, in quotes there; if that is how the service "
                   "gets it: --dialect docker"});
}

}  // namespace rung::reader_test

namespace rung::reader_test {

TEST_CASE("A docker target's keys are known", "[plans][reader]") {
  const auto with_target = [](const std::string& keys) {
    return with_phase("gates: []", "targets: {t: {adapter: docker, " + keys +
                                       "}}");
  };
  const Plan plan = read_plan_text(
      with_target("network: host, port: 3000, cpus: 0.5, memory: 256m, "
                  "swarm: true, volumes: {data: /data}, x-note: any"),
      "/p/plan.yaml");
  const auto& options = plan.targets.at(0).options;
  CHECK(options.at("network") == "host");
  CHECK(options.at("port") == "3000");
  CHECK(options.at("cpus") == "0.5");
  CHECK(options.at("swarm") == "true");
  CHECK(options.at("volumes.data") == "/data");
  CHECK_THAT(refusal(with_target("memmory: 1g")),
             Catch::Contains("did you mean \"memory\""));
  CHECK_THAT(refusal(with_target("swarm: perhaps")),
             Catch::Contains("true or false"));
}

TEST_CASE("The keys of a Cloud Run target and of one of commands are known, "
          "each of its own adapter",
          "[plans][reader]") {
  const auto with_target = [](const std::string& keys) {
    return with_phase("gates: []", "targets:\n  t:\n    " + keys);
  };
  const Plan cloudrun = read_plan_text(
      with_target("adapter: cloudrun\n    project: p\n    region: r\n"
                  "    service: web\n    image: \"a/b:{commit}\"\n"
                  "    secrets: {DATABASE_URL: database-url:3}\n"
                  "    start_deadline: 60s\n    x-note: any"),
      "/p/plan.yaml");
  CHECK(cloudrun.targets.at(0).options ==
        std::map<std::string, std::string>{
            {"project", "p"},
            {"region", "r"},
            {"service", "web"},
            {"image", "a/b:{commit}"},
            {"secrets.DATABASE_URL", "database-url:3"},
            {"start_deadline", "60s"}});
  const Plan command = read_plan_text(
      with_target("adapter: command\n    deploy: sh up.sh\n"
                  "    withdraw: sh down.sh\n    several: true\n"
                  "    timeout: 30s"),
      "/p/plan.yaml");
  CHECK(command.targets.at(0).options ==
        std::map<std::string, std::string>{{"deploy", "sh up.sh"},
                                           {"withdraw", "sh down.sh"},
                                           {"several", "true"},
                                           {"timeout", "30s"}});
  struct Case {
    const char *keys, *said;
  };
  const auto c = GENERATE(values<Case>({
      {"adapter: cloudrun\n    servce: web",
       ":6:5: targets/t: unknown key \"servce\" (did you mean \"service\"?)"},
      {"adapter: cloudrun\n    deploy: sh up.sh",
       ":6:5: targets/t: unknown key \"deploy\""},
      {"adapter: cloudrun\n    start: relase",
       ":6:12: targets/t/start: expected release or image, found \"relase\" "
       "(did you mean \"release\"?)"},
      {"adapter: cloudrun\n    interval: 2",
       ":6:15: targets/t/interval: expected a duration with its unit"},
      {"adapter: cloudrun\n    secrets: {A: [b]}",
       ":6:18: targets/t/secrets/A: expected SECRET or SECRET:VERSION"},
      {"adapter: command\n    withdrw: sh down.sh",
       ":6:5: targets/t: unknown key \"withdrw\" (did you mean "
       "\"withdraw\"?)"},
      {"adapter: command\n    project: p",
       ":6:5: targets/t: unknown key \"project\""},
      {"adapter: command\n    several: perhaps",
       ":6:14: targets/t/several: expected true or false"},
      {"adapter: comand\n    deploy: sh up.sh", "targets/t"},
  }));
  CHECK_THAT(refusal(with_target(c.keys)), Catch::Contains(c.said));
}

}  // namespace rung::reader_test
