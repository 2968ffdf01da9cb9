#include "adapters/http/http_api.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/shared_clock.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::http_api_test {
namespace {

using namespace std::chrono_literals;
using fakes::ApiAnswer;
using fakes::ApiCall;

ApiAnswer lost() {
  ApiAnswer answer;
  answer.wire = ApiAnswer::Wire::reset;
  return answer;
}

/// Answers one after the other, the last one from then on.
class Script {
 public:
  explicit Script(std::vector<ApiAnswer> answers)
      : answers_(std::move(answers)) {}
  ApiAnswer operator()(const ApiCall& call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(call);
    return answers_[std::min(calls_.size(), answers_.size()) - 1];
  }
  std::vector<ApiCall> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::vector<ApiAnswer> answers_;
  std::vector<ApiCall> calls_;
};

struct Fixture {
  explicit Fixture(std::vector<ApiAnswer> answers)
      : script(std::move(answers)) {}
  Script script;
  fakes::SharedClock clock;
  fakes::ApiServer server{[this](const ApiCall& call) { return script(call); }};
  HttpApiSettings settings{.platform = "the tests", .base_url = server.url()};

  [[nodiscard]] auto waited() const { return clock.now() - begun; }
  const Clock::Time begun = clock.now();
};

ApiRequest post(const std::string& path = "/things?secret=query") {
  ApiRequest request;
  request.method = "POST";
  request.path = path;
  request.body = R"({"value":"hunter2-in-the-body"})";
  return request;
}

ApiRequest get(const std::string& path = "/things") {
  ApiRequest request;
  request.path = path;
  return request;
}

bool tells(const std::string& text) {
  return text.find("hunter2") != text.npos || text.find("query") != text.npos;
}

}  // namespace

TEST_CASE("An API that asks for patience gets it", "[adapters][http_api]") {
  SECTION("in seconds") {
    Fixture f({{429, "slow down", {{"Retry-After", "17"}}}, {200, "{}"}});
    HttpApi api(f.settings, f.clock);
    CHECK(api.call(post()).status == 200);
    CHECK(f.waited() >= 17s);
    CHECK(f.waited() < 20s);
    CHECK(api.calls() == 2);
  }
  SECTION("until a time") {
    Fixture f({{200, ""}});
    const auto at = f.clock.unix_ms() / 1000 + 40;
    Fixture g({{429, "", {{"Ratelimit-Reset", std::to_string(at)}}},
               {200, "{}"}});
    HttpApi api(g.settings, g.clock);
    CHECK(api.call(get()).ok());
    CHECK(g.waited() >= 39s);
    CHECK(g.waited() < 45s);
  }
  SECTION("without saying how long, growing") {
    Fixture f({{429, ""}, {429, ""}, {429, ""}, {200, "{}"}});
    HttpApi api(f.settings, f.clock);
    CHECK(api.call(get()).ok());
    CHECK(f.waited() >= 700ms);  // halves of 0.2, 0.4 and 0.8 s at least
    CHECK(f.waited() < 10s);
  }
  SECTION("but not longer than the caller has") {
    Fixture f({{429, "", {{"Retry-After", "300"}}}});
    HttpApi api(f.settings, f.clock);
    CHECK_THROWS_AS(api.call(get()), PlatformError);
    CHECK(f.script.calls().size() == 1);
    CHECK(f.waited() < 1s);
  }
  SECTION("an absurd time is none") {
    for (const char* text : {"soon", "-5", "nan", ""}) {
      CAPTURE(text);
      Fixture f({{429, "", {{"Retry-After", text}}}, {200, "{}"}});
      HttpApi api(f.settings, f.clock);
      CHECK(api.call(get()).ok());
      CHECK(f.waited() < 1s);
    }
  }
}

TEST_CASE("What may be done twice is, what may not is a lost reply",
          "[adapters][http_api]") {
  ApiAnswer half{200, R"({"id":"a thing that was made"})"};
  half.wire = ApiAnswer::Wire::half;
  const auto trouble = GENERATE_COPY(values<ApiAnswer>(
      {lost(), half, {500, R"({"message":"oops"})"}, {503, "<html>"}}));
  CAPTURE(trouble.status, static_cast<int>(trouble.wire));
  SECTION("GET") {
    Fixture f({trouble, trouble, {200, R"({"id":1})"}});
    HttpApi api(f.settings, f.clock);
    CHECK(api.call(get()).json().at("id") == 1);
    CHECK(f.script.calls().size() >= 3);
  }
  SECTION("POST, on a connection that is new or was kept") {
    const bool kept = GENERATE(true, false);
    std::vector<ApiAnswer> answers;
    if (kept) answers.push_back({200, "{}"});
    answers.push_back(trouble);
    answers.push_back({201, "{}"});
    Fixture f(answers);
    HttpApi api(f.settings, f.clock);
    if (kept) api.call(get());
    CHECK_THROWS_AS(api.call(post()), LostReply);
    CHECK(f.script.calls().size() == (kept ? 2 : 1));
  }
  SECTION("POST that says it may be repeated") {
    Fixture f({trouble, {201, "{}"}});
    HttpApi api(f.settings, f.clock);
    ApiRequest request = post();
    request.repeatable = true;
    CHECK(api.call(request).status == 201);
  }
}

TEST_CASE("A server that is not there takes no request, so none is lost",
          "[adapters][http_api]") {
  fakes::SharedClock clock;
  HttpApiSettings settings{
      .platform = "the tests",
      .base_url = "http://127.0.0.1:" + std::to_string(fakes::free_port())};
  settings.patience = 20s;
  HttpApi api(settings, clock);
  try {
    api.call(post());
    FAIL("answered by nobody");
  } catch (const LostReply&) {
    FAIL("nothing can be lost where nobody listens");
  } catch (const PlatformError& error) {
    CHECK_FALSE(tells(error.what()));
    CHECK_THAT(error.what(), Catch::Contains("POST /things"));
  }
  CHECK(api.calls() > 3);
}

TEST_CASE("A token that has expired is renewed once", "[adapters][http_api]") {
  const auto with_token = [](std::string& token) {
    return [&token](bool renew) {
      if (renew) token = "hunter2-new";
      return std::map<std::string, std::string>{
          {"Authorization", "Bearer " + token}};
    };
  };
  std::string token = "hunter2-old";
  SECTION("and then works") {
    Fixture f({{401, "expired"}, {201, "{}"}});
    f.settings.authorize = with_token(token);
    HttpApi api(f.settings, f.clock);
    CHECK(api.call(post()).status == 201);
    const auto calls = f.script.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].headers.at("authorization") == "Bearer hunter2-old");
    CHECK(calls[1].headers.at("authorization") == "Bearer hunter2-new");
  }
  SECTION("or is no good: nobody else can mend that") {
    for (const int status : {401, 402, 403}) {
      CAPTURE(status);
      Fixture f({{status, R"({"message":"no such key"})"}});
      f.settings.authorize = with_token(token);
      HttpApi api(f.settings, f.clock);
      try {
        api.call(post());
        FAIL("authorized");
      } catch (const AbortError& error) {
        CHECK_FALSE(tells(error.what()));
        CHECK_THAT(error.what(), Catch::Contains("no such key"));
      }
      CHECK(f.script.calls().size() == (status == 401 ? 2 : 1));
    }
  }
}

TEST_CASE("What an answer says of an error is one line of it",
          "[adapters][http_api]") {
  const auto said = [](const std::string& body) {
    ApiReply reply;
    reply.body = body;
    return reply.said();
  };
  CHECK(said(R"({"id":"x","message":"no"})") == "no");
  CHECK(said(R"({"error":{"code":400,"message":"no"}})") == "no");
  CHECK(said("plain\ntext\n") == "plain text");
  CHECK(said(R"({"error":["x"]})") == R"({"error":["x"]})");
  CHECK(said("\x1b[31mred").find('\x1b') == std::string::npos);
  CHECK(said(std::string(10000, 'x')).size() < 500);
  CHECK(said("").empty());
  std::string endless;
  for (int i = 0; i < 200'000; ++i) endless += R"({"message":)";
  CHECK(said(endless + "1" + std::string(200'000, '}')).size() < 500);
}

TEST_CASE("Other answers are the caller's affair", "[adapters][http_api]") {
  for (const int status : {400, 404, 409, 410, 422, 301}) {
    Fixture f({{status, R"({"message":"no"})"}});
    HttpApi api(f.settings, f.clock);
    CHECK(api.call(post()).status == status);
    CHECK(f.script.calls().size() == 1);
  }
}

TEST_CASE("The user can stop a call that hangs", "[adapters][http_api]") {
  fakes::SharedClock clock;
  fakes::ApiServer server([](const ApiCall&) {
    Interruption::request();
    return lost();
  });
  HttpApi api({.platform = "the tests", .base_url = server.url()}, clock);
  CHECK_THROWS_AS(api.call(get()), Interrupted);
  Interruption::clear();
}

TEST_CASE("A change that is on its way is waited for, and no other is begun",
          "[adapters][http_api]") {
  fakes::SharedClock clock;
  fakes::ApiServer server([](const ApiCall&) {
    Interruption::request();
    return ApiAnswer{200, "{}", {}};
  });
  HttpApi api({.platform = "the tests", .base_url = server.url()}, clock);
  ApiRequest change = post();
  CHECK(api.call(change).status == 200);
  CHECK_THROWS_AS(api.call(change), Interrupted);
  CHECK(api.calls() == 1);
  Interruption::clear();
}

}  // namespace rung::http_api_test
