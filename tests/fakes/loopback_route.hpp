#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "tests/fakes/http_server.hpp"

namespace rung::fakes {

/// A port of 127.0.0.1 whose connections are passed on, as a platform's router
/// does; 503 while it leads nowhere.
class LoopbackRoute {
 public:
  LoopbackRoute();
  LoopbackRoute(const LoopbackRoute&) = delete;
  LoopbackRoute& operator=(const LoopbackRoute&) = delete;
  ~LoopbackRoute();
  /// `connect` gives a connected socket, -1 = nowhere; called by other threads.
  void lead_to(std::function<int()> connect);
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

 private:
  struct Peer {
    std::thread thread;
    std::atomic<bool> over = false;
  };
  void accept_all();
  void pass_on(int client);

  std::uint16_t port_;
  int listener_, stop_;
  std::mutex mutex_;
  std::function<int()> connect_;
  std::list<Peer> peers_;
  std::thread thread_;
};

}  // namespace rung::fakes
