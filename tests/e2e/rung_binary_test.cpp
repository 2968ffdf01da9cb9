#include "tests/e2e/rung_binary.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "adapters/process/environment.hpp"
#include "adapters/process/process.hpp"
#include "core/report/report.hpp"
#include "core/report/report_json.hpp"

namespace rung::e2e {

nlohmann::json Result::json() const {
  CAPTURE(exit, log);
  const auto parsed = nlohmann::json::parse(out, nullptr, false);
  REQUIRE_FALSE(parsed.is_discarded());
  if (parsed.contains("outcome") || parsed.contains("error")) {
    const auto text = nlohmann::json::parse(parsed.contains("error")
                                                ? rung_error_schema_json
                                                : rung_report_schema_json);
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(text),
                          schema);
    valijson::Validator validator;
    CHECK(validator.validate(
        schema, valijson::adapters::NlohmannJsonAdapter(parsed), nullptr));
  }
  return parsed;
}

Result ran(const std::vector<std::string>& argv,
           const std::filesystem::path& cwd,
           const std::map<std::string, std::string>& more_env) {
  ProcessSpec spec;
  spec.argv = argv;
  spec.cwd = cwd;
  spec.apart = true;
  spec.env = own_environment();
  for (const auto& [name, value] : more_env) spec.env[name] = value;
  const Ran ran = rung::run(spec, std::chrono::minutes(5));
  Result result;
  if (ran.exit) {
    result.exit = ran.exit->signal != 0 ? 128 + ran.exit->signal
                                        : ran.exit->code;
  }
  result.out = ran.output;
  result.log = ran.log;
  return result;
}

Result rung(const std::vector<std::string>& arguments,
            const std::filesystem::path& cwd,
            const std::map<std::string, std::string>& more_env) {
  std::vector<std::string> argv = {RUNG_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return ran(argv, cwd, more_env);
}

TEST_CASE("The binary says what it is and how it is used", "[e2e]") {
  const Result help = rung({"--help"}, ".");
  CHECK(help.exit == 0);
  for (const char* command :
       {"check", "climb", "bisect", "probe", "nightly", "status", "log",
        "resume", "recover", "rollback", "stop", "clean", "diagnose", "explain",
         "doctor", "serve", "audit", "init"}) {
    CHECK_THAT(help.out, Catch::Contains(std::string("\n  ") + command + "  "));
  }
  const Result version = rung({"--version"}, ".");
  CHECK(version.exit == 0);
  CHECK_THAT(version.out,
             Catch::Matches("rung \\d+\\.\\d+\\.\\d+"
                            "( \\([0-9a-f]+, [0-9-]+\\))?\n"));
  const Result wrong = rung({"bisectt"}, ".");
  CHECK(wrong.exit == 129);
  CHECK(wrong.out.empty());
  CHECK(wrong.log ==
        "rung: there is no command bisectt (did you mean \"bisect\"?); "
        "try: rung --help\n");
}

}  // namespace rung::e2e
