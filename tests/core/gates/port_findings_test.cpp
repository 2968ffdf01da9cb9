#include <catch2/catch.hpp>

#include "core/diagnosis/diagnosis.hpp"

#include "core/gates/port_findings.hpp"

namespace rung::port_findings_test {
namespace {

using Sockets = std::vector<BoundSocket>;

std::string cause_of(const PortFinding& finding) {
  return finding.failure ? finding.failure->cause : "";
}

}  // namespace

TEST_CASE("The sockets bound are judged as the platform sees them",
          "[core][port_findings]") {
  struct Case {
    Sockets bound;
    Emulation emulate;
    const char *cause, *evidence, *note;
  };
  const auto c = GENERATE(values<Case>({
      {{}, Emulation::none, "no-port-bound", "", ""},
      {{}, Emulation::render, "no-port-bound", "", ""},
      {{{"0.0.0.0", 10000}}, Emulation::render, "", "", ""},
      {{{"::", 10000}}, Emulation::render, "", "", ""},
      {{{"10.0.0.5", 10000}}, Emulation::none, "", "", ""},
      {{{"127.0.0.1", 10000}}, Emulation::none, "", "", ""},
      {{{"127.0.0.1", 10000}},
       Emulation::render,
       "bound-to-localhost",
       "127.0.0.1:10000",
       ""},
      {{{"::1", 10000}},
       Emulation::cloudrun,
       "bound-to-localhost",
       "[::1]:10000",
       ""},
      {{{"127.0.0.1", 10000}, {"0.0.0.0", 10000}},
       Emulation::render,
       "",
       "",
       ""},
      {{{"0.0.0.0", 3000}}, Emulation::render, "wrong-port", "3000", ""},
      {{{"0.0.0.0", 3000}}, Emulation::none, "wrong-port", "3000", ""},
      {{{"127.0.0.1", 9229}, {"::", 3000}},
       Emulation::render,
       "wrong-port",
       "3000",
       ""},
      {{{"0.0.0.0", 10000}, {"0.0.0.0", 8081}, {"::", 8081}, {"::", 8082}},
       Emulation::render,
       "",
       "",
       "also binds 8081 and 8082, which this platform does not route"},
      {{{"0.0.0.0", 10000}, {"0.0.0.0", 8081}}, Emulation::none, "", "", ""},
      {{{"0.0.0.0", 10000}, {"127.0.0.1", 9229}},
       Emulation::cloudrun,
       "",
       "",
       ""},
  }));
  const auto finding = judge_ports(c.bound, 10000, c.emulate);
  CAPTURE(to_string(c.emulate), c.cause, c.evidence);
  CHECK(cause_of(finding) == c.cause);
  if (finding.failure) {
    CHECK(finding.failure->stage == Stage::listen);
    CHECK(finding.failure->evidence == c.evidence);
  }
  CHECK((finding.notes.empty() ? "" : finding.notes.front()) == c.note);
}

TEST_CASE("A wrong port is said in words", "[core][port_findings]") {
  const Sockets bound = {{"0.0.0.0", 3000}};
  const auto finding = judge_ports(bound, 10000, Emulation::render);
  REQUIRE(finding.failure);
  CHECK(finding.failure->message ==
        "bound to 3000, the platform routes to 10000");
}

TEST_CASE("Probes with other routed ports fail with one signature",
          "[core][port_findings]") {
  const Sockets bound = {{"0.0.0.0", 3000}};
  CHECK(judge_ports(bound, 10000, Emulation::none).failure->signature ==
        judge_ports(bound, 10001, Emulation::none).failure->signature);
  CHECK(judge_ports({}, 10000, Emulation::none).failure->signature ==
        judge_ports({}, 23456, Emulation::none).failure->signature);
}

TEST_CASE("A worker to which nothing is routed needs no port",
          "[core][port_findings]") {
  CHECK_FALSE(judge_ports({}, 0, Emulation::render).failure);
}

}  // namespace rung::port_findings_test
