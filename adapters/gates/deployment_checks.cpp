#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/gates/port_findings.hpp"

namespace rung {
namespace {

class LogHealthCheck : public HealthCheck {
 public:
  explicit LogHealthCheck(const LogGate& gate)
      : wants_match_(!gate.present.empty()),
        text_(wants_match_ ? gate.present : gate.absent),
        // Whole lines are judged: ^ and $ mean theirs, as with grep.
        regex_("(?m)" + text_, RE2::Quiet) {
    if (!regex_.ok()) {
      throw UsageError(
          fmt::format("log: \"{}\" is not a regular expression: {}", text_,
                      regex_.error()));
    }
  }

  CheckResult look(Deployment& deployment, Saved&,
                   std::chrono::milliseconds) override {
    const std::string log = deployment.log();
    const bool matches = RE2::PartialMatch(log, regex_);
    CheckResult result;
    if (matches == wants_match_) {
      result = passed();
    } else if (wants_match_) {
      result = failed(Stage::health, "unknown",
                      fmt::format("log: no line matches \"{}\"", text_));
    } else {
      // The line itself may hold a value; the diagnosis shows what it may.
      result =
          decisive(failed(Stage::health, "unknown",
                          fmt::format("log: a line matches \"{}\"", text_)));
    }
    result.again = CheckResult::Again::on_output;
    return result;
  }

 private:
  bool wants_match_;
  std::string text_;
  RE2 regex_;
};

class PortHealthCheck : public HealthCheck {
 public:
  explicit PortHealthCheck(PortGate gate) : gate_(gate) {}

  CheckResult look(Deployment& deployment, Saved&,
                   std::chrono::milliseconds) override {
    const auto sockets = deployment.sockets();
    if (!sockets) {
      if (deployment.port_checked() && !gate_.only_routed) return passed();
      return decisive(infra("platform-error",
                            "port: this platform does not say which ports are "
                            "bound; use an http or tcp gate"));
    }
    if (deployment.routed_port() == 0) {
      return decisive(
          failed(Stage::listen, "unknown",
                 "port: the target routes no port to this service"));
    }
    PortFinding finding =
        judge_ports(*sockets, deployment.routed_port(), deployment.emulates());
    CheckResult result = passed();
    if (finding.failure) {
      result.kind = CheckResult::Kind::fail;
      result.failure = std::move(finding.failure);
    } else if (gate_.only_routed) {
      for (const BoundSocket& socket : *sockets) {
        if (socket.port == deployment.routed_port()) continue;
        result = failed(Stage::listen, "wrong-port",
                        fmt::format("port: {} is open as well, only {} is "
                                    "routed",
                                    socket.port, deployment.routed_port()),
                        std::to_string(socket.port));
        break;
      }
    }
    result.again = CheckResult::Again::on_output;
    return result;
  }

 private:
  PortGate gate_;
};

class ProcessHealthCheck : public HealthCheck {
 public:
  // hold() asks for an exit around every look; here nothing is left to ask.
  CheckResult look(Deployment& deployment, Saved&,
                   std::chrono::milliseconds) override {
    if (!deployment.exited()) return passed();
    return decisive(failed(Stage::start, "unknown", "process: it has ended"));
  }
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const LogGate& gate) {
  return std::make_unique<LogHealthCheck>(gate);
}
std::unique_ptr<HealthCheck> make_check(const PortGate& gate) {
  return std::make_unique<PortHealthCheck>(gate);
}
std::unique_ptr<HealthCheck> make_check(const ProcessGate&) {
  return std::make_unique<ProcessHealthCheck>();
}

}  // namespace rung
