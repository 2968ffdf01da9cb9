// The fake of Render as a program, for tests of the rung binary and by hand:
//
//   rung_fake_render --repo R [--port P] [--name N] [--commit C] [--build CMD]
//       [--start CMD] [--health-path /PATH] [--env NAME=VALUE]...
//       [--group-env NAME=VALUE]... [--token T] [--shared-network]
//       [--no-limits] [--limit-ms MS]
//
// Deploys commit C (default: main) of the repository R as a service. Once that
// deploy has ended it prints one line, "URL SERVICE-ID STATUS" (live or failed),
// and runs until its standard input ends. It does what lines of that say:
//
//   env NAME=VALUE     somebody sets a variable in the dashboard
//   unset NAME         and takes one away
//   deploy COMMIT      and deploys by hand
//   push COMMIT        a push, which deploys if auto-deploy is on
//   status             prints "service NAME live COMMIT auto-deploy yes|no
//                      deploys N" for each service, then "end"
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <sstream>

#include "adapters/process/launcher.hpp"
#include "tests/fakes/render_host.hpp"

namespace {

using rung::fakes::RenderHost;
using rung::fakes::RenderServer;

void add_variable(std::map<std::string, std::string>& env,
                  const std::string& text) {
  const auto equals = text.find('=');
  env[text.substr(0, equals)] =
      equals == text.npos ? "" : text.substr(equals + 1);
}

void tell(RenderServer& server) {
  for (const auto& one : server.services()) {
    fmt::print("service {} live {} auto-deploy {} deploys {}\n", one.name,
               one.live_commit.empty() ? "none" : one.live_commit,
               one.auto_deploy ? "yes" : "no", server.api_deploys(one.id));
  }
  fmt::print("end\n");
  std::fflush(stdout);
}

void obey(const std::string& line, RenderServer& server,
          const std::string& service) {
  std::istringstream words(line);
  std::string word, rest;
  words >> word;
  std::getline(words >> std::ws, rest);
  if (word == "env" || word == "unset") {
    auto env = server.view(service).env;
    if (word == "env") {
      add_variable(env, rest);
    } else {
      env.erase(rest);
    }
    server.set_env(service, env);
  } else if (word == "deploy") {
    server.deploy_by_somebody(service, rest);
  } else if (word == "push") {
    server.deploy_by_somebody(service, rest, "new_commit");
  } else if (word == "status") {
    tell(server);
  } else if (!word.empty()) {
    fmt::print(stderr, "rung_fake_render: unknown command {}\n", word);
  }
}

}  // namespace

int main(int argc, char** argv) {
  rung::Launcher::start();
  RenderHost::Settings settings;
  RenderServer::NewService service;
  service.name = "shop";
  service.start = "./server";
  std::map<std::string, std::string> group;
  std::string commit;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--shared-network") {
      settings.shared_network = true;
      continue;
    }
    if (word == "--no-limits") {
      settings.limits = false;
      continue;
    }
    if (i + 1 >= argc) {
      fmt::print(stderr, "rung_fake_render: {} wants a value\n", word);
      return 129;
    }
    const std::string value = argv[++i];
    if (word == "--port") {
      settings.port = static_cast<std::uint16_t>(std::stoi(value));
    } else if (word == "--repo") {
      service.repo = value;
    } else if (word == "--name") {
      service.name = value;
    } else if (word == "--commit") {
      commit = value;
    } else if (word == "--build") {
      service.build = value;
    } else if (word == "--start") {
      service.start = value;
    } else if (word == "--health-path") {
      service.health_path = value;
    } else if (word == "--token") {
      settings.token = value;
    } else if (word == "--limit-ms") {
      settings.times.limit = std::chrono::milliseconds(std::stoi(value));
    } else if (word == "--env") {
      add_variable(service.env, value);
    } else if (word == "--group-env") {
      add_variable(group, value);
    } else {
      fmt::print(stderr, "rung_fake_render: unknown option {}\n", word);
      return 129;
    }
  }
  if (service.repo.empty()) {
    fmt::print(stderr, "rung_fake_render: say --repo FOLDER\n");
    return 129;
  }
  RenderHost host(settings);
  const std::string id =
      host.server().add(service, commit.empty() ? "main" : commit);
  if (!group.empty()) host.server().add_group(id, group);
  host.quiet_within(id, std::chrono::seconds(120));
  const bool live = !host.server().view(id).live_deploy.empty();
  fmt::print("{} {} {}\n", host.url(), id, live ? "live" : "failed");
  std::fflush(stdout);
  std::string line;
  while (std::getline(std::cin, line)) obey(line, host.server(), id);
  return 0;
}
