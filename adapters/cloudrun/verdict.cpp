#include "adapters/cloudrun/verdict.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "adapters/http/json_members.hpp"

namespace rung::cloudrun {
namespace {

using nlohmann::json;
using Told = Judged::Told;

Judged failed(Stage stage, std::string cause, std::string message) {
  Judged out;
  out.told = Told::failed;
  out.said = message;
  out.failure = {stage, std::move(cause), "", std::move(message), {}};
  return out;
}

Judged told(Told what, std::string said) { return {what, {}, std::move(said)}; }

// The platform documents neither these words nor their codes; users report
// them, so they are matched leniently and last.
std::optional<Judged> by_words(const std::string& message) {
  static const re2::RE2 no_image(
      R"((?i)image '?[^']*'? not found|manifest unknown)");
  static const re2::RE2 not_started(
      R"((?i)failed to start and( then)? listen|failed the configured startup probe|failed to become healthy)");
  static const re2::RE2 no_secret(
      R"((?i)secret .*(was )?not found|permission denied on secret)");
  if (re2::RE2::PartialMatch(message, no_image)) {
    return failed(Stage::source, "image-pull-failed", message);
  }
  if (re2::RE2::PartialMatch(message, not_started)) {
    return told(Told::by_log, message);
  }
  if (re2::RE2::PartialMatch(message, no_secret)) {
    return failed(Stage::release, "missing-secret", message);
  }
  return std::nullopt;
}

struct Row {
  const char* reason;
  Told told;
  Stage stage = Stage::release;
  const char* cause = "unknown";
};

// Source: google/cloud/run/v2/condition.proto for the words.
constexpr Row kRows[] = {
    {"CONTAINER_MISSING", Told::failed, Stage::source, "image-pull-failed"},
    {"SECRETS_ACCESS_CHECK_FAILED", Told::failed, Stage::release,
     "missing-secret"},
    {"VPC_NETWORK_NOT_FOUND", Told::failed, Stage::release, "bad-config-file"},
    {"PROGRESS_DEADLINE_EXCEEDED", Told::failed, Stage::start,
     "startup-timeout"},
    {"HEALTH_CHECK_CONTAINER_ERROR", Told::by_log},
    {"CONTAINER_PERMISSION_DENIED", Told::hopeless},
    {"CONTAINER_IMAGE_UNAUTHORIZED", Told::hopeless},
    {"CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED", Told::hopeless},
    {"ENCRYPTION_KEY_PERMISSION_DENIED", Told::hopeless},
    {"ENCRYPTION_KEY_CHECK_FAILED", Told::hopeless},
    {"WAITING_FOR_OPERATION", Told::wait},
    {"IMMEDIATE_RETRY", Told::wait},
    {"POSTPONED_RETRY", Told::wait},
    {"MIN_INSTANCES_WARMING", Told::wait},
    {"CUSTOMIZED_PATH_RESPONSE_PENDING", Told::wait},
    {"PENDING", Told::wait},
    {"RECREATING", Told::wait},
    {"RESERVE", Told::ready},
    {"RETIRED", Told::ready},
    {"RETIRING", Told::ready},
    {"MIN_INSTANCES_NOT_PROVISIONED", Told::ready},
    {"HEALTH_CHECK_SKIPPED", Told::ready},
    {"ACTIVE_REVISION_LIMIT_REACHED", Told::nothing},
    {"NO_DEPLOYMENT", Told::nothing},
    {"UNKNOWN", Told::nothing},
    {"INTERNAL", Told::nothing},
};

Judged of_failed(const json& condition) {
  const std::string message = text_in(condition, "message");
  // A revision's own reason says more than the one all resources share.
  for (const char* key : {"revisionReason", "reason"}) {
    const std::string reason = text_in(condition, key);
    for (const Row& row : kRows) {
      if (reason != row.reason) continue;
      if (row.told == Told::failed) {
        return failed(row.stage, row.cause,
                      message.empty() ? reason : message);
      }
      return told(row.told, message.empty() ? reason : message);
    }
  }
  if (auto known = by_words(message)) return *known;
  return told(Told::nothing, message);
}

}  // namespace

Judged judged(const json& revision) {
  const json conditions = revision.value("conditions", json::array());
  const auto ready = std::find_if(
      conditions.begin(), conditions.end(),
      [](const json& one) { return text_in(one, "type") == "Ready"; });
  if (ready == conditions.end()) return {};
  const std::string state = text_in(*ready, "state");
  if (state == "CONDITION_SUCCEEDED") return told(Told::ready, "");
  if (state != "CONDITION_FAILED") {
    return told(Told::wait, text_in(*ready, "message"));
  }
  Judged verdict = of_failed(*ready);
  // Ready fails for what another condition knows better.
  for (const json& one : conditions) {
    if (verdict.told != Told::nothing) break;
    if (text_in(one, "state") == "CONDITION_FAILED") verdict = of_failed(one);
  }
  return verdict;
}

Judged judged_error(const json& status) {
  const std::string message = text_in(status, "message");
  if (auto known = by_words(message)) return *known;
  const json code = status.value("code", json(0));
  // Source: google/rpc/code.proto.
  constexpr int kInvalidArgument = 3, kPermissionDenied = 7,
                kUnauthenticated = 16;
  if (code == kInvalidArgument) {
    return failed(Stage::release, "unknown", message);
  }
  if (code == kPermissionDenied || code == kUnauthenticated) {
    return told(Told::hopeless, message);
  }
  return told(Told::nothing, message);
}

std::optional<Failure> blamed(std::span<const CloudLogEntry> entries,
                              std::uint16_t port) {
  static const re2::RE2 exited(R"(Container called exit\((\d+)\))");
  static const re2::RE2 memory(R"(Memory limit of .* exceeded)");
  static const re2::RE2 image(R"((?i)exec format error|no such file or directory|failed to load /)");
  static const re2::RE2 probe(R"((?i)STARTUP (TCP|HTTP|GRPC) probe failed)");
  // Alive when the time was over, or gone (CANCELLED: the exit line decides).
  static const re2::RE2 no_answer(R"(DEADLINE_EXCEEDED)");
  static const re2::RE2 no_connection(R"(ERROR_CONNECTION_FAILED)");
  static const re2::RE2 status(R"((?i)status(?: code)?:? (\d{3}))");
  std::string kind;
  for (const CloudLogEntry& entry : entries) {
    if (entry.log != "system") continue;
    std::string word;
    if (re2::RE2::PartialMatch(entry.text, exited, &word)) {
      return Failure{Stage::start, "unknown", "",
                     fmt::format("the container exited with status {} before "
                                 "it listened",
                                 word),
                     {}};
    }
    if (re2::RE2::PartialMatch(entry.text, memory)) {
      return Failure{Stage::start, "oom-killed", "", entry.text, {}};
    }
    if (re2::RE2::PartialMatch(entry.text, image)) {
      return Failure{Stage::start, "unknown", "", entry.text, {}};
    }
    if (re2::RE2::PartialMatch(entry.text, probe, &word)) kind = word;
    if (kind.empty()) continue;
    // What the probe met stands in the same entry or in the next one.
    const bool tcp = kind == "TCP";
    if (!tcp && re2::RE2::PartialMatch(entry.text, status, &word)) {
      const bool missing = word == "404";
      return Failure{Stage::health,
                     missing ? "health-check-404" : "health-check-5xx", word,
                     fmt::format("the startup probe was answered with status "
                                 "{}",
                                 word),
                     {}};
    }
    if (re2::RE2::PartialMatch(entry.text, no_connection) ||
        (tcp && re2::RE2::PartialMatch(entry.text, no_answer))) {
      return Failure{Stage::listen, "no-port-bound", std::to_string(port),
                     fmt::format("nothing listened on port {} although the "
                                 "process was alive",
                                 port),
                     {}};
    }
    if (!tcp && re2::RE2::PartialMatch(entry.text, no_answer)) {
      return Failure{Stage::health, "health-timeout", "",
                     "the startup probe was not answered in time", {}};
    }
  }
  return std::nullopt;
}

Failure unexplained(const std::string& said) {
  return {Stage::start,
          "unknown",
          "",
          "it did not start, and its log does not say why: " + said,
          {}};
}

std::optional<Exit> ended(std::span<const CloudLogEntry> entries) {
  static const re2::RE2 exited(R"(Container called exit\((\d+)\))");
  static const re2::RE2 signalled(R"(Container terminated on signal (\d+))");
  static const re2::RE2 memory(R"(Memory limit of .* exceeded)");
  std::optional<Exit> exit;
  for (const CloudLogEntry& entry : entries) {
    if (entry.log != "system") continue;
    int number = 0;
    if (re2::RE2::PartialMatch(entry.text, exited, &number)) {
      exit = Exit{.code = number, .signal = 0, .oom = false};
    } else if (re2::RE2::PartialMatch(entry.text, memory)) {
      exit = Exit{.code = 0, .signal = 9, .oom = true};
    } else if (re2::RE2::PartialMatch(entry.text, signalled, &number)) {
      // The platform ends idle instances with TERM: that is no failure.
      constexpr int kTerm = 15;
      if (number != kTerm) {
        exit = Exit{.code = 0, .signal = number, .oom = false};
      }
    }
  }
  return exit;
}

}  // namespace rung::cloudrun
