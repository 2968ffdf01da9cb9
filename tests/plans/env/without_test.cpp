#include "plans/env/without.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"
#include "plans/env/env_file.hpp"

namespace rung::without_test {

TEST_CASE("Variables are deleted from an env file, and nothing else",
          "[plans][env]") {
  struct Case {
    Dialect dialect;
    std::string before, after;
  };
  const Case cases[] = {
      {Dialect::compose, "# a\nA=1\nB=2\n", "# a\nB=2\n"},
      {Dialect::compose, "B=2\r\nexport A='x'\r\n\r\n", "B=2\r\n\r\n"},
      {Dialect::compose, "A=1\nB=2\nA=3", "B=2\n"},
      {Dialect::compose, "B=2\nA=\"one\ntwo\"\nC=3\n", "B=2\nC=3\n"},
      {Dialect::dotenv_node, "AA=1\nA=1 # not AA\n", "AA=1\n"},
      {Dialect::docker, "A=1\n\nB=A=1\n", "\nB=A=1\n"},
      {Dialect::sh, "export A=1\nB=$A\n", "B=$A\n"},
      {Dialect::compose, "", ""},
      {Dialect::compose, "A", "A"},  // sets nothing
  };
  for (const Case& one : cases) {
    CAPTURE(one.before, to_string(one.dialect));
    CHECK(without_variables(one.before, {"A"}, one.dialect, ".env") ==
          one.after);
  }
  CHECK_THROWS_AS(without_variables("A='", {"A"}, Dialect::sh, ".env"),
                  PlanError);
}

}  // namespace rung::without_test
