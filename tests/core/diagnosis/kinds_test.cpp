#include <catch2/catch.hpp>
#include <string>

#include "core/diagnosis/diagnosis.hpp"
#include "tests/core/diagnosis/diagnosis_cases.hpp"

namespace rung::kinds_test {
using diagnosis_cases::Case;
using diagnosis_cases::check;
using diagnosis_cases::Not;

TEST_CASE("A named error is the app's own only with a trace beside it",
          "[core][diagnosis][kinds]") {
  check(Case{"start", "app-exception", "no till",
             "Traceback (most recent call last):\n"
             "  File \"/app/till.py\", line 3, in <module>\n"
             "ShopError: no till\n"});
  check(Case{"start", "app-exception", "no till",
             "thread 'main' panicked at src/main.rs:4:9:\n"
             "no till\n"});
  for (const auto& c : {
           Not{"app-exception", "DeployError: no till\n"},
           Not{"app-exception",
               "ToolError: Command 'till open' failed with exit code 2\n"
               "    at run (/usr/lib/tool/run.js:3:1)\n"},
           Not{"app-exception",
               "Error: connect ETIMEDOUT 10.0.0.9:443\n"
               "    at TCP.onend (node:net:3:1)\n"},
           Not{"app-exception", "Error: release web failed\n    at x.js:1:2\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A step's own word that it failed tells no cause",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"build", "unknown", "", "Precompiling assets failed.\n"},
           Case{"build", "unknown", "",
                "[ERROR] Failed to execute goal org.till:till-maven-plugin:1:"
                "open (default) on project till: it is shut\n"},
           Case{"start", "unknown", "", "till-1 exited with code 3\n"},
           Case{"build", "compile-error", "maven-compiler-plugin",
                "[ERROR] Failed to execute goal org.apache.maven.plugins:"
                "maven-compiler-plugin:3.11.0:compile (default) on project "
                "till\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A proxy's unknown upstream follows from the container that ended",
          "[core][diagnosis][kinds]") {
  check(Case{"start", "dns-failure", "till",
             "nginx: [emerg] host not found in upstream \"till\"\n"});
  check(Not{"dns-failure",
            "till-1  | exited early\n"
            "till-1 exited with code 1\n"
            "proxy-1  | nginx: [emerg] host not found in upstream \"till\"\n"});
  // The proxy's own end comes after its error.
  check(Case{"start", "dns-failure", "till",
             "proxy-1  | nginx: [emerg] host not found in upstream \"till\"\n"
             "proxy-1 exited with code 1\n"});
}

TEST_CASE("A PHP extension is missing or not to be had",
          "[core][diagnosis][kinds]") {
  check(Case{"build", "missing-module", "ext-gmp",
             "- shop/till requires ext-gmp * -> it is missing from your "
             "system. Install or enable PHP's gmp extension.\n"});
  check(Case{"build", "unsupported-dependency", "ext-gmp",
             "- shop/till requires heroku-sys/ext-gmp * -> no matching package "
             "found.\n"});
  check(Not{"missing-module",
            "- shop/till requires shop/bell ^2 -> found shop/bell[1.0] but it "
            "does not match the constraint.\n"});
}

TEST_CASE("An image that cannot be pulled is no matter of the repository",
          "[core][diagnosis][kinds]") {
  for (const char* log :
       {"CannotPullContainerError: pull access denied for shop/till\n",
        "unauthorized when trying to pull repository shop/till\n"}) {
    CAPTURE(log);
    const auto found = diagnose(log);
    CHECK(found.cause.starts_with("image-pull"));
    CHECK(found.evidence.find("shop/till") != std::string::npos);
  }
  check(Not{"image-pull-failed", "failed to clone repository shop/till\n"});
  check(Not{"repo-auth-failed",
            "unable to access image shop/till: no permission\n"});
  // A server's login is refused when files are sent there, not before.
  check(Case{"release", "repo-auth-failed", "publickey",
             "deploy@203.0.113.9: Permission denied (publickey).\n"
             "rsync error: unexplained error (code 255) at io.c(228)\n"});
  check(Case{"source", "repo-auth-failed", "publickey",
             "Cloning into 'till'...\n"
             "git@example.org: Permission denied (publickey).\n"
             "fatal: Could not read from remote repository.\n"});
}

TEST_CASE("A client's frame tells whose connection broke",
          "[core][diagnosis][kinds]") {
  check(Case{"start", "db-unreachable", "ETIMEDOUT",
             "Error: connect ETIMEDOUT\n"
             "    at Socket.<anonymous> "
             "(/app/node_modules/ioredis/built/Redis.js:170:41)\n"});
  check(Case{"start", "db-unreachable", "db.internal:5432",
             "error: failed to connect to db.internal:5432\n"});
  for (const auto& c : {
           Not{"db-unreachable",
               "Error: connect ETIMEDOUT\n"
               "    at f (/app/node_modules/axios/lib/core.js:1:2)\n"},
           Not{"db-unreachable", "failed to connect to example.org:8443\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A probe that fails is told in many words",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"health", "health-timeout", "",
                "The readiness check of till timed out after 90 s\n"},
           Case{"health", "health-timeout", "",
                "deployment till never became ready\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"health-timeout", "Readiness probe of till succeeded\n"},
           Not{"health-timeout",
               "liveness probe enabled, failure threshold 3\n"},
           Not{"health-timeout", "health check endpoint /up\n"},
       }) {
    check(c);
  }
}

TEST_CASE("What may not be touched is named by any tool",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"start", "permission-denied", "/data",
                "chown: /data: Operation not permitted\n"},
           Case{"start", "permission-denied", "/var/till",
                "panic: mkdir /var/till: permission denied\n"},
           Case{"start", "command-not-found", "/usr/bin/till",
                "/start.sh: line 4: /usr/bin/till: No such file or "
                "directory\n"},
       }) {
    check(c);
  }
  check(Not{"permission-denied", "chown: /data: No such file or directory\n"});
  check(Not{"command-not-found",
            "/start.sh: line 4: /etc/till.conf: No such file or directory\n"});
}

TEST_CASE("Platforms say in their own words what they wait for",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"listen", "no-port-bound", "", "instance refused connection\n"},
           Case{"release", "platform-error", "provision",
                "timed out waiting for the database to be provisioned\n"},
           Case{"start", "missing-module", "till",
                "[ERROR] Runtime.ImportModuleError: Unable to import module "
                "'main': No module named 'till'\n"},
           Case{"network", "tls-error", "till.example.org",
                "could not obtain certificate for the domain "
                "till.example.org\n"},
       }) {
    check(c);
  }
  check(Not{"no-port-bound", "INFO instance refused connection to 3 peers\n"});
  check(Not{"platform-error", "timed out waiting for the till\n"});
}

TEST_CASE("The command that runs tells build from start",
          "[core][diagnosis][kinds]") {
  constexpr const char* kBoom =
      "Traceback (most recent call last):\nShopError: no till\n";
  const auto stage = [&](const std::string& mark) {
    const auto found = diagnose(mark + "\n" + kBoom).stage;
    return found ? std::string(to_string(*found)) : "none";
  };
  CHECK(stage("Running 'npm ci'") == "build");
  CHECK(stage("Running 'npm start'") == "start");
  CHECK(stage("Running rake db:seed attached to terminal... up, run.17") ==
        "release");
}

}  // namespace rung::kinds_test
