#include "tests/fakes/unix_http_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace rung::fakes {
namespace {

int unix_socket(const std::filesystem::path& path, bool listens) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() >= sizeof address.sun_path) {
    throw std::runtime_error("too long for a socket: " + name);
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  const bool done =
      listens ? ::bind(fd, raw, sizeof address) == 0 && ::listen(fd, 64) == 0
              : ::connect(fd, raw, sizeof address) == 0;
  if (done) return fd;
  ::close(fd);
  return -1;
}

std::size_t body_size(const std::string& head) {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos;
       at = head.find("\r\n", at + 2)) {
    static constexpr std::string_view kName = "content-length:";
    std::string name = head.substr(at + 2, kName.size());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (name == kName) return std::stoul(head.substr(at + 2 + kName.size()));
  }
  return 0;
}

}  // namespace

bool UnixPeer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool UnixPeer::reply(int status, std::string_view body,
                     const std::string& headers) const {
  return send("HTTP/1.1 " + std::to_string(status) +
              " X\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n" + headers + "\r\n") &&
         send(body);
}

UnixHttpServer::UnixHttpServer(std::filesystem::path socket, Handle handle)
    : socket_(std::move(socket)),
      handle_(std::move(handle)),
      listener_(unix_socket(socket_, true)) {
  if (listener_ < 0) {
    throw std::runtime_error("cannot listen on " + socket_.string());
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

UnixHttpServer::~UnixHttpServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    std::unique_lock lock(mutex_);
    for (const auto& [fd, same] : open_) ::shutdown(fd, SHUT_RDWR);
    ended_.wait(lock, [this] { return threads_ == 0; });
  }
  ::close(listener_);
  std::error_code ignored;
  std::filesystem::remove(socket_, ignored);
}

void UnixHttpServer::accept_all() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    {
      const std::lock_guard lock(mutex_);
      open_[fd] = fd;
      ++threads_;
    }
    std::thread([this, fd] {
      converse(fd);
      const std::lock_guard lock(mutex_);
      open_.erase(fd);
      ::close(fd);
      --threads_;
      ended_.notify_all();
    }).detach();
  }
}

void UnixHttpServer::converse(int fd) {
  std::string bytes;
  std::size_t head_end = std::string::npos, size = 0;
  for (;;) {
    if (head_end == std::string::npos) {
      head_end = bytes.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        size = body_size(bytes.substr(0, head_end + 2));
      }
    }
    if (head_end != std::string::npos && bytes.size() >= head_end + 4 + size) {
      break;
    }
    std::array<char, 65536> buffer;
    const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  UnixRequest request;
  request.head = bytes.substr(0, head_end + 4);
  request.body = bytes.substr(head_end + 4, size);
  const auto blank = request.head.find(' ');
  request.method = request.head.substr(0, blank);
  request.target = request.head.substr(
      blank + 1, request.head.find(' ', blank + 1) - blank - 1);
  handle_(request, UnixPeer(fd));
}

UnixProxy::UnixProxy(std::filesystem::path socket,
                     std::filesystem::path behind, Decide decide)
    : behind_(std::move(behind)),
      decide_(std::move(decide)),
      server_(std::move(socket),
              [this](const UnixRequest& request, const UnixPeer& peer) {
                pass(request, peer);
              }) {}

void UnixProxy::pass(const UnixRequest& request, const UnixPeer& peer) {
  const UnixFault fault = decide_(request);
  if (fault.kind == UnixFault::Kind::closed) return;
  if (fault.kind == UnixFault::Kind::answer) {
    peer.send(fault.text);
    return;
  }
  const int server = unix_socket(behind_, false);
  if (server < 0) return;
  const auto line = request.head.find("\r\n") + 2;
  const UnixPeer to(server);
  to.send(request.head.substr(0, line) + "Connection: close\r\n" +
          request.head.substr(line) + request.body);
  std::string kept;
  for (;;) {
    pollfd both[] = {{server, POLLIN, 0}, {peer.fd(), POLLRDHUP, 0}};
    ::poll(both, 2, -1);
    if (both[1].revents != 0) break;  // the client has left
    std::array<char, 65536> buffer;
    const auto got = ::recv(server, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    const std::string_view part(buffer.data(), static_cast<std::size_t>(got));
    if (fault.kind == UnixFault::Kind::none) {
      if (!peer.send(part)) break;
    } else {
      kept += part;
    }
  }
  if (fault.kind == UnixFault::Kind::half) {
    peer.send(std::string_view(kept).substr(0, kept.size() / 2));
  }
  ::close(server);
}

}  // namespace rung::fakes
