#include "adapters/doctor/backing_look.hpp"

#include <fmt/format.h>

#include <memory>
#include <string_view>

#include "adapters/doctor/bare_deployment.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/health_checks.hpp"
#include "adapters/http/url.hpp"
#include "core/text/service_scheme.hpp"

namespace rung {
namespace {

std::string backing_advice(std::string_view cause, const std::string& name) {
  if (cause == "db-auth-failed") {
    return fmt::format("compare user and password in ${} with the server's",
                       name);
  }
  if (cause == "dns-failure") {
    return fmt::format("compare the host in ${} with the provider's page",
                       name);
  }
  if (cause == "bad-env-value") return fmt::format("correct ${}", name);
  if (cause == "quota") return "close connections that nobody uses";
  return fmt::format(
      "look whether the server in ${} runs, and whether a firewall or an "
      "allow list keeps this machine out",
      name);
}

Judged judged_gate(const CheckResult& result, const std::string& good,
                   const std::string& name, bool used_here) {
  if (result.kind == CheckResult::Kind::pass) return fine(good);
  const Failure none;
  const Failure& failure = result.failure ? *result.failure : none;
  const std::string found = failure.message;
  if (result.kind != CheckResult::Kind::fail) return not_known(found);
  // A login that is refused is refused everywhere; a network is only ours.
  const bool reached = failure.cause == "db-auth-failed" ||
                       failure.cause == "bad-env-value" ||
                       failure.cause == "quota";
  const Judged judged = failing(found, backing_advice(failure.cause, name));
  return used_here || reached ? judged : seen_from_here(judged);
}

/// Whether something accepts connections there.
CheckResult connected(const std::string& what, const HostPort& to,
                      const std::string& name,
                      std::chrono::milliseconds at_most) {
  BareDeployment nobody({});
  const Patience patience(nobody, at_most);
  Dialer dialer;
  const Dialed dialed = dialer.dial(to, patience);
  if (dialed.reach == Reach::connected) return passed();
  return not_reached(dialed.reach, what, name, 0);
}

/// Of a service that rung cannot log in to.
Judged judged_connection(const BackingVariable& variable,
                         const ServiceScheme& scheme, const std::string& words,
                         std::chrono::milliseconds at_most) {
  const auto url = parse_url(plain_service_url(variable.value));
  if (!url || url->host.empty()) {
    // Several hosts, or an unusual spelling: not wrong, but not ours.
    return not_known(
        fmt::format("rung cannot read this {} URL", scheme.service));
  }
  const HostPort to = {url->host, url->port != 0 ? url->port : scheme.port};
  return judged_gate(
      connected(words, to, words, at_most),
      fmt::format("accepts connections; rung has no login for {}",
                  scheme.service),
      variable.name, variable.used_here);
}

}  // namespace

std::optional<Look> backing_look(const BackingVariable& variable,
                                 std::chrono::milliseconds at_most) {
  const auto scheme = service_of_url(variable.value);
  if (!scheme || scheme->elsewhere ||
      scheme->kind == ServiceScheme::Kind::web) {
    return std::nullopt;
  }
  const std::string words = "$" + variable.name;
  Gate gate;
  if (scheme->kind == ServiceScheme::Kind::postgres) {
    gate.check = PostgresGate{words};
  } else if (scheme->kind == ServiceScheme::Kind::redis) {
    gate.check = RedisGate{words};
  } else {
    return single_look(row_of("backing service", words, "resolves, accepts"),
                       [variable, scheme = *scheme, words, at_most] {
                         return judged_connection(variable, scheme, words,
                                                  at_most);
                       });
  }
  return single_look(
      row_of("backing service", words, "resolves, accepts, logs in"),
      [variable, gate, service = std::string(scheme->service), at_most] {
        const std::map<std::string, std::string> env = {
            {variable.name, variable.value}};
        BareDeployment nobody(env);
        Saved saved;
        return judged_gate(
            make_health_check(gate)->look(nobody, saved, at_most),
            service + " accepts the login", variable.name, variable.used_here);
      });
}

Look outer_gate_look(const Gate& gate,
                     const std::map<std::string, std::string>& env,
                     std::chrono::milliseconds at_most) {
  return single_look(row_of("gate", gate.text, "passes"), [gate, env, at_most] {
    BareDeployment nobody(env);
    Saved saved;
    const CheckResult result =
        make_health_check(gate)->look(nobody, saved, at_most);
    if (result.kind == CheckResult::Kind::pass) return fine("passes");
    if (result.kind == CheckResult::Kind::fail) {
      return failing(result.failure ? result.failure->message : "fails",
                     "look whether what it names is there and can be "
                     "reached from here");
    }
    return not_known(result.failure ? result.failure->message
                                    : "it cannot be judged");
  });
}

}  // namespace rung
