#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/fakes/http_server.hpp"

namespace rung::fakes {

/// One request to the fake of a platform's HTTP API.
struct ApiCall {
  std::string method;
  std::string target;                           ///< path and query, as sent
  std::string path;                             ///< not decoded
  std::multimap<std::string, std::string> query;  ///< decoded
  std::map<std::string, std::string> headers;   ///< names in lower case
  std::string body;
  [[nodiscard]] std::string asked(const std::string& name,
                                  const std::string& otherwise = {}) const;
};

struct ApiAnswer {
  int status = 200;
  std::string body = {};
  std::map<std::string, std::string> headers = {};
  /// How it goes over the wire: whole, not at all (the connection is reset),
  /// or only the first half of the body, and then it is reset.
  enum class Wire { whole, reset, half } wire = Wire::whole;
};

using ApiHandler = std::function<ApiAnswer(const ApiCall&)>;

/// HTTP/1.1 on 127.0.0.1 with connections that are kept, a thread each. The
/// handler is called by several threads.
class ApiServer {
 public:
  explicit ApiServer(ApiHandler handler, std::uint16_t port = free_port());
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  ~ApiServer();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

 private:
  struct Peer {
    int fd = -1;
    std::thread thread;
    std::atomic<bool> over = false;
  };
  void accept_all();
  void converse(Peer& peer);

  ApiHandler handler_;
  std::uint16_t port_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::list<Peer> peers_;
  std::thread thread_;
};

/// The call passed on to another server, for proxies. No answer is `reset`.
ApiAnswer forwarded(const ApiCall& call, const std::string& base_url);

std::string url_decoded(const std::string& text);

}  // namespace rung::fakes
