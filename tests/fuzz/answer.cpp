#include <charconv>

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "core/gates/http_answer.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

HttpGate gate_from(std::string_view words) {
  try {
    const Gate gate = parse_gate(words);
    if (const auto* http = std::get_if<HttpGate>(&gate.check)) return *http;
  } catch (const UsageError&) {
    // Asks for everything that can be asked for.
  }
  return std::get<HttpGate>(
      parse_gate("http /health status=200,3xx body!~panic json:/ok=true "
                 "json:/name~. save:TOKEN=/token save:ALL=")
          .check);
}

}  // namespace

// Words of a gate, the status, headers, an empty line, the body.
void answer(std::string_view input) {
  const HttpGate gate = gate_from(first_line(input));
  HttpAnswer answer;
  const auto status = first_line(input);
  std::from_chars(status.data(), status.data() + status.size(), answer.status);
  while (!input.empty()) {
    const auto line = first_line(input);
    if (line.empty()) break;
    const auto colon = line.find(':');
    answer.headers.emplace_back(
        line.substr(0, colon),
        colon == line.npos ? "" : line.substr(colon + 1));
  }
  answer.body = input;

  const Saved before{{"TOKEN", "old"}};
  Saved saved = before, again = before;
  const CheckResult result = judge(gate, answer, saved);
  const bool passed = result.kind == CheckResult::Kind::pass;
  require(passed == !result.failure.has_value(), "a failure says why");
  require(passed || saved == before, "a failure saves nothing");
  for (const auto& [name, pointer] : gate.save) {
    require(!passed || saved.contains(name), "a pass saves what was asked for");
  }
  require(judge(gate, answer, again).failure == result.failure &&
              again == saved,
          "equal answers are judged alike");
  // The message decides whether two failures are the same one.
  if (!result.failure) return;
  answer.took += std::chrono::microseconds(1);
  answer.headers.emplace_back("Date", "now");
  require(judge(gate, answer, again).failure == result.failure,
          "a message holds no times");
}

}  // namespace rung::fuzz
