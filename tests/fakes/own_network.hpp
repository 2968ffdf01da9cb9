#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rung::fakes {

/// A network namespace with nothing but a loopback interface: an app in it
/// binds whatever ports it likes, as in a container. Needs CAP_SYS_ADMIN.
class OwnNetwork {
 public:
  /// nullopt: this machine does not let us.
  static std::optional<OwnNetwork> make();
  OwnNetwork(OwnNetwork&& other) noexcept;
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;
  OwnNetwork& operator=(OwnNetwork&&) = delete;
  ~OwnNetwork();

  /// For nsenter --net=FILE, while this object is there.
  [[nodiscard]] std::string file() const;
  /// A socket to 127.0.0.1:`port` in there; -1 = refused.
  [[nodiscard]] int connect(std::uint16_t port) const;

 private:
  explicit OwnNetwork(int fd) : fd_(fd) {}
  int fd_;
};

/// The same in the network of this process.
int connect_here(std::uint16_t port);

}  // namespace rung::fakes
