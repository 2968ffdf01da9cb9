#include "adapters/doctor/platform_look.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/cloudrun/place.hpp"
#include "adapters/doctor/bare_deployment.hpp"
#include "adapters/doctor/web_look.hpp"
#include "adapters/docker/engine.hpp"
#include "adapters/docker/options.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/http/json_members.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/system_clock.hpp"
#include "adapters/render/api.hpp"
#include "adapters/render/options.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

using std::chrono::milliseconds;

void look_at_address(const std::string& url, milliseconds at_most,
                     LookRows& rows) {
  if (url.empty()) return;
  WebPlace place;
  place.shown = url;
  place.url = url;
  look_further(web_look(place, at_most), rows);
}

void look_at_docker(const Target& target, milliseconds at_most,
                    LookRows& rows) {
  const DockerOptions options = docker_options(target.name, target.options);
  std::string socket;
  try {
    socket = docker_socket(options);
  } catch (const AbortError& error) {
    rows.tell(0, failing(error.what(),
                         "start the engine: systemctl start docker"));
    return;
  }
  SystemClock clock;
  HttpApiSettings settings;
  settings.platform = "the Docker Engine";
  settings.base_url = "http://docker";
  settings.unix_socket = socket;
  settings.patience = milliseconds(0);
  HttpApi api(std::move(settings), clock);
  ApiRequest asked;
  asked.path = "/version";
  asked.timeout = at_most;
  const ApiReply reply = api.call(asked);
  const nlohmann::json said = reply.json();
  const std::string version = text_in(said, "Version");
  if (!reply.ok() || version.empty()) {
    rows.tell(0, failing(fmt::format("{} answers {} {}", socket, reply.status,
                                     reply.said()),
                         "look whether that is the socket of an engine"));
    return;
  }
  agreed_docker_version(text_in(said, "ApiVersion"),
                        text_in(said, "MinAPIVersion"));
  rows.tell(0, fine(fmt::format("version {} at {}", version, socket)));
}

void look_at_render(const Target& target, milliseconds at_most,
                    LookRows& rows) {
  const render::Options options =
      render::options_from(target.name, target.options);
  if (own_variable(options.token_env.c_str()).empty()) {
    rows.tell(0, failing(fmt::format("${} is not set", options.token_env),
                         fmt::format("make an API key in Render's account "
                                     "settings and export {}=...",
                                     options.token_env)));
    return;
  }
  SystemClock clock;
  const auto until = clock.now() + at_most;
  render::Api api(options.base_url, options.token_env, clock, at_most / 2);
  const render::Service service = api.service(options.service);
  std::string found = fmt::format("service {} ({})", service.name, service.id);
  if (service.suspended) {
    rows.tell(0, failing(found + " is suspended",
                         "resume it in Render's dashboard"));
  } else {
    rows.tell(0, fine(std::move(found)));
  }
  look_at_address(service.url,
                  std::chrono::duration_cast<milliseconds>(until - clock.now()),
                  rows);
}

/// Whether the server answers that gives programs on Google's machines tokens.
bool on_google_machine(const std::string& host, milliseconds at_most) {
  HostPort to = host_port(host);
  if (to.port == 0) to = {host, 80};
  BareDeployment nobody({});
  Dialer dialer;
  return dialer.dial(to, Patience(nobody, at_most)).reach == Reach::connected;
}

void look_at_cloudrun(const Target& target, milliseconds at_most,
                      LookRows& rows) {
  const AdapterOptions options =
      cloudrun::options_from(target.name, target.options);
  CloudRunApi::Place place = cloudrun::place_of(options);
  place.patience = at_most / 2;
  SystemClock clock;
  const auto until = clock.now() + at_most;
  const GoogleCredentials credentials = cloudrun::credentials_of(options);
  if (credentials.access_token.empty() && credentials.key_file.empty() &&
      !on_google_machine(credentials.metadata_host,
                         std::min(at_most / 3, milliseconds(2000)))) {
    rows.tell(0, failing("neither $GOOGLE_OAUTH_ACCESS_TOKEN nor "
                         "$GOOGLE_APPLICATION_CREDENTIALS is set, and no "
                         "metadata server answers",
                         "export GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth "
                         "print-access-token)"));
    return;
  }
  GoogleToken token(credentials, clock);
  CloudRunApi api(place, token, clock);
  const auto service = api.service();
  if (!service) {
    rows.tell(0, failing(fmt::format("project {} has no service {} in {}",
                                     place.project, place.service,
                                     place.region),
                         "compare project, region and service in the plan"));
    return;
  }
  rows.tell(0, fine(fmt::format("service {} in {}", place.service,
                                place.region)));
  look_at_address(text_in(*service, "uri"),
                  std::chrono::duration_cast<milliseconds>(until - clock.now()),
                  rows);
}

}  // namespace

Look platform_look(const Target& target, milliseconds at_most) {
  Look look;
  look.rows = {row_of(
      "platform", fmt::format("{} ({})", target.name, target.adapter),
      target.adapter == "docker" ? "the engine answers on its socket"
                                 : "credentials work, the service is there")};
  look.look = [target, at_most](LookRows& rows) {
    try {
      if (target.adapter == "docker") {
        look_at_docker(target, at_most, rows);
      } else if (target.adapter == "render") {
        look_at_render(target, at_most, rows);
      } else {
        look_at_cloudrun(target, at_most, rows);
      }
    } catch (const AbortError& error) {
      // Nothing works until somebody acts; the message says how.
      rows.tell(0, failing(error.what(), "see above; then run this again"));
    } catch (const PlanError& error) {
      rows.tell(0, failing(error.what(), "correct the plan"));
    } catch (const PlatformError& error) {
      rows.tell(0, failing(error.what(),
                           "see the platform's status page, and whether this "
                           "machine may reach it"));
    }
  };
  return look;
}

}  // namespace rung
