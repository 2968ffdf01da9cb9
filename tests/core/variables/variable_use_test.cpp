#include "core/variables/variable_use.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace rung::variable_use_test {
namespace {

/// "NAME", "NAME=" with a default that is not shown, "NAME=text".
std::string shown(const VariableUse& use) {
  return use.name + (use.has_default ? "=" + use.default_text : "");
}

std::string shown(std::string_view path, std::string_view content) {
  std::string text;
  for (const auto& use : all_uses(path, content)) {
    if (!text.empty()) text += ' ';
    text += std::to_string(use.line) + ":" + shown(use);
  }
  return text;
}

}  // namespace

TEST_CASE("A variable's uses are found in every language",
          "[core][variable_use]") {
  struct Case {
    const char *path, *content, *expected;
  };
  const auto c = GENERATE(values<Case>({
      {"a.py", "x = os.environ['A']", "1:A"},
      {"a.py", "x = os.environ.get(\"A\")", "1:A"},
      {"a.py", "x = os.environ.get('PORT', '3000')", "1:PORT=3000"},
      {"a.py", "\nx = int(os.getenv('PORT', 8000))", "2:PORT=8000"},
      {"a.py", "x = os.getenv('A', None)", "1:A"},
      {"a.py", "x = os.getenv('A') or 'info'", "1:A=info"},
      {"a.py", "os.environ['A'] = '1'", ""},
      {"a.py", "if os.environ['A'] == '1':", "1:A="},
      {"a.py", "if 'A' in os.environ:", "1:A="},
      {"a.py", "# x = os.environ['A']", ""},
      {"a.py", "DEBUG = env.bool('DEBUG', default=False)", "1:DEBUG=False"},
      {"a.py", "K = config('SECRET_KEY', default='abc')", "1:SECRET_KEY="},
      {"a.js", "app.listen(process.env.PORT || 3000)", "1:PORT=3000"},
      {"a.js", "const p = parseInt(process.env.PORT, 10) || 8080",
       "1:PORT=8080"},
      {"a.ts", "const u = process.env['URL'] ?? 'http://localhost:5173'",
       "1:URL=http://localhost:5173"},
      {"a.ts", "if (!process.env.A || !process.env.B) throw 1", "1:A 1:B"},
      {"a.ts", "const a = process.env.A!;", "1:A"},
      {"a.js", "process.env.A = 'x'", ""},
      {"a.js", "if (process.env.NODE_ENV === 'production') {", "1:NODE_ENV="},
      {"a.js", "const {\n  PORT = 3000,\n  HOST: host,\n} = process.env;",
       "2:PORT=3000 3:HOST"},
      {"a.tsx", "const u = import.meta.env.VITE_URL", "1:VITE_URL"},
      {"a.ts", "this.configService.get<string>('DB_HOST', 'localhost')",
       "1:DB_HOST=localhost"},
      {"a.rb", "ENV['A'] || 'b'", "1:A=b"},
      {"a.rb", "ENV.fetch('PORT', 3000)", "1:PORT=3000"},
      {"a.rb", "ENV.fetch(\"PORT\") { 3000 }", "1:PORT=3000"},
      {"a.rb", "ENV.fetch('A')", "1:A"},
      {"a.go", "p := os.Getenv(\"PORT\")", "1:PORT"},
      {"a.go", "p, ok := os.LookupEnv(\"PORT\")", "1:PORT="},
      {"a.go", "p := getEnv(\"PORT\", \"8080\")", "1:PORT=8080"},
      {"a.go", "Port int `env:\"PORT\" envDefault:\"8080\"`", "1:PORT=8080"},
      {"A.java", "String p = System.getenv(\"PORT\");", "1:PORT"},
      {"A.java", "System.getenv().getOrDefault(\"PORT\", \"8080\")",
       "1:PORT=8080"},
      {"a.php", "$x = getenv('A') ?: 'b';", "1:A=b"},
      {"a.php", "$x = $_ENV['A'];", "1:A"},
      {"a.php", "'debug' => env('APP_DEBUG', false),", "1:APP_DEBUG=false"},
      {"a.rs", "let p = env::var(\"PORT\").unwrap_or(\"3000\".into());",
       "1:PORT=3000"},
      {"a.rs", "env::var(\"PORT\").unwrap_or_else(|_| \"3000\".to_string())",
       "1:PORT=3000"},
      {"a.rs", "env::var(\"A\").expect(\"A\")", "1:A"},
      {"a.cs", "Environment.GetEnvironmentVariable(\"A\") ?? \"b\"", "1:A=b"},
      {"a.exs", "System.fetch_env!(\"A\")", "1:A"},
      {"schema.prisma", "url = env(\"DATABASE_URL\")", "1:DATABASE_URL"},
      {"a.sh", "echo $A ${B:-c} ${C:?gone}", "1:A 1:B=c 1:C"},
      {"a.sh", "A=1\necho $A\nB=${B:-x}", "3:B=x"},
      {"run", "#!/bin/sh\nexec app --port \"$PORT\"", "2:PORT"},
      {"Dockerfile", "ENV PORT=3000\nCMD app $PORT $OTHER",
       "2:OTHER 2:PORT=3000"},
      {"Procfile", "web: gunicorn -b 0.0.0.0:$PORT app", "1:PORT"},
      {"docker-compose.yml", "a: ${A:-b}\nb: $$NOT\nenvironment:\n  - TOKEN_X",
       "1:A=b 4:TOKEN_X"},
      {"k8s.yaml", "args: [\"--port=$(PORT)\"]", "1:PORT"},
      {"package.json", "\"start\": \"serve -l $PORT\", \"$schema\": \"x\"",
       "1:PORT"},
      {"notes.txt", "$A process.env.B", ""},
  }));
  CAPTURE(c.path, c.content);
  CHECK(shown(c.path, c.content) == c.expected);
}

TEST_CASE("A settings class reads the variables its fields are called",
          "[core][variable_use]") {
  constexpr std::string_view kContent =
      "class Settings(BaseSettings):\n"
      "    database_url: str\n"
      "    port: int = 8000\n"
      "    api_key: str = 'sk-abcdefghijklmnop'\n"
      "    level: str = Field('info', max_length=9)\n"
      "    host: str = Field(...)\n"
      "    class Config:\n"
      "        env_prefix = 'APP_'\n"
      "\n"
      "other: int = 3\n";
  CHECK(shown("s.py", kContent) ==
        "2:APP_DATABASE_URL 3:APP_PORT=8000 4:APP_API_KEY= 5:APP_LEVEL=info "
        "6:APP_HOST");
  CHECK(uses_of("APP_PORT", "s.py", kContent).size() == 1);
}

TEST_CASE("The prefix of a settings class is found in all its places",
          "[core][variable_use]") {
  CHECK(shown("s.py",
              "from pydantic_settings import BaseSettings\n"
              "class A(BaseSettings):\n"
              "    model_config = {\"env_prefix\": \"DICT_\"}\n"
              "    name: str\n"
              "class B(A):\n"
              "    host: str\n"
              "class C(BaseSettings, env_prefix='KW_'):\n"
              "    port: int = 1\n"
              "class D(BaseSettings):\n"
              "    plain: str\n") ==
        "4:DICT_NAME 6:DICT_HOST 8:KW_PORT=1 10:PLAIN");
}

TEST_CASE("A default that might be a secret is never kept",
          "[core][variable_use]") {
  const auto content = GENERATE(values<std::string>({
      "os.getenv('DB_PASSWORD', 'hunter2')",
      "os.getenv('API_KEY', 'abc')",
      "os.getenv('DATABASE_URL', 'postgres://me:pw@db/x')",
      "os.getenv('SEED', '9f8e7d6c5b4a3f2e1d0c')",
      "os.getenv('THING', 'sk-live-abcdef123')",
      "os.getenv('LONG', 'a very long text that nobody wants in a report')",
  }));
  CAPTURE(content);
  const auto uses = all_uses("a.py", content);
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].has_default);
  CHECK(uses[0].default_text.empty());
}

TEST_CASE("A name that is not written there is told as such",
          "[core][variables]") {
  struct Case {
    const char *path, *content, *expected;  ///< "LINE:PREFIX" or "FUNCTION()"
  };
  const auto c = GENERATE(values<Case>({
      {"a.py", "x = os.environ[f()]", "1:"},
      {"a.py", "y = f()\nx = os.environ[y]", "2:"},
      {"a.py", "x = os.environ['SHOP_' + y]", "1:SHOP_"},
      {"a.py", "x = os.environ[f'SHOP_{y}']", "1:SHOP_"},
      {"a.js", "x = process.env[`SHOP_${y}`]", "1:SHOP_"},
      {"a.py", "x = 'SHOP_' + y", ""},
      {"a.js", "Object.keys(process.env).forEach(f)", "1:"},
      {"a.py", "for k in os.environ:\n  if k.startswith('SHOP_'):", "1:SHOP_"},
      {"a.py", "A = 'DYNO' in os.environ and 'CI' not in os.environ", ""},
      {"a.py", "def must(name):\n  return os.environ[name]", "must()"},
      {"a.go", "func get(key string) string { return os.Getenv(key) }",
       "get()"},
      {"a.js", "const get = (k) => process.env[k]", "get()"},
      {"a.sh", "echo ${!name}", "1:"},
      {"A.java", "@ConfigurationProperties(\"shop\") class A {}", "1:SHOP_"},
  }));
  CAPTURE(c.path, c.content);
  const SourceReads reads = reads_of(c.path, c.content);
  std::string text;
  for (const DynamicRead& read : reads.dynamic) {
    text += std::to_string(read.line) + ":" + read.prefix;
  }
  for (const auto& reader : reads.readers) text += reader + "()";
  CHECK(text == c.expected);
}

TEST_CASE("Only the variable asked for is reported, whole words only",
          "[core][variable_use]") {
  constexpr std::string_view kContent =
      "process.env.PORT_A;\nprocess.env.PORT;\nprocess.env.MY_PORT\n";
  const auto uses = uses_of("PORT", "src/a.js", kContent);
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].line == 2);
  CHECK(uses[0].file == "src/a.js");
  CHECK(uses_of("OTHER", "src/a.js", kContent).empty());
  CHECK(uses_of("", "src/a.js", kContent).empty());
}

TEST_CASE("A variable is found however a text spells its name",
          "[core][variable_use]") {
  struct Spelled {
    std::string_view name, path, text;
  };
  const Spelled all[] = {
      {"DATABASE_URL", "s.py",
       "class S(BaseSettings):\n    database_url: str\n"},
      {"SHOPURL", "s.py",
       "class S(BaseSettings):\n    url: str\n"
       "    model_config = SettingsConfigDict(env_prefix='SHOP')\n"},
      {"APP_MAINPORT", "A.java", "@Value(\"${app.main-port}\") int port;"},
  };
  for (const Spelled& one : all) {
    CAPTURE(one.name);
    const auto every = all_uses(one.path, one.text);
    const auto is_it = [&](const auto& use) { return use.name == one.name; };
    CHECK(uses_of(one.name, one.path, one.text).size() ==
          static_cast<std::size_t>(
              std::count_if(every.begin(), every.end(), is_it)));
    CAPTURE(every.size());
    CHECK(std::any_of(every.begin(), every.end(), is_it));
  }
}

TEST_CASE("Bytes of any kind are scanned without harm",
          "[core][variable_use]") {
  std::string content("\xff\xfe");
  content += '\0';
  content += "process.env.A\n{} = process.env\n";
  content += std::string(100'000, '{') + "} = process.env";
  CHECK(uses_of("A", "a.js", content).size() == 1);
  CHECK(all_uses("a.sh", "${").empty());
  CHECK(all_uses("", "").empty());
}

}  // namespace rung::variable_use_test
