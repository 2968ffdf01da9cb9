#include "adapters/docker/live.hpp"

#include <fmt/format.h>

#include "adapters/docker/build_context.hpp"
#include "adapters/process/sockets.hpp"
#include "core/base/error.hpp"
#include "core/text/port_number.hpp"

namespace rung {
namespace {

constexpr const char* kReplaces = "rung.replaces";  ///< running | stopped

std::uint16_t routed_port(const ContainerFacts& facts) {
  return port_number(label(facts.labels, "rung.port")).value_or(0);
}

bool begins(const std::string& name, const std::string& with) {
  return name.starts_with(with);
}

}  // namespace

std::variant<std::unique_ptr<DockerDeployment>, Refused> docker_start(
    DockerContext& context, const Bundle& bundle, const DockerStart& how) {
  DockerOptions options = context.options;
  if (auto failure = apply_config(bundle.release, options)) {
    return Refused{*std::move(failure), ""};
  }
  auto ready = context.images.ready(bundle);
  if (auto* refused = std::get_if<Refused>(&ready)) return std::move(*refused);
  const DockerImage& image = std::get<DockerImage>(ready);
  const DockerContract contract =
      docker_contract(options, bundle.env, image.exposed, &free_port);

  DockerLabels labels = context.labels(how.role, bundle, contract.port);
  labels.insert(how.more.begin(), how.more.end());
  const bool sees = context.sees_processes();
  std::string id;
  try {
    nlohmann::json body = container_body(options, contract, image.reference,
                                         labels, how.host_port);
    if (how.role == "live" && context.engine.is_podman()) {
      // It cannot be changed once what serves is healthy. A crash before that
      // is known by the count of restarts.
      body["HostConfig"]["RestartPolicy"]["Name"] = "unless-stopped";
    }
    auto created = context.containers.create(how.name, body);
    if (auto* failure = std::get_if<Failure>(&created)) {
      return Refused{std::move(*failure), ""};
    }
    id = std::get<std::string>(created);
    if (!image.private_files.empty()) {
      context.containers.put_files(id, image.working_dir,
                                   tar_of(image.private_files));
    }
    if (how.before) how.before();
    if (auto failure = context.containers.start(id)) {
      context.containers.remove(id);
      return Refused{*std::move(failure), ""};
    }
    const auto facts = context.containers.inspect(id);
    if (!facts) {
      throw RemovedError("starting container " + how.name +
                         ": somebody removed it");
    }
    if (contract.port != 0 && options.network != "host" && facts->running &&
        facts->host_port == 0) {
      // An engine without a bridge ignores it in silence.
      throw AbortError(fmt::format(
          "starting container {}: the engine published no port; it has no "
          "bridge, so set the target's network: host",
          how.name));
    }
    return std::make_unique<DockerDeployment>(
        context.engine.another(), *facts,
        DockerDeployment::Settings{options.network, contract.port, contract.env,
                                   sees, std::nullopt});
  } catch (...) {
    // By its name: it may be there though no answer said so.
    try {
      context.containers.remove(id.empty() ? how.name : id);
    } catch (const Error&) {
      // The next run's clean_up() finds it by its labels.
    }
    throw;
  }
}

std::optional<LiveRelease> DockerLive::live() {
  const auto facts = context_.containers.inspect(context_.name, Interrupt::no);
  if (!facts || !facts->running) return std::nullopt;
  LiveRelease release;
  release.reference = facts->id;
  release.url =
      docker_url(context_.options.network, routed_port(*facts), *facts);
  if (context_.ours(facts->labels)) {
    release.release_id = label(facts->labels, "rung.state");
    release.phase = label(facts->labels, "rung.phase");
    release.commit = label(facts->labels, "rung.commit");
  }
  return release;
}

std::unique_ptr<Deployment> DockerLive::attach() {
  const auto facts = context_.containers.inspect(context_.name, Interrupt::no);
  if (!facts || !facts->running) {
    throw RemovedError(fmt::format(
        "reading the live release: no container {} runs", context_.name));
  }
  return std::make_unique<DockerDeployment>(
      context_.engine.another(), *facts,
      DockerDeployment::Settings{context_.options.network, routed_port(*facts),
                                 facts->env, context_.sees_processes(), 2000});
}

DockerLive::Owner DockerLive::owner_of(const DockerLabels& labels) const {
  return context_.ours(labels) ? Owner::rung : Owner::others;
}

// Ours is removed; what somebody else had put there is only set aside.
void DockerLive::retire(const std::string& id, const std::string& name,
                        Owner owner) {
  if (owner == Owner::rung) {
    context_.containers.stop(id, context_.options.stop_timeout);
    context_.containers.remove(id);
    return;
  }
  context_.containers.restart_policy(id, "no");
  context_.containers.stop(id, context_.options.stop_timeout);
  if (begins(name, context_.name + "-old-")) {
    context_.containers.rename(
        id, context_.name + "-before-rung" +
                name.substr(context_.name.size() + std::string("-old").size()));
  }
}

ServeResult DockerLive::serve(
    const Bundle& bundle, std::string_view phase,
    const std::function<bool(Deployment&)>& healthy) {
  DockerContainers& containers = context_.containers;
  const auto old = containers.inspect(context_.name);
  const bool was_running = old && old->running;
  const bool takes_turns =
      context_.options.publish != 0 || context_.options.fixed_port();

  DockerStart how;
  how.name = context_.new_name("next");
  how.role = "live";
  how.more["rung.phase"] = phase;
  how.more[kReplaces] = was_running ? "running" : "stopped";
  how.host_port = context_.options.publish;
  bool stopped = false;
  how.before = [&] {
    if (!takes_turns || !was_running) return;
    stopped = true;
    containers.stop(old->id, context_.options.stop_timeout);
  };
  const std::string old_name =
      context_.name + "-old-" + how.name.substr(context_.name.size() + 6);

  std::unique_ptr<DockerDeployment> next;
  bool set_aside = false, accepted = false;
  const auto undo = [&] {
    if (next) {
      next->end();
      containers.remove(next->id());
    }
    if (set_aside) containers.rename(old->id, context_.name);
    if (stopped) containers.resume(old->id);
  };
  try {
    auto started = docker_start(context_, bundle, how);
    if (auto* refused = std::get_if<Refused>(&started)) {
      undo();
      return {false, std::move(*refused)};
    }
    next = std::move(std::get<std::unique_ptr<DockerDeployment>>(started));
    if (!healthy(*next)) {
      undo();
      return {false, std::nullopt};
    }
    if (old) {
      set_aside = true;  // before it is asked for: the answer may be lost
      // That somebody removed it meanwhile is no reason not to serve.
      containers.rename(old->id, old_name);
    }
    if (!containers.rename(next->id(), context_.name)) {
      throw RemovedError("serving container " + how.name +
                         ": somebody removed it");
    }
    accepted = true;
  } catch (...) {
    try {
      undo();
    } catch (const Error&) {
      // Then put_back() does, in the next run.
    }
    throw;
  }
  // From here on it serves, whatever becomes of the old one.
  try {
    containers.restart_policy(next->id(), "unless-stopped");
    if (old) retire(old->id, old_name, owner_of(old->labels));
  } catch (const PlatformError&) {
    // put_back() finishes it.
  }
  return {accepted, std::nullopt};
}

void DockerLive::stop() {
  const auto facts = context_.containers.inspect(context_.name, Interrupt::no);
  if (!facts || !context_.ours(facts->labels)) return;
  retire(facts->id, context_.name, Owner::rung);
}

std::vector<std::string> DockerLive::put_back(
    const std::vector<ContainerRow>& rows) {
  DockerContainers& containers = context_.containers;
  const std::string next = context_.name + "-next-";
  const std::string old = context_.name + "-old-";
  const ContainerRow* serving = nullptr;
  for (const ContainerRow& row : rows) {
    if (row.name == context_.name) serving = &row;
  }
  // Who was at it: the run in the name of what was set aside, or beside it.
  const auto at_work = [&](const ContainerRow& row) {
    return context_.ours(row.labels) &&
           !DockerContext::abandoned(row.labels,
                                     context_.settings.clock.unix_ms() / 1000 -
                                         row.created);
  };
  for (const ContainerRow& row : rows) {
    const bool in_between = begins(row.name, next) && at_work(row);
    if (in_between) return {};
  }
  std::vector<std::string> done;
  bool start_again = false;
  for (const ContainerRow& row : rows) {
    if (!begins(row.name, next) || !context_.ours(row.labels)) continue;
    start_again = start_again || label(row.labels, kReplaces) == "running";
    containers.remove(row.id);
    done.push_back("removed " + row.name + ", which was to serve next");
  }
  for (const ContainerRow& row : rows) {
    if (!begins(row.name, old)) continue;
    const Owner owner = owner_of(row.labels);
    if (serving == nullptr) {
      containers.rename(row.id, context_.name);
      serving = &row;
      start_again = true;
      done.push_back("put " + context_.name + " back, which served before");
    } else if (!at_work(*serving)) {
      retire(row.id, row.name, owner);
      done.push_back(fmt::format("{} {}, which served before",
                                 owner == Owner::rung ? "removed" : "set aside",
                                 row.name));
    }
  }
  if (serving == nullptr) return done;
  if (start_again && serving->state != "running") {
    containers.resume(serving->id);
    done.push_back("started " + context_.name + " again");
  }
  if (context_.ours(serving->labels) && !at_work(*serving)) {
    const auto facts = containers.inspect(serving->id, Interrupt::no);
    if (facts && facts->restart_policy == "no") {
      containers.restart_policy(serving->id, "unless-stopped");
      done.push_back(context_.name + " is restarted again when it dies");
    }
  }
  return done;
}

}  // namespace rung
