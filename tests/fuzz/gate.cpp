#include "core/model/gate.hpp"

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "core/gates/http_answer.hpp"
#include "core/text/duration.hpp"
#include "core/text/expand.hpp"
#include "core/text/shell_words.hpp"
#include "core/text/url_user.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

bool same(const HttpGate& a, const HttpGate& b) {
  return a.url == b.url && a.method == b.method && a.headers == b.headers &&
         a.body == b.body && a.status == b.status &&
         a.body_matches == b.body_matches && a.body_absent == b.body_absent &&
         a.json == b.json && a.json_matches == b.json_matches &&
         a.header_matches == b.header_matches && a.within == b.within &&
         a.save == b.save && a.follow == b.follow;
}

void check_gate(std::string_view words) {
  Gate gate;
  try {
    gate = parse_gate(words);
  } catch (const UsageError&) {
    return;
  }
  require(gate.deadline.count() >= 0 && gate.interval.count() >= 0 &&
              gate.soak.count() >= 0 && gate.settled.count() >= 0,
          "no duration is negative");
  if (without_password(words) != words) return;  // which the text leaves out
  const Gate again = parse_gate(gate.text);
  require(again.text == gate.text && again.check.index() == gate.check.index(),
          "a gate's text is the gate");
  require(again.deadline == gate.deadline && again.interval == gate.interval &&
              again.successes == gate.successes && again.soak == gate.soak &&
              again.settled == gate.settled,
          "a gate's text holds its times");
  if (const auto* http = std::get_if<HttpGate>(&gate.check)) {
    require(same(*http, std::get<HttpGate>(again.check)),
            "a gate's text holds what is asked");
    require(!asked(*http).empty(), "what is asked can be said");
  }
}

void check_expansion(std::string_view words) {
  const Expansion nobody = expand(words, {}, {});
  const std::string first = first_variable(words);
  require(nobody.unknown == first, "the first variable is the first unknown");
  require(nobody.expanded == !first.empty(), "what has no variable stays");
  require(nobody.text.size() <= words.size(), "empty variables add nothing");
  if (first.empty()) return;
  const std::map<std::string, std::string> values{{first, "v"}};
  require(expand(words, values, {}).unknown != first, "what is set is known");
  require(expand(words, values, {}).text == expand(words, {}, values).text,
          "saved values are values");
}

void check_words(std::string_view line) {
  std::vector<ShellWord> words;
  try {
    words = shell_words(line);
  } catch (const UsageError&) {
    return;
  }
  std::size_t size = 0;
  for (const ShellWord& word : words) {
    require(word.text.size() == word.quoted.size(), "each byte is known");
    size += word.text.size();
  }
  require(size <= line.size(), "words are parts of their line");
}

}  // namespace

// The words of a gate.
void gate(std::string_view input) {
  check_gate(input);
  check_expansion(input);
  check_words(input);
  const std::string shown = without_password(input);
  require(without_password(shown) == shown, "what is taken out is gone");
  try {
    require(parse_duration(input).count() >= 0, "no duration is negative");
  } catch (const UsageError&) {
    // Most texts are none.
  }
}

}  // namespace rung::fuzz
