#include "tests/fakes/own_network.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <thread>
#include <utility>

namespace rung::fakes {
namespace {

bool bring_up_loopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool up = fd >= 0 && ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  return up;
}

}  // namespace

std::optional<OwnNetwork> OwnNetwork::make() {
  int fd = -1;
  // unshare(2) and setns(2) move the calling thread alone.
  std::thread([&fd] {
    if (::unshare(CLONE_NEWNET) != 0 || !bring_up_loopback()) return;
    const std::string file =
        "/proc/self/task/" + std::to_string(::gettid()) + "/ns/net";
    fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  }).join();
  if (fd < 0) return std::nullopt;
  return OwnNetwork(fd);
}

OwnNetwork::OwnNetwork(OwnNetwork&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

OwnNetwork::~OwnNetwork() {
  if (fd_ >= 0) ::close(fd_);
}

std::string OwnNetwork::file() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_);
}

int OwnNetwork::connect(std::uint16_t port) const {
  int fd = -1;
  std::thread([this, port, &fd] {
    if (::setns(fd_, CLONE_NEWNET) == 0) fd = connect_here(port);
  }).join();
  return fd;
}

int connect_here(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) ==
      0) {
    return fd;
  }
  ::close(fd);
  return -1;
}

}  // namespace rung::fakes
