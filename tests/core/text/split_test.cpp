#include "core/text/split.hpp"

#include <catch2/catch.hpp>

namespace rung::split_test {

using Parts = std::vector<std::string_view>;

TEST_CASE("A text is split at each sign", "[core][split]") {
  CHECK(split("a.b..c", '.') == Parts{"a", "b", "", "c"});
  CHECK(split("abc", '.') == Parts{"abc"});
  CHECK(split(".", '.') == Parts{"", ""});
  CHECK(split("", '.') == Parts{""});
}

TEST_CASE("The end of the last line begins no other", "[core][split]") {
  CHECK(lines_of("one\ntwo\n") == Parts{"one", "two"});
  CHECK(lines_of("one\ntwo") == Parts{"one", "two"});
  CHECK(lines_of("one\n\n") == Parts{"one", ""});
  CHECK(lines_of("\n") == Parts{""});
  CHECK(lines_of("").empty());
}

}  // namespace rung::split_test
