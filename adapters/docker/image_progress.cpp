#include "adapters/docker/image_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "adapters/http/json_members.hpp"
#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLog = 1 << 20;

bool says_any(const std::string& text,
              std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string::npos;
  });
}

Failure failed_at(Stage stage, const char* cause, const std::string& message) {
  Failure failure;
  failure.stage = stage;
  failure.cause = cause;
  failure.message = elided(printable(message), 400);
  return failure;
}

// "building at STEP "RUN ...": while running runtime: exit status 3": Podman has
// no field for it. 0 = it says something else; 1 is also what its runtime ends
// with when there is no such program.
int exit_code_in(const std::string& error) {
  constexpr std::string_view kSays = "while running runtime: exit status ";
  const auto at = error.find(kSays);
  int code = 0;
  if (at != std::string::npos) {
    const char* digits = error.data() + at + kSays.size();
    std::from_chars(digits, error.data() + error.size(), code);
  }
  return code;
}

}  // namespace

void DockerStream::feed(std::string_view bytes) {
  const std::size_t known = rest_.size();
  rest_ += bytes;
  std::size_t begin = 0;
  for (auto end = rest_.find('\n', known); end != std::string::npos;
       end = rest_.find('\n', begin)) {
    line(std::string_view(rest_).substr(begin, end - begin));
    begin = end + 1;
  }
  rest_.erase(0, begin);
}

void DockerStream::finish() {
  if (!rest_.empty()) line(rest_);
  rest_.clear();
}

void DockerStream::line(std::string_view text) {
  const json said = json::parse(text, nullptr, false);
  if (!said.is_object()) return;
  const auto word = [&](const char* key) { return text_in(said, key); };
  log += word("stream");
  // A pull says its progress many times a second.
  if (const std::string status = word("status");
      !status.empty() && word("progress").empty()) {
    log += status + "\n";
  }
  if (const std::string id = text_in(member(said, "aux"), "ID"); !id.empty()) {
    image_id = id;
  }
  if (const json& detail = member(said, "errorDetail"); detail.is_object()) {
    error = text_in(detail, "message");
    if (error.empty()) error = "the build failed";
    error_code = number_in(detail, "code");
  }
  if (error.empty()) error = word("error");
  if (!word("error").empty()) log += word("error") + "\n";
  if (log.size() > 2 * kMostLog) log.erase(0, log.size() - kMostLog);
}

// Source: messages of Docker Engine 20.10 to 28 and Podman 4.3, whose API has
// no codes for these. A RUN step that failed is known by its exit code.
Failure build_failure(const std::string& error, int said_code) {
  const int code = said_code != 0 ? said_code : exit_code_in(error);
  if (code != 0) {
    return failed_at(Stage::build,
                     code == 127   ? "command-not-found"
                     : code == 126 ? "permission-denied"
                                   : "unknown",
                     error);
  }
  if (says_any(error, {"no space left on device"})) {
    throw AbortError("building an image: " + error +
                     "; make room where the engine keeps its data");
  }
  if (says_any(error, {"toomanyrequests", "dial tcp", "i/o timeout",
                       "TLS handshake", "connection refused",
                       "connection reset", "no such host", "unexpected EOF",
                       "context deadline exceeded", "Client.Timeout",
                       "received unexpected HTTP status"})) {
    throw PlatformError("fetching an image: " + error);
  }
  if (says_any(error, {"Could not attach to network", "network bridge not"})) {
    throw AbortError("building an image: " + error +
                     "; give the target a build_network: that the engine has "
                     "(host)");
  }
  if (says_any(error, {"COPY failed", "ADD failed", "copier: stat"})) {
    return failed_at(Stage::source, "file-not-found", error);
  }
  if (says_any(error, {"pull access denied", "manifest unknown", "manifest for",
                       "repository does not exist", "No such image",
                       "requested access to the resource is denied",
                       "invalid reference format",
                       "no matching manifest for"})) {
    return failed_at(Stage::source, "image-pull-failed", error);
  }
  if (says_any(error, {"Cannot locate specified Dockerfile"})) {
    return failed_at(Stage::build, "no-build-plan", error);
  }
  return failed_at(Stage::build,
                   says_any(error, {"parse error", "nknown instruction",
                                    "no FROM statement found"})
                       ? "syntax-error"
                       : "unknown",
                   error);
}

}  // namespace rung
