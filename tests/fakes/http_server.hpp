#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rung::fakes {

/// A port of 127.0.0.1 that nobody listens on; free again when it is returned.
inline std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const bool done =
      ::bind(fd, raw, size) == 0 && ::getsockname(fd, raw, &size) == 0;
  ::close(fd);
  if (!done) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// An answer as it goes over the wire.
inline std::string http_reply(int status, const std::string& body,
                              const std::string& headers = {}) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

/// Listens on 127.0.0.1 in a thread of its own; each request's bytes go to
/// `answer`, what it returns goes back, then the connection is closed. "" =
/// closed without an answer; kHang = no answer until the server stops.
class HttpServer {
 public:
  using Answer = std::function<std::string(const std::string& request)>;
  static inline const std::string kHang = "\x01hang";

  /// `after`: the port is bound only then.
  explicit HttpServer(Answer answer, std::uint16_t port = free_port(),
                      std::chrono::microseconds after = {})
      : answer_(std::move(answer)),
        port_(port),
        stop_(::eventfd(0, EFD_CLOEXEC)),
        thread_([this, after] { serve(after); }) {
    if (after.count() == 0) {
      while (!listening_) std::this_thread::yield();
    }
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_, &one, sizeof one));
    thread_.join();
    ::close(stop_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// When it began to listen.
  [[nodiscard]] std::chrono::steady_clock::time_point ready_at() const {
    const std::lock_guard lock(mutex_);
    return ready_at_;
  }

 private:
  /// False once the server shall stop.
  bool wait(int fd, int timeout_ms = -1) const {
    pollfd both[] = {{stop_, POLLIN, 0}, {fd, POLLIN, 0}};
    ::poll(both, fd < 0 ? 1 : 2, timeout_ms);
    return both[0].revents == 0;
  }

  void serve(std::chrono::microseconds after) {
    // poll(2) counts milliseconds, which is too coarse to measure with.
    const timespec time{after.count() / 1'000'000,
                        after.count() % 1'000'000 * 1000};
    pollfd stop{stop_, POLLIN, 0};
    if (::ppoll(&stop, 1, &time, nullptr) > 0) return;

    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address),
               sizeof address) != 0 ||
        ::listen(listener, 16) != 0) {
      std::abort();  // the test's own fault: the port was not free
    }
    {
      const std::lock_guard lock(mutex_);
      ready_at_ = std::chrono::steady_clock::now();
    }
    listening_ = true;
    while (wait(listener)) {
      const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      converse(peer);
      ::close(peer);
    }
    ::close(listener);
  }

  void converse(int peer) {
    std::string request;
    while (!complete(request) && wait(peer)) {
      char buffer[4096];
      const auto got = ::recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const std::string reply = answer_(request);
    if (reply == kHang) {
      wait(-1);
      return;
    }
    std::size_t sent = 0;
    while (sent < reply.size()) {
      const auto n =
          ::send(peer, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }

  static bool complete(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string name = "Content-Length: ";
    const auto at = request.find(name);
    if (at == std::string::npos || at > end) return true;
    return request.size() >=
           end + 4 + std::stoul(request.substr(at + name.size()));
  }

  Answer answer_;
  std::uint16_t port_;
  int stop_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::chrono::steady_clock::time_point ready_at_{};
  std::atomic<bool> listening_ = false;
  std::thread thread_;
};

}  // namespace rung::fakes
