#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/audit/address_findings.hpp"
#include "core/audit/listeners.hpp"
#include "tests/core/audit/findings_text.hpp"

namespace rung::address_test {
namespace {

/// "HOST:PORT" of each, "?" for what is not known.
std::string heard(const std::vector<WrittenListener>& all) {
  std::string text;
  for (const WrittenListener& one : all) {
    text += (text.empty() ? "" : " ") + (one.host.empty() ? "?" : one.host) +
            ':' + (one.port.empty() ? "?" : one.port);
  }
  return text;
}

using audit_tests::Files;

/// "warning loopback app.py:2", one a line.
std::string told(const Deployed& deployed, const Files& files) {
  const auto texts = audit_tests::texts_of(files);
  AuditInput input;
  input.reads = reads_of_project(texts);
  std::string all;
  for (const AuditFinding& f : address_findings(deployed, texts, input)) {
    all +=
        std::string(to_string(f.level)) + ' ' + f.kind + ' ' + f.place + '\n';
  }
  return all;
}

Deployed started_by(const char* command, const char* place = "render.yaml:3") {
  Deployed deployed;
  deployed.starts = {{command, place}};
  return deployed;
}

}  // namespace

TEST_CASE("Where a command line listens", "[core][audit]") {
  const auto c = GENERATE(values<std::pair<const char*, const char*>>({
      {"uvicorn app:app", "127.0.0.1:8000"},
      {"python -m uvicorn app:app --port 9000", "127.0.0.1:9000"},
      {"cd api && exec uvicorn app:app --host 0.0.0.0 --port $PORT",
       "0.0.0.0:?"},
      {"sh -c 'uvicorn app:app --host=::1'", "::1:8000"},
      {"uvicorn app:app --uds /tmp/s", ""},
      {"uvicorn app:app --host $HOST", "?:8000"},
      {"nginx & uvicorn app:app", ""},
      {"flask run -h 0.0.0.0 -p 80", "0.0.0.0:80"},
      {"flask --app shop run", ""},
      {"gunicorn app:app", "?:?"},
      {"gunicorn -b 127.0.0.1:8000 app:app", "127.0.0.1:8000"},
      {"gunicorn --bind :$PORT app:app", "?:?"},
      {"gunicorn -b localhost:80 -b 0.0.0.0:81 app:app",
       "localhost:80 0.0.0.0:81"},
      {"gunicorn app:app -k uvicorn", "?:?"},
      {"uvicorn app:app --host 127.0.0.1 --host 0.0.0.0", "0.0.0.0:8000"},
      {"bin/start-nginx uvicorn app:app", ""},
      {"nginx-start uvicorn app:app", ""},
      {"poetry run uvicorn app:app", "127.0.0.1:8000"},
      {"python worker.py uvicorn", ""},
      {"bin/with-settings uvicorn app:app", ""},
      {"python -m http.server 80 --bind 127.0.0.1", "127.0.0.1:80"},
      {"python -m http.server", "0.0.0.0:8000"},
      {"gunicorn -c conf.py -b 127.0.0.1:80 app:app", ""},
      {"gunicorn -k uvicorn.workers.UvicornWorker app:app", "?:?"},
      {"python manage.py runserver", "127.0.0.1:8000"},
      {"python manage.py runserver $PORT", "127.0.0.1:?"},
      {"python manage.py runserver $ADDRESS", "?:?"},
      {"python manage.py runserver 0.0.0.0:80 --noreload", "0.0.0.0:80"},
      {"python manage.py runserver 0.0.0.0:$PORT", "0.0.0.0:?"},
      {"puma -b tcp://127.0.0.1:3000", "127.0.0.1:3000"},
      {"next start -p 3000", "?:3000"},
      {"node server.js", ""},
      {"uvicorn 'app", ""},
  }));
  CAPTURE(c.first);
  CHECK(heard(listeners_of_command(c.first)) == c.second);
}

TEST_CASE("Where a program listens", "[core][audit]") {
  struct Case {
    const char *path, *text, *heard;
  };
  const auto c = GENERATE(values<Case>({
      {"a.py", "uvicorn.run(app, host='127.0.0.1', port=80)", "127.0.0.1:80"},
      {"a.py", "uvicorn.run('a:app')", "127.0.0.1:8000"},
      {"a.py", "uvicorn.run(app, **settings)", "?:?"},
      {"a.py", "uvicorn.run(app, host=HOST)", "?:?"},
      {"a.py", "uvicorn.run(app,\n  host='0.0.0.0' if x else '127.0.0.1')",
       "?:?"},
      {"a.py", "# uvicorn.run(app, host='127.0.0.1')", ""},
      {"a.py", "'''\nuvicorn.run(app)\n'''", ""},
      {"a.py", "from flask import Flask\napp = Flask(__name__)\napp.run()",
       "127.0.0.1:5000"},
      {"a.py",
       "from flask import Flask\napp = Flask(__name__)\n"
       "app.run(host=h, port=80)",
       "?:80"},
      {"a.py",
       "from flask import Flask\napp = Flask(__name__)\napp.run(port=80)",
       "127.0.0.1:80"},
      {"a.py",
       "from flask import Flask\napp = Flask(__name__)\napp.run(None, 80)",
       "?:?"},
      {"a.py", "app.run()", ""},
      {"a.py", "subprocess.run(['x'])", ""},
      {"a.py", "HTTPServer(('localhost', 8000), H)", "localhost:8000"},
      {"a.py", "HTTPServer(('', int(p)), H)", "?:?"},
      {"a.js", "app.listen(3000)", "?:3000"},
      {"a.js", "app.listen(process.env.PORT || 3000, '127.0.0.1')",
       "127.0.0.1:?"},
      {"a.js", "const H = '127.0.0.1';\napp.listen(P, H)", "127.0.0.1:?"},
      {"a.js", "let h = '127.0.0.1'\nif (p) h = '::'\napp.listen(80, h)",
       "?:80"},
      {"a.js", "app.listen(port, () => log('localhost'))", "?:?"},
      {"a.ts", "s.listen({port: 80, host: 'localhost'})", "localhost:80"},
      {"a.ts", "s.listen({port, host})", "?:?"},
      {"a.js", "const f = fastify()\nawait f.listen({port: 80})",
       "localhost:80"},
      {"a.js", "const f = fastify()\nf.listen({port: 80, ...more})", "?:80"},
      {"a.js", "const f = express()\nf.listen({port: 80})", "?:80"},
      {"a.ts", "Bun.serve({hostname: '127.0.0.1', port: 80})", "127.0.0.1:80"},
      {"a.go", "func f() { http.ListenAndServe(\"127.0.0.1:80\", nil) }",
       "127.0.0.1:80"},
      {"a.go", "func f() { go http.ListenAndServe(\"localhost:6060\", nil) }",
       ""},
      {"a.go", "func f() { http.ListenAndServe(addr, nil) }", "?:?"},
      {"a.go", "func f() { r.Run(\":80\"); cmd.Run() }", "0.0.0.0:80"},
      {"a.go",
       "func f() { s := &http.Server{Addr: \"localhost:80\"}\n"
       "s.ListenAndServe() }",
       "localhost:80"},
      {"a.go", "func f() { l, _ := net.Listen(\"tcp\", \":80\") }",
       "0.0.0.0:80"},
      {"a.rs", "fn f() { TcpListener::bind(\"127.0.0.1:3000\").await; }",
       "127.0.0.1:3000"},
      {"a.rs", "fn f() { HttpServer::new(x).bind((\"127.0.0.1\", 80)); }",
       "127.0.0.1:80"},
      {"a.rs", "fn f() { sqlx::query(q).bind(id); }", ""},
      {"a.md", "app.listen(3000, '127.0.0.1')", ""},
  }));
  CAPTURE(c.path, c.text);
  CHECK(heard(listeners_of(c.path, c.text)) == c.heard);
}

TEST_CASE("A listener on the loopback address counts if a deployment starts it",
          "[core][audit]") {
  const Files python = {{"app.py", "import uvicorn\nuvicorn.run(app)"}};
  const std::string loopback = "warning loopback app.py:2\n";
  CHECK(told({}, python) == "");
  CHECK(told(started_by("python app.py"), python) == loopback);
  CHECK(told(started_by("python3 -m app"), python) == loopback);
  CHECK(told(started_by("gunicorn app:app"), python) == "");
  CHECK(told(started_by("python other.py"), python) == "");
  CHECK(told(started_by("caddy run & python app.py"), python) == "");
  CHECK(told(started_by("uvicorn app:app"), python) ==
        "warning loopback render.yaml:3\n");
  CHECK(told(started_by("uvicorn app:app"),
             {{"Dockerfile", "ENV UVICORN_HOST=0.0.0.0\n"}}) == "");
  // One that is reached is enough.
  CHECK(told(started_by("node a.js"),
             {{"a.js", "express().listen(1, '127.0.0.1'); b.listen(2)"}}) ==
        "");
  CHECK(told(started_by("npm start"),
             {{"a.js", "express().listen(1, '127.0.0.1')"},
              {"package.json", R"({"scripts": {"start": "node ./a.js"}})"}}) ==
        "warning loopback a.js:1\n");
  const char* go = "func main() { http.ListenAndServe(\"localhost:80\", nil) }";
  const std::pair<std::string, std::string> image = {"Dockerfile",
                                                     "RUN go build -o /app ."};
  CHECK(told(started_by("/app"), {{"main.go", go}, image}) ==
        "warning loopback main.go:1\n");
  CHECK(told(started_by("/app"), {{"main.go", go}}) == "");
  CHECK(told(started_by("./run.sh"), {{"main.go", go}, image}) == "");
  CHECK(told(started_by("/app"),
             {{"a/main.go", go}, {"b/main.go", go}, image}) == "");
}

TEST_CASE("Only a web server that the start file surely runs is accused",
          "[core][audit]") {
  const auto node = [](const char* text, const Files& more = {},
                       const char* start = "node server.js") {
    Files files = more;
    files.emplace_back("server.js", text);
    return told(started_by(start, "Procfile:1"), files);
  };
  const std::string both =
      "warning loopback server.js:2\nwarning port server.js:2\n";
  const char* server = "const a = express()\na.listen(80, 'localhost')";
  CHECK(node(server) == both);
  CHECK(node(server, {}, "node server") == both);
  CHECK(node(server, {{"package.json", R"({"main": "server.js"})"}},
             "node .") == both);
  CHECK(node("const a = require('http').createServer(f)\n"
             "a.listen({port: 80, host: 'localhost'})") == both);
  CHECK(node("if (require.main === module) {\n"
             "express().listen(80, 'localhost') }") == both);
  CHECK(node("const a = require('./app')\na.listen(80, 'localhost')",
             {{"app.js", "module.exports = express()"}}) == both);
  // What it is, whether it runs, or what else runs is not known.
  CHECK(node("pubsub.listen(6000)").empty());
  CHECK(node("const a = net.createServer(f); require('net')\n"
             "a.listen(80, 'localhost')")
            .empty());
  CHECK(node("if (dev) { express().listen(80, 'localhost') }").empty());
  CHECK(node("dev && express().listen(80, 'localhost')").empty());
  CHECK(node("express().listen(9229, 'localhost'); require('./web')(a)",
             {{"web.js", "module.exports = a => a.listen(process.env.PORT)"}})
            .empty());
  CHECK(node("express().listen(80, 'localhost'); require('./gone')").empty());
  CHECK(told(started_by("node dist/a.js"),
             {{"src/a.ts", "express().listen(80, 'localhost')"}}) ==
        "warning loopback src/a.ts:1\n");

  const auto python = [](const char* text, const Files& more = {}) {
    Files files = more;
    files.emplace_back("app.py", text);
    return told(started_by("python app.py"), files);
  };
  const std::string flask = "from flask import Flask\napp = Flask(__name__)\n";
  CHECK(python((flask + "if __name__ == '__main__':\n    app.run()").c_str()) ==
        "warning loopback app.py:4\n");
  CHECK(python((flask + "if DEV:\n    app.run()\nelse:\n    go(app)").c_str())
            .empty());
  CHECK(
      python("s = asyncio.start_server(h, host='127.0.0.1', port=9)").empty());
  CHECK(python("import web, uvicorn\nuvicorn.run(app)",
               {{"web.py", "HTTPServer(('', 80), H)"}})
            .empty());
}

TEST_CASE("A server's own variables count as its options", "[core][audit]") {
  Deployed deployed = started_by("uvicorn app:app", "Dockerfile:3");
  deployed.port = 8080;
  CHECK(told(deployed, {}) ==
        "warning loopback Dockerfile:3\nwarning port Dockerfile:3\n");
  CHECK(told(deployed, {{"Dockerfile",
                         "ENV UVICORN_HOST=:: UVICORN_PORT=8080\n"}}) == "");
}

TEST_CASE("A port that is written counts where another one is routed to",
          "[core][audit]") {
  const Files node = {{"a.js", "express().listen(3000)"}};
  Deployed deployed = started_by("node a.js", "plan.yaml");
  CHECK(told(deployed, node) == "");
  deployed.port = 3000;
  CHECK(told(deployed, node) == "");
  deployed.port = 10000;
  CHECK(told(deployed, node) == "warning port a.js:1\n");
  deployed.certain = true;
  CHECK(told(deployed, node) == "warning port a.js:1\n");

  CHECK(told(started_by("node a.js", "Procfile:1"), node) ==
        "warning port a.js:1\n");
  Files railway = node;
  railway.emplace_back("railway.json", "{}");
  CHECK(told(started_by("node a.js", "Procfile:1"), railway) == "");
  CHECK(told(started_by("node a.js"),
             {{"a.js", "express().listen(80);\npolka().listen(81)"}}) ==
        "note listeners a.js:1\n");
}

TEST_CASE("The port of a program without PORT counts where nobody sets PORT",
          "[core][audit]") {
  const Files node = {{"a.js", "app.listen(process.env.PORT || 3000)"}};
  Deployed deployed = started_by("node a.js", "fly.toml:3");
  deployed.port = 8080;
  CHECK(told(deployed, node) == "");
  deployed.sets_port = false;
  CHECK(told(deployed, node) == "warning port a.js:1\n");
  Files more = node;
  more.emplace_back("vite.config.ts", "port: process.env.PORT || 5173");
  CHECK(told(deployed, more) == "warning port a.js:1\n");
  more.emplace_back("b.js", "const port = 8080");
  CHECK(told(deployed, more) == "");
  CHECK(told(deployed, {{"a.js", "app.listen(process.env.PORT)"}}) == "");
  deployed.port = 3000;
  CHECK(told(deployed, node) == "");
}

}  // namespace rung::address_test
