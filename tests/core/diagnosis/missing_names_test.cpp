#include "core/diagnosis/missing_names.hpp"

#include <catch2/catch.hpp>

#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/gates/probe.hpp"

namespace rung::missing_names_test {
namespace {

constexpr const char* kPydantic =
    "Traceback (most recent call last):\n"
    "  File \"/srv/app.py\", line 9, in <module>\n"
    "    settings = Settings()\n"
    "pydantic_core._pydantic_core.ValidationError: 3 validation errors for "
    "Settings\n"
    "port\n"
    "  Input should be a valid integer, unable to parse string as an integer "
    "[type=int_parsing, input_value='x', input_type=str]\n"
    "    For further information visit https://errors.pydantic.dev/2.5/v/x\n"
    "redis_url\n"
    "  Field required [type=missing, input_value={}, input_type=dict]\n"
    "    For further information visit https://errors.pydantic.dev/2.5/v/x\n"
    "database_url\n"
    "  Field required [type=missing, input_value={}, input_type=dict]\n"
    "    For further information visit https://errors.pydantic.dev/2.5/v/x\n";

constexpr const char* kZod = R"(/srv/env.js:12
    throw new ZodError(issues);
ZodError: [
  {
    "code": "invalid_type",
    "expected": "number",
    "received": "nan",
    "path": [
      "PORT"
    ],
    "message": "Expected number, received nan"
  },
  {
    "code": "invalid_string",
    "validation": "url",
    "path": [
      "PUBLIC_URL"
    ],
    "message": "Invalid url"
  },
  {
    "code": "invalid_type",
    "expected": "string",
    "received": "undefined",
    "path": [
      "STRIPE_KEY"
    ],
    "message": "Required"
  },
  {
    "code": "invalid_type",
    "expected": "string",
    "received": "undefined",
    "path": [
      "API_KEY"
    ],
    "message": "Required"
  }
]
)";

constexpr const char* kEnvalid =
    "================================\n"
    " Invalid environment variables:\n"
    "    PORT: Invalid number input: \"abc\"\n"
    " Missing environment variables:\n"
    "    SESSION_KEY: undefined\n"
    "    DATABASE_URL: where the data is\n"
    "================================\n"
    "\n Exiting with error code 1\n";

Failure seen(const std::string& log) {
  Failure failure;
  failure.stage = Stage::start;
  failure.message = "exited with status 1 after 0.1 s";
  return explained(failure, log);
}

std::string without(std::string log, const std::string& line_begin,
                    std::size_t lines) {
  const auto from = log.find(line_begin);
  REQUIRE(from != std::string::npos);
  auto to = from;
  for (std::size_t i = 0; i < lines; ++i) to = log.find('\n', to) + 1;
  return log.erase(from, to - from);
}

}  // namespace

TEST_CASE("All variables that a complaint names are its evidence",
          "[core][missing_names]") {
  struct Case {
    const char* log;
    const char* evidence;
  };
  const Case cases[] = {
      {kPydantic, "database_url, redis_url"},
      {kZod, "API_KEY, STRIPE_KEY"},
      {kEnvalid, "DATABASE_URL, SESSION_KEY"},
      {"Invalid environment variables: { DATABASE_URL: [ 'Required' ], "
       "API_KEY: [ 'Required' ], PORT: [ 'Expected number' ] }\n",
       "API_KEY, DATABASE_URL"},
      {"Error: Config validation error: \"DB_HOST\" is required. \"API_KEY\" "
       "is required\n",
       "API_KEY, DB_HOST"},
      {"RuntimeError: Missing required environment variables: DB_URL, "
       "API_KEY\n",
       "API_KEY, DB_URL"},
  };
  for (const Case& c : cases) {
    const Failure failure = seen(c.log);
    CAPTURE(c.log, failure.message);
    CHECK(failure.cause == "missing-env-var");
    CHECK(failure.evidence == c.evidence);
    CHECK(failure.message == "exited with status 1 after 0.1 s");
    CHECK_FALSE(failure.likely.empty());
  }
}

TEST_CASE("Two complaints that name different variables are two failures",
          "[core][missing_names]") {
  const Failure both = seen(kPydantic);
  const Failure redis = seen(without(kPydantic, "database_url\n", 3));
  const Failure database = seen(without(kPydantic, "redis_url\n", 3));
  CHECK(redis.evidence == "redis_url");
  CHECK(database.evidence == "database_url");
  CHECK(both.signature != redis.signature);
  CHECK(both.signature != database.signature);
  CHECK(redis.signature != database.signature);
  CHECK(seen(without(kZod, "      \"API_KEY\"", 1)).signature !=
        seen(kZod).signature);
  CHECK(seen(without(kEnvalid, "    SESSION_KEY", 1)).signature !=
        seen(kEnvalid).signature);
  CHECK(seen(kEnvalid).signature == seen(kEnvalid).signature);
}

TEST_CASE("A level or a sentence is no variable", "[core][missing_names]") {
  const std::string_view lines[] = {"Invalid environment: see below",
                                    "ERROR: it ends", "Exiting: 1"};
  const NamedVariables named = named_variables(lines, 0);
  CHECK(named.missing.empty());
  CHECK(named.invalid.empty());
}

TEST_CASE("What a healthy release logs too is no reason of a failure",
          "[core][missing_names]") {
  Failure failure;
  failure.stage = Stage::health;
  failure.cause = "health-check-5xx";
  failure.message = "GET /health: status 500, expected 200";
  const std::string noise = "12:00:01 sh: 1: git-sha-tool: not found\n";
  const auto usual = telling_lines("12:00:00 sh: 1: git-sha-tool: not found\n");
  REQUIRE(usual.size() == 1);

  const Failure alone = explained(failure, noise);
  CHECK(alone.cause == "command-not-found");
  CHECK(alone.message == failure.message);
  CHECK_FALSE(alone.likely.empty());

  const Failure told = explained(failure, noise, usual);
  CHECK(told.cause == "health-check-5xx");
  CHECK(told.message == failure.message);

  const Failure real =
      explained(failure, noise + "KeyError: 'API_KEY'\n", usual);
  CHECK(real.cause == "missing-env-var");
  CHECK(real.evidence == "API_KEY");
  CHECK(real.message == failure.message);
}

TEST_CASE("Evidence is part of a signature wherever it stood",
          "[core][signature]") {
  Failure first;
  first.cause = "missing-module";
  first.message = "cannot load it";
  first.likely = "Error: cannot start";
  first.evidence = "left-pad";
  Failure second = first;
  second.evidence = "right-pad";
  CHECK(signature(first) != signature(second));
  second.evidence = first.evidence;
  second.message = "found otherwise";
  CHECK(signature(first) == signature(second));
}

}  // namespace rung::missing_names_test
