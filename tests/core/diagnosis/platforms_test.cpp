#include <catch2/catch.hpp>
#include <string>

#include "core/diagnosis/diagnosis.hpp"

namespace rung::platforms_test {
namespace {

std::string stage_word(const Diagnosis& diagnosis) {
  return diagnosis.stage ? std::string(to_string(*diagnosis.stage)) : "none";
}

struct Case {
  const char *stage, *cause, *evidence;  ///< evidence "": not looked at
  const char* log;
};

void check(const Case& c) {
  CAPTURE(c.log);
  const auto diagnosis = diagnose(c.log);
  CHECK(stage_word(diagnosis) == c.stage);
  CHECK(diagnosis.cause == c.cause);
  CHECK(diagnosis.evidence.find(c.evidence) != std::string::npos);
}

}  // namespace

TEST_CASE("The event tells the stage, whatever stands around it",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           // A release command's machine starts and dies like any other.
           Case{"release", "missing-env-var", "DATABASE_URL",
                "Running shop release_command: /app/bin/migrate\n"
                "Starting machine\n"
                "INFO Preparing to run: `/app/bin/migrate` as nobody\n"
                "** (RuntimeError) environment variable DATABASE_URL is "
                "missing.\n"},
           Case{"release", "migration-failed", "",
                "Running upgrade a1 -> b2, add a column\n"
                "RuntimeError: no row to copy\n"
                "INFO Main child exited normally with code: 1\n"
                "Error: release command failed - aborting deployment.\n"},
           // What comes after a release command that went well is a start.
           Case{"start", "missing-env-var", "API_KEY",
                "Running shop release_command: /app/bin/migrate\n"
                "release_command 17 completed successfully\n"
                "Updating existing machines in 'shop'\n"
                "INFO Preparing to run: `/app/bin/server` as nobody\n"
                "Error: API_KEY environment variable is not set\n"},
           Case{"health", "health-timeout", "",
                "  Normal   Started    3m                 kubelet  Started "
                "container api\n"
                "  Warning  Unhealthy  2s (x12 over 2m)  kubelet  Readiness "
                "probe failed: Get \"http://10.0.0.9:8080/\": context deadline "
                "exceeded\n"},
           Case{"health", "health-timeout", "",
                "Updating existing machines in 'shop' with rolling strategy\n"
                "Error: failed to update machine 17: timeout reached waiting "
                "for health checks to pass for machine 17\n"},
           Case{"start", "command-not-found", "serve",
                "  Normal   Pulled  1s  kubelet  Container image \"site:2\" "
                "already present on machine\n"
                "  Warning  Failed  1s  kubelet  Error: failed to create "
                "containerd task: OCI runtime create failed: exec: \"serve\": "
                "executable file not found in $PATH: unknown\n"},
           // The process was started, so a migration on its boot failed there.
           Case{"start", "migration-failed", "",
                "Migration \"AddSlug17\" failed, error: relation \"posts\" "
                "already exists\n"
                "==> Port scan timeout reached, no open ports detected.\n"},
           // A script with Windows line ends, as env, bash and sh tell it.
           Case{"start", "exec-format-error", "bash",
                "INFO Preparing to run: `/app/start.sh` as nobody\n"
                "/usr/bin/env: \xE2\x80\x98"
                "bash\\r\xE2\x80\x99: No such file "
                "or directory\n"
                "/usr/bin/env: use -[v]S to pass options in shebang lines\n"
                "INFO Main child exited normally with code: 127\n"},
           Case{"start", "exec-format-error", "start.sh",
                "INFO Preparing to run: `/app/start.sh` as nobody\n"
                "/app/start.sh: line 2: $'\\r': command not found\n"
                "INFO Main child exited normally with code: 127\n"},
           Case{"start", "exec-format-error", "start.sh",
                "INFO Preparing to run: `/app/start.sh` as nobody\n"
                "-bash: /app/start.sh: /bin/sh^M: bad interpreter: No such "
                "file or directory\n"},
           // A server of code answers before any build.
           Case{"source", "quota", "film.mp4",
                "remote: error: File film.mp4 is 119.52 MB; this exceeds "
                "GitHub's file size limit of 100.00 MB\n"
                " ! [remote rejected] main -> main (pre-receive hook "
                "declined)\n"},
           Case{"source", "unknown", "",
                "remote: error: GH006: Protected branch update failed for "
                "refs/heads/main.\n"
                " ! [remote rejected] main -> main (protected branch hook "
                "declined)\n"},
           // A process that takes requests has been up.
           Case{"soak", "oom-killed", "",
                "heroku[router]: at=info method=GET path=\"/\" dyno=web.1 "
                "service=12ms status=200 bytes=9\n"
                "heroku[web.1]: Error R15 (Memory quota vastly exceeded)\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A load balancer's codes are the app's answers",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"health", "health-check-5xx", "5xx",
                "ERROR Environment health has transitioned from Ok to Severe. "
                "98.0 % of the requests are failing with HTTP 5xx. ELB health "
                "is failing or not available for all instances.\n"},
           Case{"health", "health-check-5xx", "503",
                "(service shop) (task 1f) failed ELB health checks in "
                "(target-group shop): (reason Health checks failed with these "
                "codes: [503])\n"},
           Case{"health", "health-check-404", "404",
                "(service shop) (task 1f) failed ELB health checks in "
                "(target-group shop): (reason Health checks failed with these "
                "codes: [404])\n"},
           Case{"health", "health-timeout", "",
                "ELB processes are not healthy on all instances.\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A build's words mean build where no mark stands",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"build", "unknown", "",
                "mkdir: cannot create directory '/conf': File exists\n"
                "error building image: error building stage: failed to "
                "execute command: waiting for process to exit: exit status 1"},
           Case{"build", "file-not-found", "/tmp/locks/a.lock",
                "> admin@0.1.2 postinstall /srv/node_modules/admin\n"
                "npm ERR! enoent ENOENT: no such file or directory, scandir "
                "'/tmp/locks/a.lock'"},
           Case{"build", "unknown", "",
                "ERROR: Failed to run npm install. Snapshot logs for more "
                "details."},
           Case{"build", "app-exception", "window",
                "Error occurred prerendering page \"/map\". Read more: "
                "https://example.org\n"
                "ReferenceError: window is not defined"},
       }) {
    check(c);
  }
}

TEST_CASE("Platforms are read in their own words",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           // Azure App Service and Oryx
           Case{"start", "unknown", "",
                "2026-01-02T03:04:05.678Z ERROR - Container a_0 for site a "
                "has exited, failing site start\n"
                "2026-01-02T03:04:05.679Z ERROR - Container a_0 didn't respond "
                "to HTTP pings on port: 8080, failing site start."},
           Case{"health", "startup-timeout", "",
                "ERROR - Container a_0 for site a did not start within "
                "expected time limit. Elapsed time = 230.1 sec\n"
                "ERROR - Container a_0 didn't respond to HTTP pings on port: "
                "8080, failing site start."},
           Case{"listen", "wrong-port", "3000",
                "Server listening on port 3000\n"
                "ERROR - Container a_0 didn't respond to HTTP pings on port: "
                "8080, failing site start."},
           Case{"build", "unknown", "",
                "Running oryx build...\nErrors (0)\n"
                "Deployment Failed. deployer = OneDeploy deploymentPath = "
                "OneDeploy"},
           Case{"build", "no-build-plan", "",
                "Detecting platforms...\nError: Could not detect the language "
                "from repo."},
           // Elastic Beanstalk
           Case{"build", "oom-killed", "killed",
                "[ERROR] An error occurred during execution of command "
                "[app-deploy] - [Use NPM to install dependencies]. Stop "
                "running the command. Error: Command npm install failed with "
                "error signal: killed"},
           Case{"release", "missing-env-var", "RDS_HOSTNAME",
                "2026-05-02 10:02:12,421 [INFO] KeyError: 'RDS_HOSTNAME'\n"
                "2026-05-02 10:02:12,990 [ERROR] Error encountered during "
                "build of postbuild_0_app: Command 01_migrate failed"},
           Case{"health", "health-timeout", "",
                "ERROR   Instance id(s) 'i-0' did not pass health check after "
                "command execution. Aborting the operation."},
           // App Engine
           Case{"health", "health-timeout", "become healthy",
                "ERROR: (gcloud.app.deploy) Error Response: [4] Timed out "
                "waiting for the app infrastructure to become healthy."},
           Case{"start", "unknown", "",
                "ERROR: (gcloud.app.deploy) Error Response: [9]\n"
                "Application startup error:\n"
                "[1] [INFO] Reason: Worker failed to boot."},
           Case{"release", "permission-denied", "",
                "ERROR: (gcloud.app.deploy) Permissions error fetching "
                "application [apps/p]. Please make sure you are using the "
                "correct project."},
           // DigitalOcean App Platform
           Case{"listen", "wrong-port", "3000",
                "[api] [2026-06-04 16:50:01] Server ready at "
                "http://0.0.0.0:3000\n"
                "[api] [2026-06-04 16:51:01] ERROR failed health checks after "
                "7 attempts with error Readiness probe failed: dial tcp "
                "10.244.12.4:8080: connect: connection refused"},
           Case{"build", "no-build-plan", "app files",
                "\xe2\x94\x82  \xe2\x9c\x98 could not detect app files that "
                "match known buildpacks."},
           Case{"start", "unknown", "",
                "[worker] [2026-06-04 16:51:02] ERROR component worker exited "
                "with code: 1"},
           // Dokku
           Case{"start", "unknown", "",
                "-----> No Procfile found in app image\n"
                "CHECKS file not found in container: Running simple container "
                "check...\n"
                "remote: App container failed to start!!"},
           Case{"health", "health-check-5xx", "500",
                "CHECKS expected result\n"
                "curl: (22) The requested URL returned error: 500"},
           // Cloud Run: what it says of probes is said of every failure.
           Case{"listen", "no-port-bound", "8080",
                "ERROR: (gcloud.run.deploy) The user-provided container failed "
                "to start and listen on the port defined provided by the "
                "PORT=8080 environment variable within the allocated timeout. "
                "The health check timeout can be extended."},
           // Kubernetes
           Case{"release", "unknown", "",
                "  Warning  FailedScheduling  35s  default-scheduler  0/1 "
                "nodes are available: 1 node(s) were unschedulable."},
           Case{"release", "quota", "Too many pods",
                "  Warning  FailedScheduling  35s  default-scheduler  0/2 "
                "nodes are available: 2 Too many pods."},
           Case{"release", "quota", "exceeded quota",
                "59m  6d  124  web-6597.1576a  ReplicaSet  Warning  "
                "FailedCreate  replicaset-controller  Error creating: pods "
                "\"web-6597-2wm8j\" is forbidden: exceeded quota: ns, "
                "requested: limits.cpu=1"},
           Case{"release", "permission-denied", "ci:deployer",
                "Error from server (Forbidden): deployments.apps is forbidden: "
                "User \"system:serviceaccount:ci:deployer\" cannot create "
                "resource \"deployments\""},
           Case{"release", "bad-config-file", "envs",
                "Error: UPGRADE FAILED: error validating data: "
                "ValidationError(Deployment.spec): unknown field \"envs\""},
           // Heroku
           Case{"build", "no-build-plan", "package manager files",
                "remote:  !     Error: Couldn't find any supported Python "
                "package manager files."},
           Case{"start", "missing-start-command", "default process",
                "ERROR: failed to launch: determine start command: when there "
                "is no default process a command is required"},
       }) {
    check(c);
  }
}

TEST_CASE("What a catch-all cannot know is called unknown",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"start", "unknown", "",
                "Error: could not perform the initial load successfully\n"
                "agent exited with code 1\n"},
           Case{"build", "unknown", "",
                "subprocess.CalledProcessError: Command '['npm', 'install']' "
                "returned non-zero exit status 1.\n"
                "ERROR: Failed to run npm install.\n"},
           Case{"start", "unknown", "",
                "/lib/rubygems.rb:165: [BUG] Segmentation fault at 0xff\n"},
           Case{"start", "unknown", "",
                "Error: EISDIR: illegal operation on a directory, read\n"
                "    at Object.readSync (node:fs:740:3)\n"},
           // The stack says whose error it is.
           Case{"start", "app-exception", "catalogue is empty",
                "Error: catalogue is empty\n"
                "    at Object.<anonymous> (/app/index.js:12:7)\n"},
           Case{"start", "app-exception", "Shop.IClock",
                "Unhandled exception. System.AggregateException: Some services "
                "are not able to be constructed: Unable to resolve service for "
                "type 'Shop.IClock' while attempting to activate 'Shop.Cart'."},
           // A specific word beside it is better than the class of an error.
           Case{"start", "bad-env-value", "region",
                "ValueError: Unsupported region for the index, choose one of "
                "eu, us\n"},
           Case{"start", "bad-env-value", "tcp://10.0.0.1:5432",
                "** (ArgumentError) errors were found at the given arguments:\n"
                "    :erlang.binary_to_integer(\"tcp://10.0.0.1:5432\")\n"},
           Case{"start", "bad-env-value", "//",
                "dj_database_url.UnknownSchemeError: Scheme '://' is "
                "unknown.\n"},
           Case{"start", "missing-env-var", "BOX_USER",
                "box_entrypoint.sh: BOX_USER: set it before the start\n"
                "Main child exited normally with code: 1\n"},
           Case{"start", "db-unreachable", "10.0.0.4:6432",
                "[postgres]: failed to open database - dial tcp "
                "10.0.0.4:6432: connect: connection refused\n"},
       }) {
    check(c);
  }
}

TEST_CASE("What does not parse is not what does not compile",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"start", "syntax-error", "till.py",
                "IndentationError: unexpected indent (till.py, line 19)\n"},
           Case{"build", "syntax-error", "src/cart.ts",
                "> shop@1.0.0 build\n> tsc -p .\n"
                "src/cart.ts(14,3): error TS1005: '}' expected.\n"},
           Case{"build", "compile-error", "src/cart.ts",
                "> shop@1.0.0 build\n> tsc -p .\n"
                "src/cart.ts(14,3): error TS2345: Argument of type 'string' "
                "is not assignable to parameter of type 'number'.\n"},
           Case{"build", "syntax-error", "",
                "Step 5/6 : RUN go build ./...\n"
                "./till.go:9:2: syntax error: unexpected newline, expected "
                "comma or )\n"},
           Case{"build", "compile-error", "Code style",
                "> prettier --check . && next build\n"
                "[warn] Code style issues found in 2 files. Run Prettier with "
                "--write to fix.\n"
                "Error: Command \"npm run build\" exited with 1\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A script that a build runs fails in the build",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"build", "file-not-found", "artisan",
                "Generating optimized autoload files\n"
                "> @php artisan package:discover --ansi\n"
                "Could not open input file: artisan\n"},
           Case{"build", "missing-module", "Acme\\Till\\ServiceProvider",
                "-----> Installing dependencies...\n"
                "In ProviderRepository.php line 208:\n"
                "  Class \"Acme\\Till\\ServiceProvider\" not found\n"},
           Case{"build", "permission-denied", "bootstrap/cache",
                "Generating optimized autoload files\n"
                "The /srv/shop/bootstrap/cache directory must be present and "
                "writable.\n"},
           Case{"build", "unknown", "",
                "npm ERR! Failed at the shop@1.0.0 build script.\n"},
           Case{"start", "unknown", "",
                "npm ERR! Failed at the shop@1.0.0 start script.\n"},
       }) {
    check(c);
  }
}

TEST_CASE("What starts the program names what it could not start",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"start", "permission-denied", "/srv/shop/run.sh",
                "ERROR: for shop  Cannot start service shop: OCI runtime "
                "create failed: container_linux.go:296: starting container "
                "process caused \"exec: \\\"/srv/shop/run.sh\\\": permission "
                "denied\": unknown\n"},
           Case{"start", "command-not-found", "till",
                "OCI runtime create failed: starting container process caused "
                "\"exec: \\\"till\\\": executable file not found in "
                "$PATH\": unknown\n"},
           Case{"start", "permission-denied", "/run.sh",
                "[FATAL tini (7)] exec /run.sh failed: Permission denied\n"},
           Case{"start", "command-not-found", "till",
                "[FATAL tini (7)] exec till failed: No such file or "
                "directory\n"},
           Case{"start", "exec-format-error", "/run.sh",
                "[FATAL tini (7)] exec /run.sh failed: Exec format error\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A server that rejects its own configuration says so at its start",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"start", "bad-config-file", "shop_addr",
                "nginx: [emerg] unknown \"shop_addr\" variable\n"},
           Case{"start", "bad-config-file", "server_names_hash",
                "nginx: [emerg] could not build server_names_hash, you should "
                "increase server_names_hash_bucket_size: 64\n"},
           Case{"start", "bad-env-value", "key",
                "ArgumentError: key must be 16 bytes (ArgumentError)\n"},
           Case{"start", "missing-shared-library", "ICU",
                "Process terminated. Couldn't find a valid ICU package "
                "installed on the system.\n"
                "Container shop_0 didn't respond to HTTP pings on port: 8080, "
                "failing site start.\n"},
           Case{"start", "quota", "429",
                "  File \"/app/main.py\", line 8, in <module>\n"
                "requests.exceptions.HTTPError: 429 Client Error: Too Many "
                "Requests for url: https://api.example.com/v1/items\n"},
           Case{"start", "db-auth-failed", "no password supplied",
                "psycopg2.OperationalError: connection to server at "
                "\"10.1.2.3\", port 5432 failed: fe_sendauth: no password "
                "supplied\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A tool that does not know its task is no fault in the app's code",
          "[core][diagnosis][platforms]") {
  for (const auto& c : {
           Case{"start", "unknown", "",
                "rake aborted!\nDon't know how to build task 'jobs:sweep'\n"},
           Case{"start", "unknown", "",
                "** (Mix) The task \"till.open\" could not be found\n"},
           Case{"start", "unknown", "",
                "one or more of the commands ended abnormally\n"},
       }) {
    check(c);
  }
}

TEST_CASE("A rule leaves alone what only looks like its case",
          "[core][diagnosis][platforms]") {
  struct Not {
    const char *cause, *log;
  };
  for (const auto& c : {
           Not{"missing-start-command",
               "-----> No Procfile found in app "
               "image\nApp container failed to start"},
           Not{"node-version",
               "==> Node.js version 18.20.8 has reached end-of-life.\n"
               "Error: Cannot find module './db'"},
           Not{"dns-failure",
               "Could not resolve dependency: react@18\n"
               "Error: boom\n    at x (/app/a.js:1:2)"},
           Not{"file-not-found", "INFO .env file not found, using defaults"},
           Not{"bad-env-value",
               "Error: Prisma schema validation\nError code: "
               "P1012\nerror: The datasource property `url` "
               "is no longer supported in schema files."},
           Not{"compile-error",
               "remote:  !     Push rejected, failed to "
               "compile Python app."},
           Not{"health-timeout",
               "Health check 'http-8000' on port 8000 has failed.\n"
               "Health check 'http-8000' on port 8000 is now passing."},
           Not{"package-fetch-failed",
               "curl: (7) Failed to connect to localhost port 3000: "
               "Connection refused"},
           Not{"upstream-unreachable",
               "failed to solve: unexpected status code [manifests x]: 503 "
               "Service Unavailable"},
       }) {
    CAPTURE(c.log);
    CHECK(diagnose(c.log).cause != c.cause);
  }
}

}  // namespace rung::platforms_test
