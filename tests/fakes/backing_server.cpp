#include "tests/fakes/backing_server.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/skipped.hpp"

namespace rung::fakes {
namespace {

using namespace std::chrono_literals;

std::filesystem::path postgres_programs() {
  std::error_code ignored;
  for (const auto& version :
       std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (std::filesystem::exists(version.path() / "bin/initdb")) {
      return version.path() / "bin";
    }
  }
  return {};
}

/// PostgreSQL refuses root: then it runs as the user that Debian made for it.
std::vector<std::string> as_other_user(std::vector<std::string> argv) {
  if (::geteuid() != 0) return argv;
  argv.insert(argv.begin(), {"setpriv", "--reuid=postgres", "--regid=postgres",
                             "--clear-groups"});
  return argv;
}

ProcessSpec spec(std::vector<std::string> argv) {
  ProcessSpec result;
  result.argv = std::move(argv);
  result.cwd = "/";
  result.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
                {"LC_ALL", "C"}};
  return result;
}

/// Waits until the server writes that it is ready.
void await(Process& process, const std::string& words) {
  while (process.log().find(words) == std::string::npos) {
    if (process.exited()) {
      throw std::runtime_error("did not start:\n" + process.log());
    }
    process.wait(10s);
  }
}

template <class Server>
Server* shared_server(bool installed, const char* name) {
  if (!installed) {
    skipped(std::string(name) + " is not installed");
    return nullptr;
  }
  static Server server;
  return &server;
}

}  // namespace

PostgresServer* PostgresServer::shared() {
  return shared_server<PostgresServer>(!postgres_programs().empty(),
                                       "PostgreSQL");
}

PostgresServer::PostgresServer() {
  const auto programs = postgres_programs();
  const auto data = folder_.path() / "data";
  const auto password = folder_.path() / "password";
  std::ofstream(password) << kPassword << "\n";
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr ||
        ::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("there is no user postgres to run as");
    }
  }
  const Ran made = run(
      spec(as_other_user({programs / "initdb", "--no-sync", "--username=rung",
                          "--auth=scram-sha-256",
                          "--pwfile=" + password.string(), "--pgdata", data})),
      60s);
  if (!made.succeeded()) throw std::runtime_error("initdb: " + made.log);
  process_ = Process::start(spec(as_other_user(
      {programs / "postgres", "-D", data, "-c", "port=" + std::to_string(port_),
       "-c", "listen_addresses=127.0.0.1", "-c",
       "unix_socket_directories=" + folder_.path().string(), "-c",
       "fsync=off"})));
  await(*process_, "ready to accept connections");
}

PostgresServer::~PostgresServer() {
  // SIGINT-like haste would do too, but shared memory is only tidied by a
  // shutdown.
  if (process_) process_->stop(10s);
}

std::string PostgresServer::url(const std::string& password,
                                const std::string& database) const {
  return "postgresql://rung:" + password +
         "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

RedisServer* RedisServer::shared() {
  return shared_server<RedisServer>(
      std::filesystem::exists("/usr/bin/redis-server"), "Redis");
}

RedisServer::RedisServer() {
  process_ = Process::start(
      spec({"redis-server", "--port", std::to_string(port_), "--bind",
            "127.0.0.1", "--requirepass", "pa:ss", "--save", "", "--appendonly",
            "no", "--dir", folder_.path()}));
  await(*process_, "Ready to accept connections");
}

}  // namespace rung::fakes
