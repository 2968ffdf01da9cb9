#include "core/gates/http_answer.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/text/ascii_case.hpp"
#include "core/text/json_text.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

using nlohmann::json;

/// "200, 204 or 3xx".
std::string wanted(const std::vector<int>& codes) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const bool hundred = codes[i] % 100 == 0 && i + 99 < codes.size() &&
                         codes[i + 99] == codes[i] + 99;
    words.push_back(hundred ? fmt::format("{}xx", codes[i] / 100)
                            : std::to_string(codes[i]));
    if (hundred) i += 99;
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

std::string_view cause_of(int status) {
  if (status == 404) return "health-check-404";
  if (status >= 500) return "health-check-5xx";
  return "unknown";
}

bool matches(std::string_view text, const std::string& regex) {
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(regex, options);
  return compiled.ok() &&
         RE2::PartialMatch(re2::StringPiece(text.data(), text.size()),
                           compiled);
}

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

const json* at(const json& document, const std::string& pointer) {
  try {
    return &document.at(json::json_pointer(pointer));
  } catch (const json::exception&) {
    return nullptr;
  }
}

/// What is wrong with the JSON parts; "" = nothing. `values` gets what the
/// gate saves.
std::string wrong_json(const HttpGate& gate, const std::string& body,
                       Saved& values) {
  if (gate.json.empty() && gate.json_matches.empty() && gate.save.empty()) {
    return {};
  }
  const json document = json_from(body);
  if (document.is_discarded()) return "the body is not JSON";
  const auto where = [](const std::string& pointer) {
    return pointer.empty() ? std::string("the document") : pointer;
  };
  for (const auto& [pointer, text] : gate.json) {
    const json* value = at(document, pointer);
    if (!value) return fmt::format("{} is missing", where(pointer));
    if (*value != json_from(text)) {
      return fmt::format("{} is not {}", where(pointer), text);
    }
  }
  for (const auto& [pointer, regex] : gate.json_matches) {
    const json* value = at(document, pointer);
    if (!value) return fmt::format("{} is missing", where(pointer));
    if (!matches(as_text(*value), regex)) {
      return fmt::format("{} does not match \"{}\"", where(pointer), regex);
    }
  }
  for (const auto& [name, pointer] : gate.save) {
    const json* value = at(document, pointer);
    if (!value) {
      return fmt::format("{} is missing, nothing to save as {}", where(pointer),
                         name);
    }
    values[name] = as_text(*value);
  }
  return {};
}

std::string wrong_header(const HttpGate& gate, const HttpAnswer& answer) {
  for (const auto& rule : gate.header_matches) {
    const bool found = std::any_of(
        answer.headers.begin(), answer.headers.end(), [&](const auto& header) {
          return equal_without_case(header.first, rule.first) &&
                 matches(header.second, rule.second);
        });
    if (!found) {
      return fmt::format("no header {} matches \"{}\"", rule.first,
                         rule.second);
    }
  }
  return {};
}

}  // namespace

std::string asked(const HttpGate& gate) {
  return fmt::format("{} {}", gate.method, without_password(gate.url));
}

bool needs_body(const HttpGate& gate) {
  return !gate.body_matches.empty() || !gate.body_absent.empty() ||
         !gate.json.empty() || !gate.json_matches.empty() ||
         !gate.save.empty() || gate.within.has_value();
}

namespace {

/// Where a redirect points, without what may be secret, or vary; "" = none.
std::string location_of(const HttpAnswer& answer) {
  if (answer.status < 300 || answer.status > 399) return "";
  for (const auto& [name, value] : answer.headers) {
    static constexpr std::string_view kLocation = "location";
    const bool same = std::equal(
        name.begin(), name.end(), kLocation.begin(), kLocation.end(),
        [](char a, char b) { return (a | 0x20) == b; });
    if (!same || value.empty()) continue;
    return without_password(value.substr(0, value.find_first_of("?#")));
  }
  return "";
}

}  // namespace

CheckResult judge(const HttpGate& gate, const HttpAnswer& answer,
                  Saved& saved) {
  const auto bad = [&](std::string_view what, std::string_view cause) {
    return failed(Stage::health, std::string(cause),
                  fmt::format("{}: {}", asked(gate), what),
                  cause == "unknown" ? "" : without_password(gate.url));
  };
  if (std::find(gate.status.begin(), gate.status.end(), answer.status) ==
      gate.status.end()) {
    const std::string to = location_of(answer);
    CheckResult result =
        bad(fmt::format("status {}, expected {}{}{}", answer.status,
                        wanted(gate.status),
                        to.empty() ? "" : "; it redirects to ", to),
            cause_of(answer.status));
    result.failure->redirected_to = to;
    return result;
  }
  if (const auto wrong = wrong_header(gate, answer); !wrong.empty()) {
    return bad(wrong, "unknown");
  }
  if (answer.cut && needs_body(gate)) {
    return bad("the answer is longer than 4 MiB", "unknown");
  }
  if (!gate.body_matches.empty() && !matches(answer.body, gate.body_matches)) {
    return bad(fmt::format("the body does not match \"{}\"", gate.body_matches),
               "unknown");
  }
  if (!gate.body_absent.empty() && matches(answer.body, gate.body_absent)) {
    return bad(fmt::format("the body matches \"{}\"", gate.body_absent),
               "unknown");
  }
  Saved values;
  if (const auto wrong = wrong_json(gate, answer.body, values);
      !wrong.empty()) {
    return bad(wrong, "unknown");
  }
  if (gate.within && answer.took > *gate.within) {
    return bad(
        fmt::format("the answer took longer than {} ms", gate.within->count()),
        "unknown");
  }
  for (auto& [name, value] : values) saved[name] = std::move(value);
  CheckResult result = passed();
  const std::string to = answer.redirected_to.empty() ? location_of(answer)
                                                      : answer.redirected_to;
  if (!to.empty()) {
    result.note = fmt::format("{}{}{}", asked(gate), kRedirectedTo, to);
  }
  return result;
}

}  // namespace rung
