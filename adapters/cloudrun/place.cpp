#include "adapters/cloudrun/place.hpp"

#include <chrono>
#include <string_view>

#include "adapters/http/url.hpp"

namespace rung::cloudrun {
namespace {

constexpr std::string_view kOptions[] = {
    "project",        "region",    "service",  "image",
    "start",          "secrets.",  "interval", "start_deadline",
    "deploy_deadline", "log_delay", "base_url", "logging_url",
    "credentials",     "patience"};

}  // namespace

AdapterOptions options_from(const std::string& target,
                            const std::map<std::string, std::string>& given) {
  return {target, given, kOptions};
}

GoogleCredentials credentials_of(const AdapterOptions& options) {
  GoogleCredentials found = GoogleCredentials::from_environment();
  const std::string file = options.text("credentials");
  if (!file.empty()) {
    found.access_token = Secret();
    found.key_file = file;
  }
  return found;
}

CloudRunApi::Place place_of(const AdapterOptions& options) {
  return {options.required("project", "project: my-project"),
          options.required("region", "region: europe-west1"),
          options.required("service", "service: web"),
          without_end_slash(
              options.text("base_url", "https://run.googleapis.com")),
          without_end_slash(
              options.text("logging_url", "https://logging.googleapis.com")),
          options.duration("patience", std::chrono::minutes(2))};
}

}  // namespace rung::cloudrun
