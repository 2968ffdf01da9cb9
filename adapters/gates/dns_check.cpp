#include <fmt/format.h>

#include <algorithm>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/expander.hpp"

namespace rung {
namespace {

/// Numeric addresses in one spelling: "::1" for "0:0::1"; "" = not numeric.
std::string canonical(const std::string& address) {
  const Resolved resolved = resolve(address, 0, std::chrono::milliseconds(0));
  return resolved.addresses.empty() || address == "localhost"
             ? std::string()
             : resolved.addresses.front().text();
}

class DnsHealthCheck : public HealthCheck {
 public:
  explicit DnsHealthCheck(DnsGate gate) : gate_(std::move(gate)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    const std::string what = fmt::format("dns {}", gate_.name);
    Expander expander(deployment, saved, what);
    const std::string name = expander(gate_.name);
    std::string address = expander(gate_.address);
    if (!address.empty()) {
      address = canonical(address);
      if (address.empty()) expander.refuse("address= is not an IP address");
    }
    if (expander.problem()) return *expander.problem();

    const Resolved resolved = resolve(name, 0, at_most);
    if (resolved.kind == Resolved::Kind::no_such_name) {
      return not_reached(Reach::no_such_name, what, gate_.name, 0);
    }
    if (resolved.kind == Resolved::Kind::no_resolver) {
      return not_reached(Reach::no_resolver, what, gate_.name, 0);
    }
    const bool found =
        address.empty() ||
        std::any_of(resolved.addresses.begin(), resolved.addresses.end(),
                    [&](const Address& a) { return a.text() == address; });
    if (found) return passed();
    return failed(
        Stage::network, "dns-failure",
        fmt::format("{}: {} is not among its addresses", what, gate_.address),
        gate_.name);
  }

 private:
  DnsGate gate_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const DnsGate& gate) {
  return std::make_unique<DnsHealthCheck>(gate);
}

}  // namespace rung
