#include "plans/env_file.hpp"

#include <catch2/catch.hpp>

#include "core/error.hpp"

namespace rung {
namespace {

constexpr Dialect kAll[] = {Dialect::docker, Dialect::compose,
                            Dialect::dotenv_python, Dialect::dotenv_node,
                            Dialect::sh};

/// What a dialect makes of the text: the value of `name`, or "!" = refused.
std::string reading(const std::string& text, Dialect dialect,
                    const std::string& name) {
  try {
    const auto values =
        read_env_text(text, dialect, ".env", {{"HOME_X", "home"}}).values();
    const auto it = values.find(name);
    return it == values.end() ? "(unset)" : it->second;
  } catch (const PlanError&) {
    return "!";
  }
}

struct Row {
  const char *line, *name;
  const char *docker, *compose, *python, *node, *sh;
};

// Issue 2, section 9, cell by cell.
const Row kTable[] = {
    {R"(A='{"k": "v"}')", "A", R"('{"k": "v"}')", R"({"k": "v"})",
     R"({"k": "v"})", R"({"k": "v"})", R"({"k": "v"})"},
    {"D=val # comment", "D", "val # comment", "val", "val", "val", "val"},
    {"E=val# nocomment", "E", "val# nocomment", "val# nocomment",
     "val# nocomment", "val", "!"},
    {R"(G="a\nb")", "G", R"("a\nb")", "a\nb", "a\nb", "a\nb", R"(a\nb)"},
    {"I=  spaced  ", "I", "  spaced  ", "spaced", "spaced", "spaced", "!"},
    {"export J=x", "J", "!", "x", "x", "x", "x"},
    {"K = v", "K", "!", "v", "v", "v", "!"},
    {"P=pa$$word", "P", "pa$$word", "pa$word", "pa$$word", "pa$$word", "!"},
    {R"(B="a$HOME_X b")", "B", R"("a$HOME_X b")", "ahome b", "a$HOME_X b",
     "a$HOME_X b", "ahome b"},
    {"U=${UNSET:-def}", "U", "${UNSET:-def}", "def", "def", "${UNSET:-def}",
     "def"},
    {"M=\"one\ntwo\"", "M", "\"one", "one\ntwo", "one\ntwo", "one\ntwo",
     "one\ntwo"},
    {"S=a#b", "S", "a#b", "a#b", "a#b", "a", "a#b"},
};

}  // namespace

TEST_CASE("Each dialect reads each line of the table as its program does",
          "[plans][env_file]") {
  for (const Row& row : kTable) {
    const char* const expected[] = {row.docker, row.compose, row.python,
                                    row.node, row.sh};
    for (std::size_t i = 0; i < std::size(kAll); ++i) {
      CAPTURE(row.line, to_string(kAll[i]));
      CHECK(reading(std::string(row.line) + "\n", kAll[i], row.name) ==
            expected[i]);
      CHECK(reading(row.line, kAll[i], row.name) == expected[i]);
    }
  }
}

}  // namespace rung
