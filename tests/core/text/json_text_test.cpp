#include "core/text/json_text.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "core/gates/gate_words.hpp"
#include "core/gates/http_answer.hpp"

namespace rung::json_text_test {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("JSON that nests too deep is none", "[core][json_text]") {
  CHECK(json_from(nested(256)).is_array());
  CHECK(json_from(nested(257)).is_discarded());
  CHECK(json_from(std::string(1 << 22, '[')).is_discarded());
  CHECK(json_from("[1,").is_discarded());
  // Brackets in a text nest nothing, and many beside each other are not deep.
  const std::string text(1000, '[');
  CHECK(json_from("\"\\\"" + text + "\"") == "\"" + text);
  std::string wide = "[0";
  for (int i = 0; i < 1000; ++i) wide += ",[{}]";
  CHECK(json_from(wide + "]").size() == 1001);
}

TEST_CASE("An answer that nests without end fails its gate",
          "[core][json_text]") {
  const Gate gate = parse_gate("http /health save:ALL= json:/0~x");
  HttpAnswer answer;
  answer.status = 200;
  answer.body = nested(1 << 21);
  Saved saved;
  const CheckResult result =
      judge(std::get<HttpGate>(gate.check), answer, saved);
  REQUIRE(result.failure);
  CHECK(result.failure->message == "GET /health: the body is not JSON");
}

}  // namespace rung::json_text_test
