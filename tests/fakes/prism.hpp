#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/process/process.hpp"
#include "tests/fakes/api_server.hpp"

namespace rung::fakes {

/// Prism between an adapter and a platform's fake: what the platform's own
/// OpenAPI description does not allow, as a question or as an answer, is
/// answered with an error instead. Takes about ten seconds to start.
class Prism {
 public:
  /// What lies between this process and `behind`, a server's URL. nullptr with
  /// a reason where it cannot run: Prism or the description is not there.
  static std::unique_ptr<Prism> before(const std::string& behind,
                                       const std::string& description,
                                       std::string& why_not);
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }
  /// What it said so far, colours and all.
  [[nodiscard]] std::string log() const { return process_->log(); }

 private:
  std::uint16_t port_ = free_port();
  std::optional<Process> process_;
};

}  // namespace rung::fakes
