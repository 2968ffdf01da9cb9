#include "tests/fakes/loopback_route.hpp"

#include <array>

namespace rung::fakes {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

bool copied(int from, int to) {
  std::array<char, 16384> buffer;
  const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
  for (ssize_t sent = 0; sent < got;) {
    const auto n = ::send(to, buffer.data() + sent,
                          static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += n;
  }
  return got > 0;
}

}  // namespace

LoopbackRoute::LoopbackRoute()
    : port_(free_port()),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at = loopback(port_);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("a route cannot listen");
  }
  thread_ = std::thread([this] { accept_all(); });
}

LoopbackRoute::~LoopbackRoute() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_, &one, sizeof one));
  thread_.join();
  for (Peer& peer : peers_) peer.thread.join();
  ::close(listener_);
  ::close(stop_);
}

void LoopbackRoute::lead_to(std::function<int()> connect) {
  const std::lock_guard lock(mutex_);
  connect_ = std::move(connect);
}

void LoopbackRoute::accept_all() {
  for (;;) {
    pollfd both[] = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    ::poll(both, 2, -1);
    if (both[0].revents != 0) return;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    peers_.remove_if([](Peer& peer) {
      if (peer.over) peer.thread.join();
      return peer.over.load();
    });
    Peer& peer = peers_.emplace_back();
    peer.thread = std::thread([this, client, &peer] {
      pass_on(client);
      ::close(client);
      peer.over = true;
    });
  }
}

void LoopbackRoute::pass_on(int client) {
  std::function<int()> connect;
  {
    const std::lock_guard lock(mutex_);
    connect = connect_;
  }
  const int service = connect ? connect() : -1;
  const bool there = service >= 0;
  if (!there) {
    const std::string answer =
        http_reply(503, "no instance", "Connection: close\r\n");
    pollfd asked{client, POLLIN, 0};
    ::poll(&asked, 1, 1000);
    char request[4096];
    static_cast<void>(::recv(client, request, sizeof request, MSG_DONTWAIT));
    static_cast<void>(
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL));
    ::shutdown(client, SHUT_WR);
  }
  for (bool open = there; open;) {
    pollfd all[] = {
        {stop_, POLLIN, 0}, {client, POLLIN, 0}, {service, POLLIN, 0}};
    ::poll(all, 3, -1);
    if (all[0].revents != 0) break;
    if (all[1].revents != 0) open = copied(client, service);
    if (open && all[2].revents != 0) open = copied(service, client);
  }
  if (there) ::close(service);
}

}  // namespace rung::fakes
