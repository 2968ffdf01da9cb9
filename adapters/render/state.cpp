#include "adapters/render/state.hpp"

#include "core/base/error.hpp"

namespace rung::render {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

json details_json(const Details& details) {
  return {{"build", details.build},
          {"start", details.start},
          {"health_path", details.health_path},
          {"root_dir", details.root_dir},
          {"pre_deploy", details.pre_deploy}};
}

Details details_from(const json& from) {
  return {from.at("build"), from.at("start"), from.at("health_path"),
          from.at("root_dir"), from.at("pre_deploy")};
}

}  // namespace

State read_state(const StateFile& file) {
  State state;
  const auto document = file.read();
  if (!document) return state;
  try {
    if (document->at("format") != kFormat) {
      throw JournalError(
          "reading what rung changed on Render: written by another version of "
          "rung; use that one to put it back");
    }
    state.service = document->at("service");
    state.auto_deploy_off = document->at("auto_deploy_off");
    if (document->contains("trial")) {
      const json& from = document->at("trial");
      state.trial = State::Trial{from.at("name"), from.at("id"), from.at("doubtful")};
    }
    if (document->contains("live")) {
      const json& from = document->at("live");
      state.live = State::Live{};  // clang 14 knows no emplace() of it
      State::Live& live = *state.live;
      live.deploy = from.at("deploy");
      live.commit = from.at("commit");
      live.env = from.at("env").get<Env>();
      live.details = details_from(from.at("details"));
      live.env_put = from.at("env_put").get<Env>();
      live.details_put = details_from(from.at("details_put"));
      live.deploys = from.at("deploys").get<std::vector<std::string>>();
      live.commit_put = from.at("commit_put");
      live.known = from.at("known").get<std::vector<std::string>>();
      live.went_live = from.at("went_live");
      live.suspended = from.at("suspended");
    }
    if (document->contains("served")) {
      const json& from = document->at("served");
      state.served = State::Served{from.at("deploy"), from.at("release"),
                                   from.at("phase")};
    }
  } catch (const json::exception&) {
    throw JournalError(
        "reading what rung changed on Render: the file is not one of rung's");
  }
  return state;
}

void write_state(const StateFile& file, const State& state) {
  if (!state.auto_deploy_off && !state.trial && !state.live && !state.served) {
    file.erase();
    return;
  }
  json document = {{"format", kFormat},
                   {"service", state.service},
                   {"auto_deploy_off", state.auto_deploy_off}};
  if (state.trial) {
    document["trial"] = {{"name", state.trial->name},
                         {"id", state.trial->id},
                         {"doubtful", state.trial->doubtful}};
  }
  if (state.live) {
    document["live"] = {{"deploy", state.live->deploy},
                        {"commit", state.live->commit},
                        {"env", state.live->env},
                        {"details", details_json(state.live->details)},
                        {"env_put", state.live->env_put},
                        {"details_put", details_json(state.live->details_put)},
                        {"deploys", state.live->deploys},
                        {"commit_put", state.live->commit_put},
                        {"known", state.live->known},
                        {"went_live", state.live->went_live},
                        {"suspended", state.live->suspended}};
  }
  if (state.served) {
    document["served"] = {{"deploy", state.served->deploy},
                          {"release", state.served->release},
                          {"phase", state.served->phase}};
  }
  file.write(document);
}

}  // namespace rung::render
