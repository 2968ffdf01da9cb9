#pragma once

namespace rung {

/// One message of each of the families that tools print, as they print it.
struct MessageFamily {
  const char *cause, *evidence;  ///< evidence "": not looked at
  const char* log;
};

inline constexpr MessageFamily kMessageFamilies[] = {
    {"missing-module", "flask_cors",
     "ModuleNotFoundError: No module named 'flask_cors'"},
    {"missing-module", "express", "Error: Cannot find module 'express'"},
    {"missing-module", "/app/dist/main.js",
     "Error: Cannot find module '/app/dist/main.js'"},
    {"missing-module", "dotenv",
     "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'dotenv' imported "
     "from /app/server.js"},
    {"missing-module", "puma/daemon",
     "<internal:/usr/lib/ruby/3.2/kernel.rb>:85:in `require': cannot "
     "load such file -- puma/daemon (LoadError)"},
    {"missing-module", "org.postgresql.Driver",
     "Caused by: java.lang.ClassNotFoundException: org.postgresql.Driver"},
    {"missing-module", "",
     "SQLSTATE: could not find driver (Connection: pgsql)"},
    {"missing-module", "mysqli_connect",
     "PHP Fatal error:  Uncaught Error: Call to undefined function "
     "mysqli_connect() in /var/www/html/db.php:5"},
    {"missing-module", "MySQLdb",
     "django.core.exceptions.ImproperlyConfigured: Error loading MySQLdb "
     "module."},
    {"missing-module", "whitenoise",
     "ModuleNotFoundError: No module named 'whitenoise'"},
    {"missing-module", "vendor/autoload.php",
     "PHP Fatal error:  require(): Failed opening required '/app/vendor/au"
     "toload.php' (include_path='.:/usr/share/php')"},
    {"missing-module", "github.com/gin-gonic/gin",
     "main.go:4:2: no required module provides package github.com/gin-goni"
     "c/gin; to add it:"},
    {"syntax-error", "app.py",
     "  File \"/app/app.py\", line 12\n    def x(\n         ^\nSyntaxError"
     ": '(' was never closed"},
    {"syntax-error", "",
     "/app/index.js:3\nconst x = ;\n          ^\nSyntaxError: Unexpected "
     "token ';'"},
    {"syntax-error", "/var/www/html/index.php",
     "PHP Parse error:  syntax error, unexpected token \"}\" in /var/www/h"
     "tml/index.php on line 12"},
    {"syntax-error", "config/routes.rb",
     "/app/config/routes.rb:4: syntax error, unexpected end-of-input"},
    {"compile-error", "./components/Nav",
     "Module not found: Error: Can't resolve './components/Nav' in "
     "'/app/src'"},
    {"compile-error", "src/App.tsx",
     "src/App.tsx(12,5): error TS2322: Type 'string' is not assignable "
     "to type 'number'."},
    {"compile-error", "./src/app/page.tsx",
     "Failed to compile.\n\n./src/app/page.tsx:12:5\nType error: Property "
     "'x' does not exist on type 'Y'."},
    {"compile-error", "main.go", "./main.go:12:2: undefined: foo"},
    {"compile-error", "src/main.rs",
     "error[E0425]: cannot find value `x` in this scope\n --> src/main.rs:"
     "3:5"},
    {"compile-error", "Foo.java",
     "[ERROR] /app/src/main/java/Foo.java:[12,5] cannot find symbol"},
    {"compile-error", "Program.cs",
     "/src/Program.cs(12,5): error CS0103: The name 'x' does not exist "
     "in the current context [/src/App.csproj]"},
    {"compile-error", "",
     "Treating warnings as errors because process.env.CI = true."},
    {"missing-env-var", "SECRET_KEY", "KeyError: 'SECRET_KEY'"},
    {"missing-env-var", "DATABASE_URL",
     "Error: DATABASE_URL environment variable is not set"},
    {"missing-env-var", "JWT_SECRET",
     "Error: Missing required environment variable: JWT_SECRET"},
    {"missing-env-var", "SECRET_KEY",
     "django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY "
     "environment variable"},
    {"missing-env-var", "secretOrPrivateKey",
     "Error: secretOrPrivateKey must have a value"},
    {"missing-env-var", "STRIPE_KEY",
     "KeyError: key not found: \"STRIPE_KEY\""},
    {"missing-env-var", "DATABASE_URL", "panic: DATABASE_URL is required"},
    {"missing-env-var", "OPENAI_API_KEY",
     "openai.OpenAIError: The api_key client option must be set either "
     "by passing api_key to the client or by setting the OPENAI_API_KEY "
     "environment variable"},
    {"missing-env-var", "SECRET_KEY",
     "decouple.UndefinedValueError: SECRET_KEY not found. Declare "
     "it as envvar or define a default value."},
    {"missing-env-var", "db.url",
     "Caused by: java.lang.IllegalArgumentException: Could not resolve "
     "placeholder 'db.url' in value \"${db.url}\""},
    {"missing-env-var", "uri",
     "MongooseError: The `uri` parameter to `openUri()` must be a "
     "string, got \"undefined\". Make sure the first parameter to "
     "`mongoose.connect()` is a string."},
    {"missing-env-var", "DATABASE_URL",
     "1 validation error for Settings\nDATABASE_URL\n  Field required "
     "[type=missing, input_value={}, input_type=dict]"},
    {"missing-env-var", "secret_key_base",
     "ArgumentError: Missing `secret_key_base` for 'production' environmen"
     "t, set this string with `bin/rails credentials:edit`"},
    {"missing-env-var", "SECRET_KEY_BASE",
     "** (RuntimeError) environment variable SECRET_KEY_BASE is missing."},
    {"missing-env-var", "POSTGRES_PASSWORD",
     "Error: Database is uninitialized and superuser password is not "
     "specified.\n       You must specify POSTGRES_PASSWORD to a non-empty"
     " value for the superuser."},
    {"missing-env-var", "MYSQL_ROOT_PASSWORD",
     "[ERROR] [Entrypoint]: Database is uninitialized and password "
     "option is not specified\n    You need to specify one of the "
     "following as an environment variable:\n    - MYSQL_ROOT_PASSWORD"},
    {"missing-env-var", "NotPresent",
     "thread 'main' panicked at 'called `Result::unwrap()` on an `Err` "
     "value: NotPresent', src/main.rs:10:5"},
    {"bad-env-value", "",
     "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL "
     "from string ''"},
    {"bad-env-value", "", "TypeError [ERR_INVALID_URL]: Invalid URL"},
    {"bad-env-value", "",
     "MongoParseError: Invalid scheme, expected connection string "
     "to start with \"mongodb://\" or \"mongodb+srv://\""},
    {"bad-env-value", "postgres",
     "sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dial"
     "ects:postgres"},
    {"bad-env-value", "",
     "Error validating datasource `db`: the URL must start with the "
     "protocol `postgresql://` or `postgres://`."},
    {"missing-secret", "app-secret",
     "  Warning  Failed  3s (x4 over 20s)  kubelet  Error: secret "
     "\"app-secret\" not found"},
    {"missing-secret", "DB_PASS",
     "Error: couldn't find key DB_PASS in Secret default/app-secret"},
    {"missing-secret", "app-config",
     "Error: configmap \"app-config\" not found"},
    {"bad-config-file", "",
     "error: error parsing deployment.yaml: error converting YAML "
     "to JSON: yaml: line 12: mapping values are not allowed in this "
     "context"},
    {"bad-config-file", "",
     "nginx: [emerg] unknown directive \"servre\" in /etc/nginx/conf.d/def"
     "ault.conf:3"},
    {"bad-config-file", "", "npm ERR! code EJSONPARSE"},
    {"bad-config-file", "",
     "services.web Additional property buid is not allowed"},
    {"missing-start-command", "start", "npm error Missing script: \"start\""},
    {"missing-start-command", "", "No start command could be found"},
    {"missing-start-command", "start", "error Command \"start\" not found."},
    {"command-not-found", "gunicorn",
     "bash: line 1: gunicorn: command not found"},
    {"command-not-found", "next", "sh: 1: next: not found"},
    {"command-not-found", "nodemon", "sh: nodemon: not found"},
    {"command-not-found", "uvicorn",
     "Error: failed to create containerd task: OCI runtime create "
     "failed: exec: \"uvicorn\": executable file not found in $PATH: "
     "unknown"},
    {"command-not-found", "vite", "/bin/sh: 1: vite: not found"},
    {"bad-entrypoint", "app", "Failed to find attribute 'app' in 'main'."},
    {"bad-entrypoint", "app",
     "ERROR:    Error loading ASGI app. Attribute \"app\" not found "
     "in module \"main\"."},
    {"bad-entrypoint", "main",
     "ERROR:    Error loading ASGI app. Could not import module \"main\"."},
    {"bad-entrypoint", "com.example.Main",
     "Error: Could not find or load main class com.example.Main"},
    {"file-not-found", "/app/data.csv",
     "FileNotFoundError: [Errno 2] No such file or directory: '/app/data.c"
     "sv'"},
    {"file-not-found", "requirements.txt",
     "ERROR: Could not open requirements file: [Errno 2] No such file "
     "or directory: 'requirements.txt'"},
    {"file-not-found", "/app/package.json",
     "npm ERR! enoent ENOENT: no such file or directory, open '/app/packag"
     "e.json'"},
    {"file-not-found", "/opt/render/project/src/app.py",
     "python: can't open file '/opt/render/project/src/app.py': [Errno "
     "2] No such file or directory"},
    {"file-not-found", "target/app.jar",
     "Error: Unable to access jarfile target/app.jar"},
    {"file-not-found", "package.json",
     "failed to solve: failed to compute cache key: \"/package.json\" "
     "not found: not found"},
    {"file-not-found", "./start.sh",
     "bash: ./start.sh: No such file or directory"},
    {"permission-denied", "./start.sh",
     "/bin/sh: 1: ./start.sh: Permission denied"},
    {"permission-denied", "/app/data",
     "Error: EACCES: permission denied, mkdir '/app/data'"},
    {"permission-denied", "/data/db.sqlite",
     "PermissionError: [Errno 13] Permission denied: '/data/db.sqlite'"},
    {"permission-denied", "/entrypoint.sh",
     "exec: \"/entrypoint.sh\": permission denied: unknown"},
    {"exec-format-error", "",
     "standard_init_linux.go:228: exec user process caused: exec format "
     "error"},
    {"exec-format-error", "/usr/local/bin/docker-entrypoint.sh",
     "exec /usr/local/bin/docker-entrypoint.sh: exec format error"},
    {"missing-shared-library", "libGL.so.1",
     "ImportError: libGL.so.1: cannot open shared object file: No "
     "such file or directory"},
    {"missing-shared-library", "libssl.so.1.1",
     "error while loading shared libraries: libssl.so.1.1: cannot "
     "open shared object file: No such file or directory"},
    {"glibc-mismatch", "GLIBC_2.34",
     "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found "
     "(required by ./server)"},
    {"esm-require", "",
     "Error [ERR_REQUIRE_ESM]: require() of ES Module /app/node_modules/no"
     "de-fetch/src/index.js from /app/index.js not supported."},
    {"esm-require", "",
     "SyntaxError: Cannot use import statement outside a module"},
    {"esm-require", "require",
     "ReferenceError: require is not defined in ES module scope, you "
     "can use import instead"},
    {"dependency-conflict", "",
     "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io"},
    {"dependency-conflict", "werkzeug",
     "ImportError: cannot import name 'url_quote' from 'werkzeug.urls' "
     "(/usr/local/lib/python3.11/site-packages/werkzeug/urls.py)"},
    {"dependency-conflict", "nokogiri",
     "Bundler could not find compatible versions for gem \"nokogiri\":"},
    {"peer-dep-conflict", "react",
     "npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve "
     "dependency tree\nnpm ERR! Found: react@18.2.0\nnpm ERR! Could "
     "not resolve dependency:\nnpm ERR! peer react@\"^17.0.0\" from "
     "react-foo@1.0.0"},
    {"package-not-found", "foo==9.9",
     "ERROR: No matching distribution found for foo==9.9"},
    {"package-not-found", "foo@9.9.9",
     "npm ERR! code ETARGET\nnpm ERR! notarget No matching version "
     "found for foo@9.9.9."},
    {"package-not-found", "libfoo-dev",
     "E: Unable to locate package libfoo-dev"},
    {"lockfile-mismatch", "",
     "npm ERR! `npm ci` can only install packages when your package.json "
     "and package-lock.json or npm-shrinkwrap.json are in sync. Please "
     "update your lock file with `npm install` before continuing."},
    {"lockfile-mismatch", "",
     "ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\" "
     "because pnpm-lock.yaml is not up to date with package.json"},
    {"lockfile-mismatch", "x86_64-linux",
     "Your bundle only supports platforms [\"arm64-darwin-22\"] but "
     "your local platform is x86_64-linux. Add the current platform "
     "to the lockfile with"},
    {"lockfile-mismatch", "pyproject.toml",
     "pyproject.toml changed significantly since poetry.lock was last "
     "generated. Run `poetry lock` to fix the lock file."},
    {"lockfile-mismatch", "",
     "error Your lockfile needs to be updated, but yarn was run with "
     "`--frozen-lockfile`."},
    {"unsupported-dependency", "sqlite3",
     " !     Detected sqlite3 gem which is not supported on Heroku:"},
    {"native-build-failed", "pg_config",
     "Error: pg_config executable not found."},
    {"native-build-failed", "pg",
     "An error occurred while installing pg (1.4.5), and Bundler cannot "
     "continue."},
    {"native-build-failed", "", "gyp ERR! build error"},
    {"native-build-failed", "Python.h",
     "fatal error: Python.h: No such file or directory"},
    {"package-fetch-failed", "ETIMEDOUT", "npm ERR! code ETIMEDOUT"},
    {"package-fetch-failed", "",
     "E: Failed to fetch http://mirror.example/debian/pool/main/x.deb "
     " Connection timed out"},
    {"repo-auth-failed", "publickey",
     "git@github.com: Permission denied (publickey)."},
    {"repo-auth-failed", "https://github.com",
     "fatal: could not read Username for 'https://github.com': terminal "
     "prompts disabled"},
    {"repo-auth-failed", "", "npm ERR! code E401"},
    {"source-unavailable", "main",
     "fatal: Remote branch main not found in upstream origin"},
    {"source-unavailable", "",
     "fatal: repository 'https://github.com/x/y.git/' not found"},
    {"no-build-plan", "",
     "Nixpacks was unable to generate a build plan for this app."},
    {"no-build-plan", "", "ERROR: No buildpack groups passed detection."},
    {"pep668", "", "error: externally-managed-environment"},
    {"python-version", "",
     "ERROR: Package 'foo' requires a different Python: 3.8.10 not "
     "in '>=3.9'"},
    {"python-version", "python-3.6.15",
     "Requested runtime (python-3.6.15) is not available for this "
     "stack (heroku-22)."},
    {"node-version", "",
     "error foo@1.0.0: The engine \"node\" is incompatible with this "
     "module. Expected version \">=18\". Got \"16.20.0\""},
    {"node-version", "",
     "Error: error:0308010C:digital envelope routines::unsupported"},
    {"node-version", "",
     "You are using Node.js 16.14.0. For Next.js, Node.js version "
     ">= v18.17.0 is required."},
    {"runtime-version", "17",
     "[ERROR] Fatal error compiling: error: invalid target release: "
     "17"},
    {"runtime-version", "1.21",
     "go: go.mod requires go >= 1.21 (running go 1.19; GOTOOLCHAIN=local)"},
    {"runtime-version", "",
     "java.lang.UnsupportedClassVersionError: Main has been compiled "
     "by a more recent version of the Java Runtime (class file version "
     "61.0), this version only recognizes up to 55.0"},
    {"migration-failed", "20230101_init",
     "Error: P3018\n\nA migration failed to apply. New migrations "
     "cannot be applied before the error is recovered from.\nMigration "
     "name: 20230101_init"},
    {"migration-failed", "",
     "StandardError: An error has occurred, this and all later migrations "
     "canceled:"},
    {"migration-failed", "",
     "ERROR [alembic.util.messaging] Can't locate revision identified "
     "by 'abc123'"},
    {"image-pull-failed", "foo/bar:latest",
     "Failed to pull image \"foo/bar:latest\": rpc error: code = Unknown "
     "desc = Error response from daemon: manifest for foo/bar:latest "
     "not found"},
    {"image-pull-failed", "nope",
     "Error response from daemon: pull access denied for nope, repository "
     "does not exist or may require 'docker login'"},
    {"quota", "", "toomanyrequests: You have reached your pull rate limit."},
    {"quota", "", "0/3 nodes are available: 3 Insufficient cpu."},
    {"disk-full", "", "write /var/lib/docker/tmp/x: no space left on device"},
    {"db-auth-failed", "postgres",
     "FATAL:  password authentication failed for user \"postgres\""},
    {"db-auth-failed", "root",
     "pymysql.err.OperationalError: (1045, \"Access denied for user "
     "'root'@'172.17.0.1' (using password: YES)\")"},
    {"db-auth-failed", "", "MongoServerError: Authentication failed."},
    {"db-unreachable", "127.0.0.1:5432",
     "Error: connect ECONNREFUSED 127.0.0.1:5432"},
    {"db-unreachable", "localhost",
     "psycopg2.OperationalError: connection to server at \"localhost\" "
     "(127.0.0.1), port 5432 failed: Connection refused"},
    {"db-unreachable", "",
     "MongooseServerSelectionError: connect ECONNREFUSED 127.0.0.1:27017"},
    {"db-unreachable", "mysql",
     "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL "
     "server on 'mysql' ([Errno 111] Connection refused)\")"},
    {"db-unreachable", "",
     "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications"
     " link failure"},
    {"db-unreachable", "",
     "redis.exceptions.ConnectionError: Error 111 connecting to localhost:"
     "6379. Connection refused."},
    {"db-unreachable", "db.x.supabase.co",
     "Error: P1001: Can't reach database server at `db.x.supabase.co`:`543"
     "2`"},
    {"dns-failure", "db.internal", "Error: getaddrinfo ENOTFOUND db.internal"},
    {"dns-failure", "postgres",
     "psycopg2.OperationalError: could not translate host name \"postgres\""
     " to address: Name or service not known"},
    {"dns-failure", "redis",
     "dial tcp: lookup redis on 127.0.0.11:53: no such host"},
    {"dns-failure", "mysql", "java.net.UnknownHostException: mysql"},
    {"tls-error", "", "SSL: CERTIFICATE_VERIFY_FAILED"},
    {"tls-error", "", "x509: certificate signed by unknown authority"},
    {"port-not-set", "$PORT", "Error: '$PORT' is not a valid port number."},
    {"port-not-set", "$PORT",
     "Error: Invalid value for '--port': '$PORT' is not a valid integer."},
    {"port-in-use", "3000",
     "Error: listen EADDRINUSE: address already in use :::3000"},
    {"port-in-use", "8080", "listen tcp :8080: bind: address already in use"},
    {"port-in-use", "80",
     "driver failed programming external connectivity on endpoint "
     "web: Bind for 0.0.0.0:80 failed: port is already allocated"},
    {"port-in-use", "8080",
     "Web server failed to start. Port 8080 was already in use."},
    {"port-in-use", "5000",
     "OSError: [Errno 98] Address already in use: ('0.0.0.0', 5000)"},
    {"port-in-use", "", "[ERROR] Connection in use: ('0.0.0.0', 8000)"},
    {"no-port-bound", "",
     "Error R10 (Boot timeout) -> Web process failed to bind to $PORT "
     "within 60 seconds of launch"},
    {"wrong-port", "3000",
     "Server listening on port 3000\n==> Port scan timeout reached, "
     "no open ports detected. Bind your service to at least one port."},
    {"wrong-port", "5000",
     " * Running on http://0.0.0.0:5000\nERROR: The user-provided "
     "container failed to start and listen on the port defined provided "
     "by the PORT=8080 environment variable."},
    {"bound-to-localhost", "127.0.0.1:8000",
     "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)\n==>"
     " No open ports detected on 0.0.0.0, continuing to scan..."},
    {"bound-to-localhost", "127.0.0.1:5000",
     " * Running on http://127.0.0.1:5000\n==> Port scan timeout reached, "
     "no open ports detected on 0.0.0.0. Detected open ports on localhost "
     "-- did you mean to bind one of these to 0.0.0.0?"},
    {"health-check-404", "404",
     "Readiness probe failed: HTTP probe failed with statuscode: 404"},
    {"health-check-5xx", "503",
     "Liveness probe failed: HTTP probe failed with statuscode: 503"},
    {"health-timeout", "",
     "Health check 'servicecheck-00-http-8080' on port 8080 has failed. "
     "Your app is not responding properly."},
    {"startup-timeout", "",
     "Startup probe failed: Get \"http://10.0.0.1:8080/\": dial tcp "
     "10.0.0.1:8080: connect: connection refused"},
    {"worker-timeout", "WORKER TIMEOUT",
     "[2023-01-01 00:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:9)"},
    {"oom-killed", "",
     "FATAL ERROR: Reached heap limit Allocation failed - JavaScript "
     "heap out of memory"},
    {"oom-killed", "", "Error R15 (Memory quota vastly exceeded)"},
    {"oom-killed", "", "      Reason:       OOMKilled"},
    {"oom-killed", "",
     "[1] [ERROR] Worker (pid:12) was sent SIGKILL! Perhaps out of "
     "memory?"},
    {"upstream-unreachable", "10.0.0.2:8080",
     "2023/01/01 00:00:00 [error] 7#7: *1 connect() failed (111: Connectio"
     "n refused) while connecting to upstream, client: 1.2.3.4, server: "
     "x, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.2:8080/\","
     " host: \"x\""},
    {"dns-failure", "backend",
     "nginx: [emerg] host not found in upstream \"backend\" in /etc/nginx/"
     "conf.d/default.conf:3"},
    {"app-exception", "foo", "NameError: name 'foo' is not defined"},
    {"app-exception", "x",
     "TypeError: Cannot read properties of undefined (reading 'x')"},
    {"app-exception", "Foo", "NameError: uninitialized constant Foo"},
    {"app-exception", "",
     "panic: runtime error: invalid memory address or nil pointer "
     "dereference"},
    {"app-exception", "get_user",
     "ImportError: cannot import name 'get_user' from 'app.db' (/app/app/d"
     "b.py)"},
    {"none", "", "==> Your service is live"},
    {"none", "",
     "-----> Launching...\n Released v12\n https://x.herokuapp.com/ "
     "deployed to Heroku"},
    {"missing-env-var", "application encryption key",
     "production.ERROR: No application encryption key has been specified."},
    {"missing-env-var", "STATIC_ROOT",
     "django.core.exceptions.ImproperlyConfigured: You're using the "
     "staticfiles app without having set the STATIC_ROOT setting to "
     "a filesystem path."},
    {"no-build-plan", "Dockerfile",
     "Error: failed to fetch an image or build from source: app does "
     "not have a Dockerfile or buildpacks configured. See https://fly.io/d"
     "ocs"},
    {"file-not-found", "/opt/app/run",
     "app.service: Failed at step EXEC spawning /opt/app/run: No such "
     "file or directory"},
    {"file-not-found", "Chrome",
     "Error: Could not find Chrome (ver. 119.0.6045.105). This can "
     "occur if either"},
    {"command-not-found", "gunicorn",
     "The executable `gunicorn` could not be found."},
    {"missing-module", "@prisma/client",
     "Error: @prisma/client did not initialize yet. Please run \"prisma "
     "generate\" and try to import it again."},
    {"health-timeout", "db",
     "dependency failed to start: container db is unhealthy"},
    {"quota", "rate limit", "remote: API rate limit exceeded for 1.2.3.4"},
    {"quota", "Serverless Function",
     "Error: The Serverless Function \"api/x\" is 51.2mb which exceeds "
     "the maximum size limit of 50mb."},
    {"platform-error", "",
     "Internal error: build system failed. An unexpected error occurred, "
     "please try again later"},
    {"repo-auth-failed", "",
     "remote: Support for password authentication was removed on August "
     "13, 2021."},
    {"source-unavailable", "https://github.com/a/b",
     "==> Unable to clone https://github.com/a/b"},
    {"bad-env-value", "MessageEncryptor",
     "ActiveSupport::MessageEncryptor::InvalidMessage: ActiveSupport::Mess"
     "ageEncryptor::InvalidMessage"},
    {"startup-timeout", "",
     "The user-provided container failed the configured startup probe "
     "checks."},
    {"tls-error", "example.com", "Challenge failed for domain example.com"},
    {"upstream-unreachable", "",
     "Error occurred while trying to proxy request /api from localhost:300"
     "0 to http://api:4000 (ECONNREFUSED)"},
    {"worker-timeout", "H12",
     "heroku[router]: at=error code=H12 desc=\"Request timeout\" method=GE"
     "T path=\"/\""},
    {"missing-start-command", "",
     "heroku[router]: at=error code=H14 desc=\"No web processes running\" "
     "method=GET path=\"/\""},
    {"missing-module", "rollup",
     "Error: Cannot find module @rollup/rollup-linux-x64-gnu. npm "
     "has a bug related to optional dependencies"},
    {"none", "",
     "Stopping all processes with SIGTERM\nProcess exited with status "
     "143"},
    {"unsupported-dependency", "fsevents",
     "npm ERR! code EBADPLATFORM\nnpm ERR! notsup Unsupported platform "
     "for fsevents@2.3.2: wanted {\"os\":\"darwin\"} (current: {\"os\":\"l"
     "inux\",\"arch\":\"x64\"})"},
    {"python-version", "distutils",
     "ModuleNotFoundError: No module named 'distutils'"},
    {"node-version", "",
     "error @foo/bar@2.0.0: The engine \"node\" is incompatible with "
     "this module. Expected version \"^18 || >=20\". Got \"16.20.2\""},
    {"runtime-version", "3.2.2",
     "Your Ruby version is 3.1.2, but your Gemfile specified 3.2.2"},
    {"db-auth-failed", "neondb_owner",
     "PrismaClientInitializationError: Authentication failed against "
     "database server, the provided database credentials for `neondb_owner"
     "` are not valid."},
    {"missing-module", "python-multipart",
     "RuntimeError: Form data requires \"python-multipart\" to be "
     "installed."},
    {"missing-env-var", "url",
     "Description:\n\nFailed to configure a DataSource: 'url' attribute "
     "is not specified and no embedded datasource could be configured."},
    {"missing-env-var", "connectionString",
     "Unhandled exception. System.ArgumentNullException: Value cannot "
     "be null. (Parameter 'connectionString')"},
    {"bad-env-value", "API key",
     "AuthenticationError: Error code: 401 - Incorrect API key provided: "
     "sk-x."},
    {"permission-denied", "80",
     "Error: listen EACCES: permission denied 0.0.0.0:80"},
    {"source-unavailable", "prod",
     "Error: A branch or tag with the name 'prod' could not be found"},
    {"dependency-conflict", "./lib/x",
     "Error [ERR_PACKAGE_PATH_NOT_EXPORTED]: Package subpath './lib/x' "
     "is not defined by \"exports\" in /app/node_modules/y/package.json"},
    {"dependency-conflict", "com.foo.Bar.baz",
     "java.lang.NoSuchMethodError: 'void com.foo.Bar.baz()'"},
    {"port-not-set", "", "Error: '' is not a valid port number."},
    {"runtime-version", "13",
     "FATAL:  database files are incompatible with server\nDETAIL: "
     " The data directory was initialized by PostgreSQL version 13, "
     "which is not compatible with this version 15.4."},
    {"unknown", "",
     "2022-01-01T00:00:00+00:00 heroku[router]: at=error code=H10 "
     "desc=\"App crashed\" method=GET path=\"/\" status=503"},
};

}  // namespace rung
