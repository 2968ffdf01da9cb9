#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/fakes/http_server.hpp"
#include "tests/fakes/unix_http_server.hpp"

namespace rung::fakes {

/// No Docker Engine: answers as ADAPTERS says one does, keeps containers as
/// state in memory, and plays the test service in a thread instead of running
/// anything. For thousands of runs with faults; what it gets wrong only the
/// real one shows.
class FakeDockerEngine {
 public:
  explicit FakeDockerEngine(std::filesystem::path socket);
  ~FakeDockerEngine();

  [[nodiscard]] const std::filesystem::path& socket() const {
    return server_->socket();
  }
  /// The next read is answered as it was the last time it was asked.
  void be_stale(bool stale = true) { stale_ = stale; }
  /// How often a container was started.
  [[nodiscard]] std::size_t starts() const { return starts_; }

 private:
  struct Image {
    std::string dockerfile, behaviour, reference;
    nlohmann::json labels;
    std::int64_t created = 0;
  };
  struct Container {
    std::string id, name;
    nlohmann::json body;
    std::string status = "created";
    int exit_code = 0;
    std::string error, policy = "no";
    bool begun = false;
    std::string log;
    std::unique_ptr<HttpServer> service;
  };
  struct Answer {
    int status = 200;
    nlohmann::json body = {};  ///< null = none
    std::string raw = {};      ///< instead of `body`
  };

  void handle(const UnixRequest& request, const UnixPeer& peer);
  Answer answer(const UnixRequest& request, const std::string& path);
  Answer build(const UnixRequest& request);
  Answer create(const UnixRequest& request);
  Answer start(Container& container);
  Answer on_container(const UnixRequest& request, const std::string& rest);
  void follow(const UnixRequest& request, const std::string& id,
              const UnixPeer& peer);
  Container* find(const std::string& id_or_name);
  nlohmann::json inspected(const Container& container) const;
  static nlohmann::json said(const std::string& message);

  std::mutex mutex_;
  std::map<std::string, Image> images_;
  std::map<std::string, Container> containers_;  ///< by id
  std::vector<nlohmann::json> events_;
  std::map<std::string, Answer> before_;  ///< what reads were answered
  std::uint64_t count_ = 0;
  std::atomic<bool> stale_ = false;
  std::atomic<std::size_t> starts_ = 0;
  std::unique_ptr<UnixHttpServer> server_;
};

}  // namespace rung::fakes
