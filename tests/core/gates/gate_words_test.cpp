#include "core/model/gate.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "core/text/duration.hpp"
#include "core/text/expand.hpp"
#include "core/text/url_user.hpp"
#include "tests/fakes/golden.hpp"

namespace rung::gate_words_test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

template <class Check>
Check parsed(std::string_view words) {
  return std::get<Check>(parse_gate(words).check);
}

std::string refusal(std::string_view words) {
  try {
    parse_gate(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("A deadline given for all gates is for those that name none",
          "[gate]") {
  CHECK(parse_gate("http /health", 60s).deadline == 60s);
  CHECK(parse_gate("http '/x?deadline=5'", 60s).deadline == 60s);
  CHECK(parse_gate("http /health deadline=5s", 60s).deadline == 5s);
  CHECK(parse_gate("http /health").deadline == 30s);
}

TEST_CASE("An http gate reads every word", "[core][gate]") {
  const Gate gate = parse_gate(
      R"(http /login?a=b status=200,3xx body~"a \"b\" \d+" body!~'no pe' )"
      R"(json:/ok=true json:/a~1b=x json:/name~"1.*" header:Content-Type~json )"
      R"(within=2s method=PUT body='{"k": "v"}' send:X-Key=a=b )"
      R"(save:TOKEN=/access_token follow deadline=1.5s interval=100ms )"
      R"(successes=3 soak=5m settled=2s)");
  const auto& http = std::get<HttpGate>(gate.check);
  CHECK(gate_kind(gate) == "http");
  CHECK(http.url == "/login?a=b");
  CHECK(http.status.size() == 101);
  CHECK(http.status.front() == 200);
  CHECK(http.status.back() == 399);
  CHECK(http.body_matches == R"(a "b" \d+)");
  CHECK(http.body_absent == "no pe");
  CHECK(http.json == std::map<std::string, std::string>{{"/ok", "true"},
                                                        {"/a~1b", "\"x\""}});
  CHECK(http.json_matches ==
        std::map<std::string, std::string>{{"/name", "1.*"}});
  CHECK(http.header_matches ==
        std::map<std::string, std::string>{{"Content-Type", "json"}});
  CHECK(http.within == 2000ms);
  CHECK(http.method == "PUT");
  CHECK(http.body == R"({"k": "v"})");
  CHECK(http.headers ==
        std::vector<std::pair<std::string, std::string>>{{"X-Key", "a=b"}});
  CHECK(http.save ==
        std::map<std::string, std::string>{{"TOKEN", "/access_token"}});
  CHECK(http.follow);
  CHECK(gate.deadline == 1500ms);
  CHECK(gate.interval == 100ms);
  CHECK(gate.successes == 3);
  CHECK(gate.soak == 5min);
  CHECK(gate.settled == 2s);
}

TEST_CASE("Quotes around a whole word only keep it together", "[core][gate]") {
  const auto http = parsed<HttpGate>(
      R"(http /a "status=200" 'send:Authorization=Bearer $T' "body~a b" )"
      R"('json:/x=1' "follow")");
  CHECK(http.status == std::vector<int>{200});
  CHECK(http.headers == std::vector<std::pair<std::string, std::string>>{
                            {"Authorization", "Bearer $T"}});
  CHECK(http.body_matches == "a b");
  CHECK(http.json == std::map<std::string, std::string>{{"/x", "1"}});
  CHECK(http.follow);
}

TEST_CASE("An http gate defaults to GET and 200", "[core][gate]") {
  const auto http = parsed<HttpGate>("http http://127.0.0.1:10000/health");
  CHECK(http.method == "GET");
  CHECK(http.status == std::vector<int>{200});
  CHECK(parsed<HttpGate>("http / body=x").method == "POST");
}

TEST_CASE("Every other kind reads its words", "[core][gate]") {
  CHECK(parsed<TcpGate>("tcp 127.0.0.1:8081").address == "127.0.0.1:8081");
  CHECK(parsed<TcpGate>("tcp [::1]:$PORT").address == "[::1]:$PORT");
  CHECK(parsed<CommandGate>("command 'sh check.sh' deadline=1s").command ==
        "sh check.sh");
  CHECK(parsed<LogGate>("log absent~ERROR soak=1m").absent == "ERROR");
  CHECK(parsed<LogGate>("log present~'Up and running'").present ==
        "Up and running");
  CHECK(parsed<PortGate>("port only-routed").only_routed);
  CHECK(gate_kind(parse_gate("process soak=3s")) == "process");
  CHECK(parsed<PostgresGate>("postgres $DATABASE_URL").query == "SELECT 1");
  CHECK(parsed<PostgresGate>("postgres $D query='SELECT a FROM b'").query ==
        "SELECT a FROM b");
  CHECK(parsed<RedisGate>("redis $REDIS_URL").url == "$REDIS_URL");
  CHECK(parsed<DnsGate>("dns a.test address=192.0.2.7").address == "192.0.2.7");
  CHECK(parsed<TlsGate>("tls a.test:443 days=7").valid_for == 168h);
}

TEST_CASE("A gate that cannot be read says which word and which was meant",
          "[core][gate]") {
  struct Case {
    const char *words, *message;
  };
  const auto c = GENERATE(values<Case>({
      {"", "a gate is missing"},
      {"htttp /", "did you mean \"http\""},
      {"http", "URL-or-PATH is missing"},
      {"http status=200", "expected a path"},
      {"http / statsu=200",
       "unknown word \"statsu=200\" (did you mean \"status\""},
      {"http / status~200", "write status=200"},
      {"http / status=999", "not a number from 100 to 599"},
      {"http / status=", "not a number"},
      {"http / body~'a('", "regular expression"},
      {"http / body~''", "matches everything"},
      {"http / json:ok=true", "not a JSON pointer"},
      {"http / json=1", "write json:/POINTER=VALUE"},
      {"http / within=2", "within=2: \"2\" is not a duration"},
      {"http / soak=5x", "soak=5x: \"5x\" is not a duration"},
      {"http / body~\"ok", "never closed"},
      {"http / deadlin=3s", "did you mean \"deadline\""},
      {"tcp localhost", "expected HOST:PORT"},
      {"tcp localhost:70000", "from 1 to 65535"},
      {"command sh check.sh", "unknown word \"check.sh\""},
      {"log", "either present~REGEX or absent~REGEX"},
      {"log present~a absent~b", "either"},
      {"process successes=0", "from 1 to 1000"},
  }));
  CAPTURE(c.words);
  CHECK_THAT(refusal(c.words), Contains(c.message));
}

TEST_CASE("Durations carry a unit", "[core][gate]") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("0.5s") == 500ms);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("0s") == 0s);
  for (const char* bad :
       {"", "5", "s", "-1s", "1 s", "1.2.3s", "1e3s", "9999999h"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_duration(bad), UsageError);
  }
}

TEST_CASE("The help names every gate and every word, in lines that fit",
          "[core][gate]") {
  fakes::check_golden("gate_help.txt", gate_help());
}

TEST_CASE("A gate's text shows no password", "[core][gate]") {
  CHECK(parse_gate("postgres postgres://u:pw@h/d?x=1 ").text ==
        "postgres postgres://u:[redacted]@h/d?x=1");
  CHECK(parse_gate("redis 'redis://:p@w/x@h:1/0'").text ==
        "redis 'redis://:[redacted]@h:1/0'");
  CHECK(without_password("redis redis://:$PW@h http://h:80/@x") ==
        "redis redis://:$PW@h http://h:80/@x");
  CHECK(without_password("redis redis://:$PWx-y@h") ==
        "redis redis://:[redacted]@h");
}

TEST_CASE("A gate's text ends where its last word does", "[core][gate]") {
  CHECK(parse_gate("  http /health \n").text == "http /health");
  const Gate gate = parse_gate(R"(http /a\  )");
  CHECK(std::get<HttpGate>(gate.check).url == "/a ");
  CHECK(gate.text == R"(http /a\ )");
}

TEST_CASE("Variables expand from what was saved, then from the environment",
          "[core][expand]") {
  const std::map<std::string, std::string> env{{"A", "env"}, {"B_1", "b"}};
  const std::map<std::string, std::string> saved{{"A", "saved"}};
  CHECK(expand("x$A-${B_1}y", env, saved).text == "xsaved-by");
  CHECK(expand("$$A 5$ ${ $1 ${A", env, saved).text == "$A 5$ ${ $1 ${A");
  CHECK(expand("/p", env, saved).expanded == false);
  CHECK(expand("$A", env, {}).text == "env");
  CHECK(expand("$NO$NOR", env, saved).unknown == "NO");
}

}  // namespace rung::gate_words_test
