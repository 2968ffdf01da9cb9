#include "tests/e2e/docker_shop.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/text/percent.hpp"
#include "tests/fakes/docker_daemon.hpp"
#include "tests/fakes/podman_service.hpp"

namespace rung::e2e {

using namespace std::chrono_literals;
using nlohmann::json;

std::string to_string(RealEngine which) {
  return which == RealEngine::docker  ? "docker"
         : which == RealEngine::swarm ? "swarm"
                                      : "podman";
}

std::optional<ShopPlace> place_in(RealEngine which) {
  if (which == RealEngine::podman) {
    auto* service = fakes::PodmanService::shared();
    if (service == nullptr) return std::nullopt;
    return ShopPlace{service->socket(), false, &service->engine()};
  }
  const bool swarm = which == RealEngine::swarm;
  auto* daemon = swarm ? fakes::DockerDaemon::shared_swarm()
                       : fakes::DockerDaemon::shared();
  if (daemon == nullptr) return std::nullopt;
  return ShopPlace{daemon->socket(), swarm, &daemon->engine()};
}

std::string dockerfile(const std::string& rest) {
  return std::string("FROM ") + fakes::DockerDaemon::kServiceImage + "\n" +
         rest;
}

DockerShop::DockerShop(ShopPlace place)
    : place_(std::move(place)), app_(folder() / "app") {
  static int count = 0;
  name_ = "shop-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  write_plan();
  commit({{"behaviour", "port PORT\n"},
          {"Dockerfile", dockerfile("COPY . /\nCMD [\"/service\"]\n")}});
}

DockerShop::~DockerShop() {
  if (serving_.empty()) return;
  CHECK(rung({"stop", "plan.yaml"}).exit == 0);
  CHECK(all().empty());
}

std::string DockerShop::commit(
    const std::map<std::string, std::optional<std::string>>& files) {
  fakes::GitRepository::Changes changes;
  for (const auto& [path, text] : files) {
    if (text) {
      changes[path] = fakes::RepositoryFile{*text};
    } else {
      changes[path] = std::nullopt;
    }
  }
  return app_.commit(changes);
}

void DockerShop::write_plan(const std::string& more) const {
  std::ofstream(folder() / "plan.yaml")
      << "rung: 1\nname: " << name_
      << "\nsource: {repo: app}\nstart: /service\n"
         "targets:\n  there: {adapter: docker, network: host, init: true, "
         "port: auto, socket: " << place_.socket.string()
      << (place_.swarm ? ", swarm: true" : "") << "}\n" << more
      << "phases:\n  - name: only\n    gates: [{http: /health, deadline: "
         "60s, settled: 500ms}]\n";
}

Result DockerShop::rung(const std::vector<std::string>& arguments) const {
  return RunningRung(arguments, folder()).result();
}

void DockerShop::serve() {
  const Result first = rung({"climb", "plan.yaml", "--json"});
  CAPTURE(first.log);
  REQUIRE(first.exit == 0);
  const std::string note = first.json()["notes"].back();
  url_ = note.substr(note.find("http://")) + "/health";
  serving_ = running();
  REQUIRE_FALSE(serving_.empty());
}

void DockerShop::check_untouched() const {
  CHECK(running() == serving_);
  CHECK(ran({"curl", "-fsS", "--max-time", "10", url_}, folder()).exit == 0);
}

void DockerShop::check_serves() const {
  CHECK_FALSE(running().empty());
  const json left = all();
  CAPTURE(left.dump());
  REQUIRE(left.size() == 1);
  const json& labels = place_.swarm ? left[0]["Spec"]["Labels"]
                                    : left[0]["Labels"];
  const std::string url = "http://127.0.0.1:" +
                          labels.at("rung.port").get<std::string>() +
                          "/health";
  CHECK(ran({"curl", "-fsS", "--max-time", "10", url}, folder()).exit == 0);
}

json DockerShop::all() const {
  const std::string filters = "filters=" + percent_encoded(
      json{{"label", {"rung.app=" + name_}}}.dump());
  return place_.engine
      ->read((place_.swarm ? "/services?" : "/containers/json?all=true&") +
             filters)
      .value_or(json::array());
}

std::string DockerShop::running() const {
  const std::string live = name_ + "-there";
  if (!place_.swarm) {
    const auto facts = place_.engine->read("/containers/" + live + "/json");
    return facts && (*facts)["State"]["Running"] == true
               ? (*facts)["Id"].get<std::string>()
               : "";
  }
  std::string ids;
  const auto tasks = place_.engine->read(
      "/tasks?filters=" + percent_encoded(json{{"service", {live}}}.dump()));
  for (const auto& task : tasks.value_or(json::array())) {
    if (task["Status"]["State"] == "running") {
      ids += task["ID"].get<std::string>();
    }
  }
  return ids;
}

std::string DockerShop::find(const std::string& role) const {
  for (const json& one : all()) {
    const json& labels = place_.swarm ? one["Spec"]["Labels"] : one["Labels"];
    if (!place_.swarm && one["State"] != "running") continue;
    const bool judged =
        place_.swarm
            ? labels.value("rung.accepted", "") == "no"
            : one["Names"][0].get<std::string>().find("-next-") !=
                  std::string::npos;
    const bool fits = role == "next" ? judged
                                     : labels.value("rung.role", "") == role &&
                                           (!judged || place_.swarm);
    if (fits) return one[place_.swarm ? "ID" : "Id"];
  }
  return "";
}

std::string DockerShop::wait_for(const std::string& role,
                                 RunningRung& rung) const {
  const auto until = std::chrono::steady_clock::now() + 120s;
  std::string id;
  while ((id = find(role)).empty() &&
         std::chrono::steady_clock::now() < until) {
    REQUIRE_FALSE(rung.ended_within(20ms));
  }
  REQUIRE_FALSE(id.empty());
  return id;
}

bool DockerShop::remove(const std::string& id) const {
  return place_.engine
      ->erase((place_.swarm ? "/services/" : "/containers/") + id +
              (place_.swarm ? "" : "?force=true"))
      .ok();
}

}  // namespace rung::e2e
