#include "core/diagnosis/refine.hpp"

#include "core/diagnosis/missing_names.hpp"
#include "core/text/utf8.hpp"

namespace rung::diagnosis {

void refine_ports(const LogText& text, const Reading& reading,
                  std::optional<Stage> floor, Diagnosis& diagnosis) {
  static const Pattern kExpected(
      R"((?i)(?:PORT=|on port:? |\bport )(\d{2,5})\b)");
  // A probe names the port that it asks.
  static const Pattern kProbed(
      R"(:(\d{2,5})(?:/\S*)?: connect: connection refused|pings on port: (\d+))");
  auto expected = kExpected.evidence(diagnosis.line);
  const bool probed = diagnosis.cause == "health-timeout";
  if (probed) expected = kProbed.evidence(diagnosis.line);
  if (probed ? !expected : diagnosis.cause != "no-port-bound") return;
  std::string_view bound, line;
  for (const auto& point : reading.marks) {
    if (point.mark->phase != DeployPhase::up) continue;
    const auto found = point.pattern->evidence(text.lines()[point.line].text);
    if (found && !found->empty()) {
      bound = *found;
      line = text.lines()[point.line].text;
      break;
    }
  }
  if (bound.empty()) return;
  const auto colon = bound.rfind(':');
  const auto port = colon == bound.npos ? bound : bound.substr(colon + 1);
  const auto host =
      colon == bound.npos ? std::string_view() : bound.substr(0, colon);
  const bool loopback = host.find("127.") != host.npos ||
                        host.find("localhost") != host.npos ||
                        host.find("::1") != host.npos;
  const bool about_address =
      diagnosis.line.find("0.0.0.0") != std::string::npos ||
      diagnosis.line.find("localhost") != std::string::npos ||
      diagnosis.line.find("open ports") != std::string::npos;
  if (loopback && (about_address || expected == port)) {
    diagnosis.cause = "bound-to-localhost";
    diagnosis.evidence = std::string(bound);
  } else if (expected != port) {
    diagnosis.cause = "wrong-port";
    diagnosis.evidence = std::string(port);
  } else {
    return;
  }
  diagnosis.line = valid_utf8(line);
  if (!floor) diagnosis.stage = Stage::listen;
}

void name_variables(const LogText& text, std::size_t line,
                    Diagnosis& diagnosis) {
  if (diagnosis.cause != "missing-env-var" &&
      diagnosis.cause != "bad-env-value" &&
      diagnosis.cause != "app-exception") {
    return;
  }
  std::vector<std::string_view> lines;
  for (const auto& one : text.lines()) lines.push_back(one.text);
  const NamedVariables named = named_variables(lines, line);
  if (!named.missing.empty()) {
    diagnosis.cause = "missing-env-var";
    diagnosis.evidence = listed(named.missing);
  } else if (!named.invalid.empty()) {
    diagnosis.cause = "bad-env-value";
    diagnosis.evidence = listed(named.invalid);
  }
}

}  // namespace rung::diagnosis
