// How late a healthy service is recognised, and what waiting for one costs.
// The server binds its port at a random moment and notes when it listens; the
// gate is held as a probe holds it, against a deployment in real time.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "adapters/gates/health_checks.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/gates/gate_words.hpp"
#include "core/gates/hold.hpp"
#include "core/model/gate.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/live_deployment.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

double ms(Steady::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Milliseconds from listening to the gate's verdict, ascending.
std::vector<double> latencies(int rounds, std::chrono::milliseconds least,
                              std::chrono::milliseconds most) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::int64_t> after(
      std::chrono::microseconds(least).count(),
      std::chrono::microseconds(most).count());
  const Gate gate = parse_gate("http /health body~ok");
  std::vector<double> late;
  for (int i = 0; i < rounds; ++i) {
    fakes::HttpServer server(
        [](const std::string&) { return fakes::http_reply(200, "ok"); },
        fakes::free_port(), std::chrono::microseconds(after(random)));
    fakes::LiveDeployment deployment(server.url());
    Saved saved;
    const auto check = make_health_check(gate);
    const GateResult result =
        hold(gate, *check, deployment, saved, SystemClock());
    const auto seen = Steady::now();
    if (result.kind != CheckResult::Kind::pass) {
      std::fprintf(stderr, "a healthy service was not recognised\n");
      std::exit(1);
    }
    late.push_back(ms(seen - server.ready_at()));
  }
  std::sort(late.begin(), late.end());
  return late;
}

void report(const char* what, const std::vector<double>& late) {
  std::printf("%-38s median %6.2f ms   95 %% %6.2f ms   most %6.2f ms\n", what,
              late[late.size() / 2], late[late.size() * 95 / 100], late.back());
}

void report_waiting(const char* what, const std::string& url,
                    std::chrono::seconds time) {
  Gate gate = parse_gate("http /health");
  gate.deadline = time;
  fakes::LiveDeployment deployment(url);
  Saved saved;
  const double before = cpu_seconds();
  const GateResult result =
      hold(gate, *make_health_check(gate), deployment, saved, SystemClock());
  std::printf(
      "%-38s %.2f %% of a core, %u looks\n", what,
      100 * (cpu_seconds() - before) / static_cast<double>(time.count()),
      result.attempts);
}

}  // namespace
}  // namespace rung

int main() {
  using namespace rung;
  report("ready after 5-150 ms, 200 times", latencies(200, 5ms, 150ms));
  report("ready after 1-2 s, 20 times", latencies(20, 1s, 2s));
  report("ready after 5-6 s, 6 times", latencies(6, 5s, 6s));
  report_waiting("30 s of nothing listening",
                 "http://127.0.0.1:" + std::to_string(fakes::free_port()), 30s);
  const fakes::HttpServer unwell(
      [](const std::string&) { return fakes::http_reply(503, "not yet"); });
  report_waiting("30 s of status 503 (with the server)", unwell.url(), 30s);
}
