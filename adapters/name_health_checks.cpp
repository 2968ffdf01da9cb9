#include <fmt/format.h>
#include <openssl/x509.h>

#include <algorithm>

#include "adapters/connection.hpp"
#include "adapters/expansion.hpp"
#include "adapters/health_check_kinds.hpp"
#include "adapters/stream.hpp"

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

class TlsHealthCheck : public HealthCheck {
 public:
  explicit TlsHealthCheck(TlsGate gate) : gate_(std::move(gate)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    const std::string what = fmt::format("tls {}", gate_.address);
    Expander expander(deployment, saved, what);
    const HostPort target = host_port(expander(gate_.address));
    if (target.port == 0) expander.refuse("not HOST:PORT");
    if (expander.problem()) return *expander.problem();

    const std::uint16_t local_port =
        is_loopback(target.host) ? target.port : std::uint16_t{0};
    const Patience patience(deployment, at_most);
    Dialed dialed = dialer_.dial(target, patience);
    if (dialed.reach != Reach::connected) {
      return not_reached(dialed.reach, what, gate_.address, local_port);
    }
    Stream stream(std::move(dialed.fd));
    std::string wrong = stream.start_tls(target.host, patience);
    if (wrong.empty()) wrong = ends_soon(stream);
    CheckResult result =
        wrong.empty()
            ? passed()
            : failed(Stage::network, "tls-error",
                     fmt::format("{}: {}", what, wrong), gate_.address);
    result.local_port = local_port;
    return result;
  }

 private:
  [[nodiscard]] std::string ends_soon(const Stream& stream) const {
    const auto certificate = stream.certificate();
    if (!certificate) return "no certificate is shown";
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr,
                       X509_get0_notAfter(certificate.get())) != 1) {
      return "the certificate's end cannot be read";
    }
    const std::chrono::seconds left =
        std::chrono::hours(24 * days) + std::chrono::seconds(seconds);
    if (left >= gate_.valid_for) return {};
    return fmt::format("the certificate ends within {} days",
                       gate_.valid_for / std::chrono::hours(24));
  }

  TlsGate gate_;
  Dialer dialer_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const DnsGate& gate) {
  return std::make_unique<DnsHealthCheck>(gate);
}
std::unique_ptr<HealthCheck> make_check(const TlsGate& gate) {
  return std::make_unique<TlsHealthCheck>(gate);
}

}  // namespace rung
