#include "plans/env/without.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"
#include "plans/env/env_file.hpp"

namespace rung::without_test {

TEST_CASE("Variables are deleted from an env file, and nothing else",
          "[plans][env][without]") {
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
      {Dialect::dotenv_node, "A=\"x\"\n\n# the key\n \nB=2\n",
       "\n# the key\n \nB=2\n"},
      {Dialect::dotenv_node, "B=2\nA='x\ny' # of A\n\n# of C\nC=3",
       "B=2\n\n# of C\nC=3"},
      {Dialect::dotenv_python, "A=\"x\"\n\n# the key\nB=2\n",
       "\n# the key\nB=2\n"},
      {Dialect::compose, "A=\"x\"\n\n# the key\nB=2\n", "\n# the key\nB=2\n"},
      {Dialect::compose,
       "\xef\xbb\xbf"
       "A=1\r\nB=2\r\n",
       "\xef\xbb\xbf"
       "B=2\r\n"},
      {Dialect::docker,
       "\xef\xbb\xbf"
       "A=1\n",
       "\xef\xbb\xbf"},
      {Dialect::sh, "A=1\nexport A\nexport B=2 C\n", "export B=2 C\n"},
      {Dialect::compose, "", ""},
      {Dialect::compose, "A", "A"},  // sets nothing
  };
  for (const Case& one : cases) {
    CAPTURE(one.before, to_string(one.dialect));
    CHECK(without_variables(one.before, {"A"}, one.dialect, ".env") ==
          one.after);
  }
  // Lower files set what this one must have.
  CHECK(without_variables("A=1\nB=${C:?}\n", {"A"}, Dialect::compose, ".env",
                          {{"C", "x"}}) == "B=${C:?}\n");
  CHECK_THROWS_AS(without_variables("A='", {"A"}, Dialect::sh, ".env"),
                  PlanError);
}

TEST_CASE("No line is deleted that is not the variable's alone",
          "[plans][env][without]") {
  struct Case {
    Dialect dialect;
    std::string text, why;
  };
  const Case cases[] = {
      {Dialect::sh, "B=2\nA=1 B=2\n", ".env:2: A shares its line with B"},
      {Dialect::sh, "A=1\nexport A B\n", ".env:2: A shares its line with B"},
      {Dialect::compose, "A=\"x\" B=2\n", ".env:1: A shares its line with B"},
      {Dialect::dotenv_node, "A=1\rB=2\r", "carriage return"},
      {Dialect::dotenv_python, "A=1\rB=2\n", "carriage return"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text, to_string(one.dialect));
    CHECK_THROWS_WITH(without_variables(one.text, {"A"}, one.dialect, ".env"),
                      Catch::Contains(one.why));
    CHECK(without_variables(one.text, {"Z"}, one.dialect, ".env") == one.text);
  }
}

}  // namespace rung::without_test
