#include <fmt/format.h>
#include <openssl/x509.h>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/expander.hpp"
#include "adapters/gates/stream.hpp"
#include "adapters/gates/who_answers.hpp"

namespace rung {
namespace {

/// Connects to an address; what is then asked of it is the kind's affair.
class AddressHealthCheck : public HealthCheck {
 public:
  AddressHealthCheck(std::string kind, std::string address)
      : kind_(std::move(kind)), address_(std::move(address)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) final {
    const std::string what = fmt::format("{} {}", kind_, address_);
    Expander expander(deployment, saved, what);
    const HostPort target = host_port(expander(address_));
    if (target.port == 0) expander.refuse("not HOST:PORT");
    if (expander.problem()) return *expander.problem();

    const std::uint16_t local_port =
        is_loopback(target.host) ? target.port : std::uint16_t{0};
    const Patience patience(deployment, at_most);
    Dialed dialed = dialer_.dial(target, patience);
    if (dialed.reach != Reach::connected) {
      return not_reached(dialed.reach, what, address_, local_port);
    }
    const AnswerTie tie(deployment, local_port, dialed.fd.get());
    const std::string wrong =
        trouble(std::move(dialed.fd), target.host, patience);
    CheckResult result =
        wrong.empty() ? passed()
                      : failed(Stage::network, "tls-error",
                               fmt::format("{}: {}", what, wrong), address_);
    result.local_port = local_port;
    return tie.tied(std::move(result), what);
  }

 private:
  /// What is wrong with the connection; "" = nothing.
  [[nodiscard]] virtual std::string trouble(FileDescriptor connection,
                                            const std::string& host,
                                            const Patience& patience) const = 0;

  std::string kind_, address_;
  Dialer dialer_;
};

class TcpHealthCheck final : public AddressHealthCheck {
 public:
  explicit TcpHealthCheck(const TcpGate& gate)
      : AddressHealthCheck("tcp", gate.address) {}

 private:
  [[nodiscard]] std::string trouble(FileDescriptor, const std::string&,
                                    const Patience&) const override {
    return {};
  }
};

class TlsHealthCheck final : public AddressHealthCheck {
 public:
  explicit TlsHealthCheck(const TlsGate& gate)
      : AddressHealthCheck("tls", gate.address), valid_for_(gate.valid_for) {}

 private:
  [[nodiscard]] std::string trouble(FileDescriptor connection,
                                    const std::string& host,
                                    const Patience& patience) const override {
    Stream stream(std::move(connection));
    std::string wrong = stream.start_tls(host, patience);
    return wrong.empty() ? ends_soon(stream) : wrong;
  }

  [[nodiscard]] std::string ends_soon(const Stream& stream) const {
    const auto certificate = stream.certificate();
    if (!certificate) return "the server shows no certificate";
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr,
                       X509_get0_notAfter(certificate.get())) != 1) {
      return "the certificate's end date cannot be read";
    }
    const std::chrono::seconds left =
        std::chrono::hours(24 * days) + std::chrono::seconds(seconds);
    if (left >= valid_for_) return {};
    return fmt::format("the certificate expires within {} days",
                       valid_for_ / std::chrono::hours(24));
  }

  decltype(TlsGate::valid_for) valid_for_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const TcpGate& gate) {
  return std::make_unique<TcpHealthCheck>(gate);
}

std::unique_ptr<HealthCheck> make_check(const TlsGate& gate) {
  return std::make_unique<TlsHealthCheck>(gate);
}

}  // namespace rung
