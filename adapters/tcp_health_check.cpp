#include <fmt/format.h>

#include "adapters/connection.hpp"
#include "adapters/expansion.hpp"
#include "adapters/health_check_kinds.hpp"

namespace rung {
namespace {

class TcpHealthCheck : public HealthCheck {
 public:
  explicit TcpHealthCheck(TcpGate gate) : gate_(std::move(gate)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    const std::string what = fmt::format("tcp {}", gate_.address);
    Expander expander(deployment, saved, what);
    const HostPort target = host_port(expander(gate_.address));
    if (target.port == 0) expander.refuse("not HOST:PORT");
    if (expander.problem()) return *expander.problem();

    const std::uint16_t local_port =
        is_loopback(target.host) ? target.port : std::uint16_t{0};
    const Patience patience(deployment, at_most);
    const Dialed dialed = dialer_.dial(target, patience);
    CheckResult result =
        dialed.reach == Reach::connected
            ? passed()
            : not_reached(dialed.reach, what, gate_.address, local_port);
    result.local_port = local_port;
    return result;
  }

 private:
  TcpGate gate_;
  Dialer dialer_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const TcpGate& gate) {
  return std::make_unique<TcpHealthCheck>(gate);
}

}  // namespace rung
