#include <catch2/catch.hpp>
#include <string>

#include "core/diagnosis/diagnosis.hpp"
#include "tests/core/diagnosis/diagnosis_cases.hpp"

namespace rung::neighbours_test {

using diagnosis_cases::Case;
using diagnosis_cases::check;
using diagnosis_cases::Not;

TEST_CASE("A tool's neighbour word is not what the tool failed at",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"build", "native-build-failed", "tillc",
                "running setup.py of tillc\n"
                "ERROR: Failed to build tillc\n"},
           Case{"build", "native-build-failed", "aarch64-linux-gnu-gcc",
                "error: linker `aarch64-linux-gnu-gcc` not found\n"
                "  = note: No such file or directory (os error 2)\n"},
           Case{"build", "native-build-failed", "tillc",
                "gyp ERR! cwd /app/node_modules/tillc\n"
                "gyp ERR! build error\n"},
           Case{"build", "pep668", "",
                "error: externally-managed-environment\n"},
           Case{"start", "missing-module", "gulp",
                "Local gulp not found in /app\n"},
           Case{"build", "missing-module", "SSL",
                "Can't connect to HTTPS URL because the SSL module is not "
                "available.\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"native-build-failed", "Failed to build site\n"},
           Not{"native-build-failed",
               "pip install done\nFailed to build the site\n"},
           Not{"pep668",
               "Command \"python -c setup.py install "
               "--single-version-externally-managed\" failed\n"},
           Not{"missing-module",
               "You have already activated till 2, but your Gemfile requires "
               "till 1. (Gem::LoadError)\n"},
           Not{"bad-env-value", "RuntimeError: TILL_KEYS: opened by a bell\n"},
           Not{"file-not-found", "could not load template engine: shut\n"},
       }) {
    check(c);
  }
}

TEST_CASE("An app's exception gives way to the cause that it carries",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"start", "missing-module", "Till\\Provider",
                "[2026-01-02 03:04:05] production.ERROR: Class \"Till\\Provider"
                "\" not found {\"exception\":\"[object] (Error(code: 0)\"}\n"},
           Case{"start", "bad-entrypoint", "till.dll",
                "Unable to load application or execute command 'till.dll'.\n"},
           Case{
               "start", "file-not-found", "/app/till.exs",
               "** (File.Error) could not read file \"/app/till.exs\": no such "
               "file or directory\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"missing-module", "production.INFO: Class \"7b\" was opened\n"},
           Not{"app-exception",
               "Traceback (most recent call last):\n"
               "  File "
               "\"/usr/lib/python3/site-packages/pip/_internal/till.py\","
               " line 3, in run\n"
               "ShopError: no till\n"},
           Not{"app-exception", "TypeError: fetch failed\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A kill after a worker's own timeout is no want of memory",
          "[core][diagnosis][kinds]") {
  const std::string timeout = "[7] [CRITICAL] WORKER TIMEOUT (pid:12)\n";
  const auto kill = [](const char* pid) {
    return "[7] [ERROR] Worker (pid:" + std::string(pid) +
           ") was sent SIGKILL! Perhaps out of memory?\n";
  };
  CHECK(diagnose(timeout + kill("12")).cause == "worker-timeout");
  CHECK(diagnose(kill("12")).cause == "oom-killed");
  CHECK(diagnose(timeout + kill("13")).cause == "oom-killed");
  // A platform that stops what did not boot kills it with the same signal.
  check(Case{"start", "oom-killed", "137", "Exited with status 137\n"});
  check(Not{"oom-killed",
            "Error R10 (Boot timeout) -> Web process failed to bind to $PORT\n"
            "Stopping process with SIGKILL\n"
            "Process exited with status 137\n"});
}

TEST_CASE("A program that ended was not too slow to listen",
          "[core][diagnosis][kinds]") {
  check(Case{"listen", "no-port-bound", "",
             "==> No open ports detected, continuing to scan...\n"});
  check(Not{"no-port-bound",
            "==> Running 'till open'\n"
            "usage: till [-h] {bell,drawer}\n"
            "==> No open ports detected, continuing to scan...\n"
            "==> Exited with status 1\n"});
  const std::string fly =
      "WARNING The app is not listening on the expected address and will not "
      "be reachable by fly-proxy.\n"
      "You can fix this by configuring your app to listen on the following "
      "addresses:\n"
      "  - 0.0.0.0:8080\n"
      "Found these processes inside the machine with open listening sockets:\n"
      "  PROCESS | ADDRESSES\n"
      "  --------*----------\n";
  const auto found = [&](const char* row) { return diagnose(fly + row).cause; };
  CHECK(found("  /hallpass | [fdaa:0:1]:22\n") == "no-port-bound");
  CHECK(found("  till | [::]:3000\n") == "wrong-port");
  CHECK(found("  till open | 0.0.0.0:3000\n") == "wrong-port");
  CHECK(found("  till | 127.0.0.1:3000\n") == "bound-to-localhost");
}

TEST_CASE("A native module of another platform is told with what to do",
          "[core][diagnosis][kinds]") {
  const auto found = diagnose(
      "Error: /app/node_modules/till/till_lib.node: invalid ELF header\n"
      "    at Module._extensions..node (node:internal/loader:1:2)\n");
  CHECK(found.cause == "exec-format-error");
  CHECK(found.evidence.ends_with("till_lib.node"));
  CHECK(found.hint.find("node_modules") != std::string::npos);
  CHECK(diagnose("exec /bin/till: exec format error\n").hint != found.hint);
  check(Not{"exec-format-error", "reading /data/till.node: invalid header\n"});
}

TEST_CASE("What a registry or a shell cannot find is named by its path",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"build", "image-pull-failed", "example.org/shop/till:2",
                "load metadata for example.org/shop/till:2:\n"
                "failed to do request: unexpected status from HEAD request to "
                "https://example.org/v2/shop/till/manifests/2: 503 Service "
                "Unavailable\n"},
           Case{"start", "command-not-found", "./node_modules/.bin/till",
                "sh: ./node_modules/.bin/till: not found\n"},
           Case{"release", "image-pull-failed", "shop/till:2",
                "could not find image \"shop/till:2\"\n"},
           Case{"build", "package-not-found", "till",
                "E: Version '1.2' for 'till' was not found\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"image-pull-failed",
               "unexpected status from GET request to "
               "https://example.org/till: 503 Service Unavailable\n"},
           Not{"command-not-found", "the module ./till: not found\n"},
           Not{"image-pull-failed", "could not find image till.png\n"},
       }) {
    check(c);
  }
}

TEST_CASE("What a step said before the program started is passed",
          "[core][diagnosis][kinds]") {
  const std::string build =
      "==> Running build command 'npm install'\n"
      "npm ERR! code ERESOLVE\n";
  CHECK(diagnose(build).cause == "peer-dep-conflict");
  CHECK(diagnose(build + "==> Running 'npm start'\nTill is open\n").cause !=
        "peer-dep-conflict");
  CHECK(diagnose(build + "==> Build failed\n").cause == "peer-dep-conflict");
}

TEST_CASE("A release's own step is told from the program's start",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"release", "migration-failed", "duplicate_column",
                "Preparing to run: `/app/bin/migrate` as nobody\n"
                "** (Postgrex.Error) ERROR 42701 (duplicate_column) column "
                "\"till\"\n"},
           Case{"release", "permission-denied", "sudo",
                "sudo: a password is required\n"},
           Case{"release", "permission-denied", "",
                "ResourceInitializationError: role is not authorized to "
                "perform: till:Open\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"migration-failed",
               "** (Postgrex.Error) ERROR 42701 (duplicate_column) column\n"},
           Not{"missing-secret",
               "ResourceInitializationError: secret: not authorized to "
               "perform: till:Open\n"},
           Not{"permission-denied", "sudo: unable to resolve host till\n"},
       }) {
    check(c);
  }
}

TEST_CASE("An exit code accuses a command only beside the command",
          "[core][diagnosis][kinds]") {
  check(Case{"build", "command-not-found", "till",
             "==> Running build command 'till open'...\n"
             "==> Build exited with status 127\n"});
  check(Not{"command-not-found", "Till 7 exited with status 127\n"});
}

TEST_CASE("Databases refuse in their drivers' words",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"start", "db-unreachable", "DBConnection.ConnectionError",
                "** (DBConnection.ConnectionError) tcp recv: closed\n"},
           Case{"start", "db-auth-failed", "till",
                "ERROR: permission denied for schema till\n"},
           Case{"start", "quota", "max clients",
                "FATAL: max clients reached\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"db-unreachable",
               "** (DBConnection.ConnectionError) password is wrong\n"},
           Not{"db-auth-failed", "permission denied for till\n"},
           Not{"quota", "INFO max clients: 20\n"},
       }) {
    check(c);
  }
}

TEST_CASE("An error named after what it talks to is not the app's own",
          "[core][diagnosis][kinds]") {
  const std::string trace =
      "Traceback (most recent call last):\n"
      "  File \"/app/till.py\", line 3, in <module>\n";
  CHECK(diagnose(trace + "till.DrawerError: shut\n").cause == "app-exception");
  CHECK(diagnose(trace + "till.ConnectionError: shut\n").cause == "unknown");
  check(
      Case{"start", "app-exception", "Till.Shut", "** (Till.Shut) no bell\n"});
  check(Not{"app-exception", "** (Finch.Error) no bell\n"});
  // A bare "Error" is the app's own with a frame of the app.
  check(Case{"start", "app-exception", "no till",
             "Error: no till\n    at open (/app/src/till.js:1:2)\n"});
  check(Case{"start", "unknown", "", "Error: no till\n    at x.js:1:2\n"});
  check(Case{"start", "app-exception", "no till",
             "Uncaught Exception: Error: no till\n    at x.js:1:2\n"});
}

TEST_CASE("Files and folders are missing in more tools' words",
          "[core][diagnosis][kinds]") {
  for (const auto& c : {
           Case{"start", "file-not-found", "/data/till",
                "The public folder (/data/till) doesn't exist\n"},
           Case{"build", "quota", "612M",
                "Compiled slug size: 612M is too large (max is 500M).\n"},
           Case{"start", "bad-config-file", "/etc/nginx/till.conf",
                "nginx: [emerg] \"bell\" must be shut in "
                "/etc/nginx/till.conf:7\n"},
           Case{"start", "db-auth-failed", "",
                "The client is unauthorized due to authentication failure.\n"},
           Case{"build", "package-fetch-failed", "",
                "gzip: stdin: unexpected end of file\n"},
       }) {
    check(c);
  }
  for (const auto& c : {
           Not{"file-not-found", "The folder (till) doesn't matter\n"},
           Not{"quota", "Compiled slug size: 61M\n"},
           Not{"bad-config-file",
               "nginx: [emerg] host not found in upstream \"till\" in "
               "/etc/nginx/till.conf:7\n"},
           Not{"db-auth-failed", "The client is authorized\n"},
           Not{"package-fetch-failed", "WARN the archive is incomplete\n"},
       }) {
    check(c);
  }
}

}  // namespace rung::neighbours_test
