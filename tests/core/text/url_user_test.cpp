#include "core/text/url_user.hpp"

#include <catch2/catch.hpp>

namespace rung::url_user_test {

TEST_CASE("User and password stand before the host of a URL",
          "[core][url_user]") {
  const std::string text = "x http://h/a@b postgres://app:p@w:1@db/x?y=@ end";
  const auto found = url_user(text);
  REQUIRE(found);
  CHECK(text.substr(found->begin, found->end - found->begin) == "app:p@w:1");
  CHECK(found->user == "app");
  CHECK(found->password == "p@w:1");
  CHECK_FALSE(url_user(text, found->end));
}

TEST_CASE("A user may have no password, and a URL no user",
          "[core][url_user]") {
  const auto token = url_user("git+https://token@host/x");
  REQUIRE(token);
  CHECK(token->user == "token");
  CHECK_FALSE(token->password);
  CHECK(url_user("redis://:pw@h")->password == "pw");
  CHECK_FALSE(url_user("http://h/x@y"));
  CHECK_FALSE(url_user("user:pw@host"));
}

TEST_CASE("What ends the host part can be told", "[core][url_user]") {
  CHECK_FALSE(url_user("http://u:p?w@h/x"));
  CHECK(url_user("http://u:p?w@h/x", 0, "/")->password == "p?w");
  CHECK_FALSE(url_user("http://h u:p@h", 0, "/ "));
}

TEST_CASE("Safe to show is a URL without its password", "[core][url_user]") {
  CHECK(without_password("postgres://u:p@w/x@h/d?x=1") ==
        "postgres://u:[redacted]@h/d?x=1");
  CHECK(without_password("'redis://:p@h:1/0' b") ==
        "'redis://:[redacted]@h:1/0' b");
  CHECK(without_password("redis://:$PW@h http://h:80/@x") ==
        "redis://:$PW@h http://h:80/@x");
  CHECK(without_password("redis://:$PWx-y@h") == "redis://:[redacted]@h");
}

}  // namespace rung::url_user_test
