#include "plans/env/meaning.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"
#include "plans/env/kind.hpp"

namespace rung::meaning_test {
namespace {

std::string kind(std::string_view text) {
  return no_env_file(text, false).value_or("").substr(0, 24);
}

std::string told(std::string_view text, Dialect dialect) {
  std::string all;
  try {
    for (const auto& note : read_env_told(text, dialect, ".env").notes) {
      all += note + "\n";
    }
  } catch (const PlanError& error) {
    all = std::string("refused: ") + error.what();
  }
  return all;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("What is no env file is refused by what it is",
          "[plans][env_meaning]") {
  CHECK(kind("services:\n  web:\n    image: x\n") ==
        "a Docker Compose file (d");
  CHECK(kind("version: '3'\n\nservices:  # all\n  web:\n    environment:\n"
             "      A: x\n") == "a Docker Compose file (d");
  CHECK(kind("apiVersion: v1\nkind: ConfigMap\ndata:\n  A: x\n") ==
        "a Kubernetes ConfigMap (");
  CHECK(kind("kind: Secret\napiVersion: v1\n") == "a Kubernetes Secret (YAM");
  CHECK(kind("web:\n  - A=1\n") == "YAML with keys below key");
  CHECK(kind("{\"A\": \"x\"}") == "JSON; write its variable");
  CHECK(kind("\n [1, 2]\n") == "JSON; write its variable");
  CHECK(kind("#!/bin/sh\nA=1\n") == "a shell script, which ru");
  CHECK(kind("set -e\nexport A=1\n") == "a shell script, which ru");
  CHECK(kind("A=1\nif [ -f x ]; then\n  A=2\nfi\n") ==
        "a shell script, which ru");
  CHECK(kind("export A=$(cat file)\n") == "a shell script, which ru");
  CHECK(kind("f() {\n  A=1\n}\n") == "a shell script, which ru");
  CHECK_FALSE(no_env_file("#!/bin/sh\nexport A=1\n", true));

  for (const char* text :
       {"", "\n", "A=1\nB=2\n", "A: 1\nB: 2\n", "export A=1\n",
        "A=\"\nservices:\n  web:\n\"\n", "KEY='\nset -e\necho x\n'\n",
        "# echo x\nA={\"k\": 1}\n", "KEY:\nB=1\n", "echo=1\nsource=x\ndo=2\n",
        "PW=$(x)\n", "CMD=if [ x ]\n", "A\n"}) {
    CAPTURE(text);
    CHECK_FALSE(no_env_file(text, false));
  }
  const std::string refused =
      told("services:\n  web:\n    image: hunter2\n", Dialect::docker);
  CHECK(has(refused, "refused: .env: not an env file: it is a Docker Compose"));
  CHECK_FALSE(has(refused, "hunter2"));
}

TEST_CASE("A name that a shell drops is told", "[plans][env_meaning]") {
  const std::string odd =
      told("discovery.type=hunter2\nA=1\n2CAPTCHA_KEY=x\n", Dialect::docker);
  CHECK(has(odd,
            ".env:1: discovery.type, 2CAPTCHA_KEY: not a name that a shell "
            "variable can have"));
  CHECK_FALSE(has(odd, "hunter2"));
  CHECK_FALSE(has(told("A=1\n_b=2\n", Dialect::docker),
                  "not a name that a shell variable can have"));
}

TEST_CASE("A value read otherwise than it stands there is told, with the "
          "dialect that reads it so",
          "[plans][env_meaning]") {
  struct Case {
    const char* text;
    Dialect dialect;
    const char* says;
    Dialect advice;
  };
  const Case cases[] = {
      {"PW=s3cr$et\nB=1\n", Dialect::compose, "a $ in it is expanded",
       Dialect::dotenv_node},
      {"HASH=$2y$10$abcdefghijk\n", Dialect::compose, "refused",
       Dialect::dotenv_node},
      {"HASH=\"$2y$10$abcdefghijk\"\n", Dialect::sh, "refused",
       Dialect::dotenv_node},
      {"PORT=\"3000\"\n", Dialect::docker, "the quotes are part of it",
       Dialect::compose},
      {"PORT='3000'\r\nB=x\r\n", Dialect::docker, "the quotes are part of it",
       Dialect::compose},
      {"A=x\r\nB=y\r\n", Dialect::sh, "refused", Dialect::compose},
      {"A=x # comment\n", Dialect::docker, "the comment is part of it",
       Dialect::compose},
      {"COLOUR=red#1\n", Dialect::dotenv_node, "it is cut at a #",
       Dialect::compose},
      {"export A=1\n", Dialect::docker, "refused", Dialect::compose},
      {"A = 1\n", Dialect::docker, "refused", Dialect::compose},
      {"A=two words\n", Dialect::sh, "refused", Dialect::compose},
      // Both at once: no $ expanded, no quotes kept.
      {"PW=s3cr$et\nPORT=\"3000\"\n", Dialect::docker,
       "the quotes are part of it", Dialect::dotenv_node},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, to_string(c.dialect));
    const std::string text = told(c.text, c.dialect);
    CAPTURE(text);
    CHECK(has(text, c.says));
    CHECK(has(text, "--dialect " + std::string(to_string(c.advice))));
    for (const char* value : {"s3cr", "2y$10", "3000", "two words"}) {
      CHECK_FALSE(has(text, value));
    }
  }
  CHECK(has(told("A=x\r\n", Dialect::compose), "CR LF"));
  CHECK(told("A=x\nURL=http://h:1/p\n", Dialect::compose).empty());
  // A variable of the file is meant by its name.
  CHECK_FALSE(has(told("HOST=h\nURL=http://$HOST/\n", Dialect::compose),
                  "but"));
  // Read as meant here, otherwise there.
  CHECK(has(told("PORT=\"3000\"\n", Dialect::compose),
            "docker reads PORT differently from compose"));
}

}  // namespace rung::meaning_test
