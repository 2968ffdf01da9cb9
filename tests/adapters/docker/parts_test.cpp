#include <archive.h>
#include <archive_entry.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <catch2/catch.hpp>
#include <fstream>

#include "adapters/docker/build_context.hpp"
#include "adapters/docker/containers.hpp"
#include "adapters/docker/dockerignore.hpp"
#include "adapters/docker/engine.hpp"
#include "adapters/docker/image_progress.hpp"
#include "adapters/docker/images.hpp"
#include "adapters/docker/log_frames.hpp"
#include "adapters/docker/options.hpp"
#include "adapters/platform/run_mark.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/base/error.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/unix_http_server.hpp"

namespace fs = std::filesystem;

namespace rung::parts_test {
namespace {

std::string error_of(const std::map<std::string, std::string>& options) {
  try {
    docker_options("staging", options);
  } catch (const PlanError& error) {
    return error.what();
  }
  return "";
}

std::map<std::string, std::string> files_in(const std::string& tar) {
  std::map<std::string, std::string> files;
  archive* in = archive_read_new();
  archive_read_support_format_tar(in);
  archive_read_open_memory(in, tar.data(), tar.size());
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)),
                        '\0');
    if (!content.empty()) {
      archive_read_data(in, content.data(), content.size());
    }
    files[archive_entry_pathname(entry)] = content;
  }
  archive_read_free(in);
  return files;
}

}  // namespace

TEST_CASE("A docker target's options are read, and what is none is refused",
          "[adapters][docker]") {
  const DockerOptions options = docker_options(
      "staging", {{"memory", "256m"},
                  {"cpus", "0.5"},
                  {"publish", "0.0.0.0:8080"},
                  {"volumes.data", "/var/lib/shop:ro"},
                  {"build_args.A", "b"},
                  {"port", "auto"},
                  {"x-note", "anything"}});
  CHECK(options.memory == 256 << 20);
  CHECK(options.nano_cpus == 500'000'000);
  CHECK(options.publish == 8080);
  CHECK(options.publish_address == "0.0.0.0");
  CHECK(options.volumes.at("data") == "/var/lib/shop:ro");
  CHECK(options.build_args.at("A") == "b");
  CHECK(error_of({{"memmory", "1g"}}) ==
        "targets/staging: unknown key \"memmory\" (did you mean \"memory\"?)");
  CHECK_THAT(error_of({{"memory", "much"}}), Catch::Contains("256m"));
  CHECK_THAT(error_of({{"port", "0"}}), Catch::Contains("1 to 65535"));
  CHECK_THAT(error_of({{"swarm", "yes"}}), Catch::Contains("true or false"));
  CHECK_THAT(error_of({{"replicas", "2"}}), Catch::Contains("swarm: true"));
  CHECK_THAT(error_of({{"network", "host"}, {"publish", "80"}}),
             Catch::Contains("set port"));
  CHECK_THAT(error_of({{"volumes.a", "relative"}}),
             Catch::Contains("absolute path"));
}

TEST_CASE("The API's version is the newest both sides speak",
          "[adapters][docker]") {
  CHECK(agreed_docker_version("1.41", "") == "/v1.41");
  CHECK(agreed_docker_version("1.43", "") == "/v1.43");
  CHECK(agreed_docker_version("1.52", "1.44") == "/v1.44");
  CHECK(agreed_docker_version("", "") == "/v1.41");
  CHECK_THROWS_AS(agreed_docker_version("1.40", ""), AbortError);
  CHECK_THROWS_AS(agreed_docker_version("1.60", "1.50"), AbortError);
}

TEST_CASE("Log frames are put together however they are cut",
          "[adapters][docker]") {
  const std::string bytes = std::string("\x01\0\0\0\0\0\0\x03one", 11) +
                            std::string("\x02\0\0\0\0\0\0\x04two\n", 12);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    std::string out, err;
    LogFrames frames(false, [&](int stream, std::string_view text) {
      (stream == 1 ? out : err) += text;
    });
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      frames.feed(std::string_view(bytes).substr(at, piece));
    }
    CHECK(out == "one");
    CHECK(err == "two\n");
  }
  std::string plain;
  LogFrames odd(false, [&](int, std::string_view text) { plain += text; });
  odd.feed("no frames at all");
  CHECK(plain == "no frames at all");
}

TEST_CASE("A log keeps its end, from the beginning of a line",
          "[adapters][docker]") {
  LogTail tail(10);
  for (int i = 0; i < 100; ++i) tail.add("line " + std::to_string(i) + "\n");
  CHECK(tail.text() == "line 99\n");
}

TEST_CASE("A .dockerignore leaves out what Docker's would",
          "[adapters][docker]") {
  const DockerIgnore ignore(
      "# comment\nnode_modules\n*.md\n!README.md\n**/cache\ndocs/*/draft?\n"
      "/build/\n");
  const auto out = [&](const char* path) { return ignore.leaves_out(path); };
  CHECK(out("node_modules/left-pad/index.js"));
  CHECK_FALSE(out("sub/node_modules/x"));
  CHECK(out("NOTES.md"));
  CHECK_FALSE(out("README.md"));
  CHECK_FALSE(out("docs/NOTES.md"));
  CHECK(out("cache/x"));
  CHECK(out("a/b/cache"));
  CHECK(out("docs/a/draft1"));
  CHECK_FALSE(out("docs/a/draft12"));
  CHECK(out("build/x"));
}

TEST_CASE("A build context holds no history, no journal and no env file",
          "[adapters][docker]") {
  const fakes::TemporaryFolder folder;
  const auto write = [&](const std::string& path, const std::string& text) {
    fs::create_directories((folder.path() / path).parent_path());
    std::ofstream(folder.path() / path) << text;
  };
  for (const char* path :
       {"app.py", ".env", "sub/.env.local", "prod.env", ".env.example",
        ".git/config", ".rung/key", "sub/.git/HEAD", "big.log",
        ".dockerignore"}) {
    write(path, path);
  }
  write(".dockerignore", "*.log\n");
  write("Dockerfile", "FROM committed\n");
  fs::permissions(folder.path() / "app.py", fs::perms::owner_all);
  const std::map<std::string, std::string> generated{
      {"Dockerfile", "FROM generated\n"}, {".env", "KEY=secret"}};
  const std::string tar =
      build_context(folder.path(), generated, "Dockerfile");
  const auto files = files_in(tar);
  std::vector<std::string> names;
  for (const auto& [path, content] : files) names.push_back(path);
  CHECK(names == std::vector<std::string>{".dockerignore", ".env.example",
                                          "Dockerfile", "app.py"});
  CHECK(files.at("Dockerfile") == "FROM generated\n");
  CHECK(tar == build_context(folder.path(), generated, "Dockerfile"));
}

TEST_CASE("What a build says is read from its stream, however it is cut",
          "[adapters][docker]") {
  const std::string bytes =
      "{\"stream\":\"Step 1\\n\"}\n{\"aux\":{\"ID\":\"sha256:1\"}}\n"
      "{\"errorDetail\":{\"code\":3,\"message\":\"returned 3\"},"
      "\"error\":\"returned 3\"}";
  for (std::size_t piece = 1; piece < 9; ++piece) {
    DockerStream stream;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      stream.feed(std::string_view(bytes).substr(at, piece));
    }
    stream.finish();
    CHECK(stream.log == "Step 1\nreturned 3\n");
    CHECK(stream.image_id == "sha256:1");
    CHECK(stream.error_code == 3);
  }
}

TEST_CASE("A build's stream may say anything", "[adapters][docker]") {
  DockerStream stream;
  stream.feed("{\"aux\":{\"ID\":5}}\n{\"aux\":\"x\"}\n{\"stream\":[]}\n[]\n\n");
  CHECK(stream.image_id.empty());
  CHECK(stream.log.empty());
  CHECK(stream.error.empty());
  stream.feed("{\"errorDetail\":{\"message\":7,\"code\":\"3\"}}\n");
  CHECK(stream.error == "the build failed");
  CHECK(stream.error_code == 0);
}

TEST_CASE("A Dockerfile says which variables its build wants",
          "[adapters][docker]") {
  CHECK(dockerfile_args("ARG BASE=debian:12\nFROM $BASE\narg A\n  ARG B=1 C\n"
                        "ENV D=1\nRUN echo ARG E\n# ARG F\nARGH G\n") ==
        std::set<std::string>{"A", "B", "BASE", "C"});
  CHECK(dockerfile_args("").empty());
}

TEST_CASE("A registry that cannot be asked blames no release",
          "[adapters][docker]") {
  CHECK(build_failure("returned a non-zero code: 2", 2).stage == Stage::build);
  CHECK(build_failure("COPY failed: no such file", 0).stage == Stage::source);
  CHECK(build_failure("pull access denied for x", 0).stage == Stage::source);
  CHECK_THROWS_AS(build_failure("Get https://r: dial tcp: i/o timeout", 0),
                  PlatformError);
  CHECK_THROWS_AS(build_failure("toomanyrequests: slow down", 0),
                  PlatformError);
  CHECK_THROWS_AS(build_failure("write /x: no space left on device", 0),
                  AbortError);
}

TEST_CASE("A container gets the port it is told, or one of its own",
          "[adapters][docker]") {
  const auto free_one = []() -> std::uint16_t { return 4711; };
  DockerOptions options;
  CHECK(docker_contract(options, {}, 0, free_one).port == 8080);
  CHECK(docker_contract(options, {}, 3000, free_one).port == 3000);
  CHECK(docker_contract(options, {{"PORT", "5000"}}, 3000, free_one).port ==
        5000);
  CHECK(docker_contract(options, {}, 0, free_one).env.at("PORT") == "8080");
  options.inject_port = false;
  CHECK(docker_contract(options, {}, 0, free_one).env.empty());
  options.network = "host";
  CHECK(docker_contract(options, {}, 3000, free_one).port == 4711);
  options.network = "none";
  CHECK(docker_contract(options, {}, 3000, free_one).port == 0);
}

TEST_CASE("A run is living as long as its process is",
          "[adapters][docker]") {
  using Fate = RunMark::Fate;
  const std::string here = RunMark::process();
  CHECK(RunMark::fate("r1", here) == Fate::gone);
  {
    const RunMark mark("r1"), same("r1");
    CHECK(RunMark::fate("r1", here) == Fate::living);
    CHECK(RunMark::fate("r2", here) == Fate::gone);
  }
  CHECK(RunMark::fate("r1", here) == Fate::gone);
  CHECK(RunMark::fate("r1", "other" + here) == Fate::elsewhere);
  CHECK(RunMark::fate("r1", "") == Fate::elsewhere);

  int pipe_of[2];
  REQUIRE(pipe(pipe_of) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string mark = RunMark::process();
    if (write(pipe_of[1], mark.data(), mark.size()) < 0) _exit(1);
    pause();
    _exit(0);
  }
  char text[512];
  const auto size = read(pipe_of[0], text, sizeof text);
  const std::string theirs(text, static_cast<std::size_t>(size));
  CHECK(RunMark::fate("r1", theirs) == Fate::living);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(RunMark::fate("r1", theirs) == Fate::gone);
  close(pipe_of[0]);
  close(pipe_of[1]);
}

TEST_CASE("A container that goes while Podman looks at it is gone",
          "[adapters][docker]") {
  const fakes::TemporaryFolder folder;
  std::string message =
      "container c1 does not exist in database: no such "
      "container";
  const fakes::UnixHttpServer engine(
      folder.path() / "socket",
      [&](const fakes::UnixRequest& request, const fakes::UnixPeer& peer) {
        if (request.target == "/_ping") {
          peer.reply(200, "OK", "Api-Version: 1.41\r\n");
        } else {
          peer.reply(500, nlohmann::json{{"message", message}}.dump());
        }
      });
  SystemClock clock;
  DockerEngine asked(engine.socket().string(), clock);
  CHECK_FALSE(asked.read("/containers/c1/json"));
  message = "database is locked";
  CHECK_THROWS_AS(asked.read("/containers/c1/json"), PlatformError);
}

TEST_CASE("What Podman says of a release is told from its own trouble",
          "[adapters][docker]") {
  // As Podman 4.3 answered: 500 to nearly all.
  const auto answer = [](const char* message) {
    ApiReply reply;
    reply.status = 500;
    reply.body = nlohmann::json{{"message", message}}.dump();
    return reply;
  };
  const auto verdict = [](const std::optional<Failure>& failure) {
    return failure ? std::string(to_string(failure->stage)) + "/" +
                         failure->cause
                   : "";
  };
  const auto create = [&](const char* message) {
    return verdict(create_failure(answer(message)));
  };
  CHECK(create("fill out specgen: invalid environment variable: \"=x\"") ==
        "release/bad-env-value");
  CHECK(create("container create: unable to find network with name or ID n: "
               "network not found") == "release/unknown");
  CHECK(create("container create: container-init binary not found on the "
               "host") == "");
  const auto start = [&](const std::string& message) {
    ContainerFacts facts;  // it keeps no exit code then
    return verdict(start_failure(answer(message.c_str()), facts));
  };
  const std::string runc =
      "runc: runc create failed: unable to start container process: ";
  CHECK(start(runc + "exec: \"/x\": stat /x: no such file or directory: OCI "
                     "runtime attempted to invoke a command that was not "
                     "found") == "start/command-not-found");
  CHECK(start(runc + "exec: \"/x\": permission denied: OCI permission "
                     "denied") == "start/permission-denied");
  CHECK(start(runc + "error during container init: error setting rlimit type "
                     "7: operation not permitted: OCI permission denied") ==
        "");
  CHECK(start(runc + "unable to set memory limit to 1048576: OCI runtime "
                     "error") == "release/unknown");
  CHECK(start("unable to find user nobody: no matching entries in passwd "
              "file") == "start/unknown");
  const auto build = [&](const char* message) {
    return verdict(build_failure(message, 0));
  };
  CHECK(build("building at STEP \"RUN x\": while running runtime: exit status "
              "127") == "build/command-not-found");
  CHECK(build("building at STEP \"RUN x\": while running runtime: exit status "
              "3") == "build/unknown");
  CHECK(build("building at STEP \"COPY x /\": checking on sources under "
              "\"/t\": copier: stat: \"/x\": no such file or directory") ==
        "source/file-not-found");
  CHECK(build("no FROM statement found") == "build/syntax-error");
  CHECK(build("building at STEP \"FORM \": Build error: Unknown instruction: "
              "\"FORM\"") == "build/syntax-error");
  CHECK(build("initializing source docker://h/none:1: reading manifest 1 in "
              "h/none: manifest unknown") == "source/image-pull-failed");
}

}  // namespace rung::parts_test
