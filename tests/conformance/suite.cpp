#include "tests/conformance/suite.hpp"

#include <catch2/catch.hpp>

#include "adapters/gates/health_checks.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/gates/gate_words.hpp"

namespace rung::conformance {
namespace {

using namespace std::chrono_literals;

ProbeSettings settings_of(const std::vector<Gate>& gates) {
  ProbeSettings settings;
  settings.gates = gates;
  settings.make_check = [](const Gate& gate) {
    return make_health_check(gate);
  };
  return settings;
}

// Settled: what answers 500 twice in a row for a while does not get better.
std::vector<Gate> gates() {
  return {parse_gate("http /health status=200 deadline=30s settled=500ms")};
}

}  // namespace

void add_secret(Bundle& bundle) {
  bundle.env["API_KEY"] = kSecret;
  bundle.release.env["API_KEY"] = kSecret;
  bundle.id = release_id(bundle.release);
}

Bundle with_secret(World& world, Behaviour behaviour) {
  Bundle bundle = world.bundle(behaviour);
  add_secret(bundle);
  return bundle;
}

bool tells_secret(std::string_view text) {
  // The secret, its percent-encoding, and the base64 of its beginning at any
  // of the three offsets.
  for (const std::string_view form :
       {kSecret, std::string_view("pa55-w0rd%2Bof%2Fthe%3Dsuite"),
        std::string_view("cGE1NS13MHJkK29m"), std::string_view("BhNTUtdzByZCtvZi"),
        std::string_view("wYTU1LXcwcmQrb2Yv")}) {
    if (text.find(form) != std::string_view::npos) return true;
  }
  return false;
}

std::unique_ptr<Deployment> deployed(Platform& platform, const Bundle& bundle) {
  auto answer = platform.deploy(bundle);
  if (const auto* refused = std::get_if<Refused>(&answer)) {
    FAIL("refused at " << to_string(refused->failure.stage) << ": "
                       << refused->failure.message << "\n"
                       << refused->log);
  }
  return std::move(std::get<std::unique_ptr<Deployment>>(answer));
}

Observation judged(Deployment& deployment) {
  const auto all = gates();
  SystemClock clock;
  Observation seen = judge(deployment, settings_of(all), clock);
  if (seen.failure) {
    UNSCOPED_INFO(to_string(seen.failure->stage)
                  << ": " << seen.failure->message << "\n"
                  << deployment.log());
  }
  return seen;
}

ProbeEvidence probed(Platform& platform, const Bundle& bundle) {
  const auto all = gates();
  ProbeSettings settings = settings_of(all);
  settings.redact = [](std::string text) {
    for (auto at = text.find(kSecret); at != text.npos;
         at = text.find(kSecret)) {
      text.replace(at, kSecret.size(), "[redacted]");
    }
    return text;
  };
  SystemClock clock;
  return probe(platform, bundle, settings, clock);
}

void wait_for_exit(Deployment& deployment) {
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (!deployment.exited() && std::chrono::steady_clock::now() < until) {
    deployment.wait(100ms);
  }
}

}  // namespace rung::conformance
