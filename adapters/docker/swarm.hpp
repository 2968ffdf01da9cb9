#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/docker/containers.hpp"
#include "adapters/docker/engine.hpp"
#include "adapters/docker/options.hpp"

namespace rung {

/// A container of a swarm's service, on whatever machine.
struct SwarmTask {
  std::string id, node, container;
  std::string state;    ///< pending, preparing, running, failed, rejected, ...
  std::string desired;  ///< running, shutdown, ...
  std::string error;    ///< why it ended, or waits
  int exit_code = 0;
  int pid = 0;
  std::string at;      ///< when it was made, RFC 3339: sorts as text
  std::string update;  ///< which update of the service made it
  [[nodiscard]] bool running() const { return state == "running"; }
  /// It runs no more and never will.
  [[nodiscard]] bool over() const;
};
/// Newest first.
std::vector<SwarmTask> swarm_tasks(const nlohmann::json& listed);

/// What a task that never ran says of the release; nullopt: nothing yet.
/// Throws PlatformError when no machine can take it for reasons of its own.
std::optional<Failure> task_failure(const SwarmTask& task,
                                    const Release& release);

struct SwarmService {
  std::string id, name;
  std::uint64_t version = 0;
  nlohmann::json spec, previous;  ///< previous: null = there is none
  std::string update_state;       ///< "" = no rollout in progress or ever
  std::uint16_t published = 0;    ///< port of every machine; 0 = none
  std::string created;            ///< RFC 3339
  DockerLabels labels;
};
SwarmService swarm_service(const nlohmann::json& inspected);
DockerLabels labels_of(const nlohmann::json& spec);

struct SwarmSpec {
  std::string name, image;
  DockerLabels labels;
  std::string update;  ///< goes into its tasks' labels
  unsigned replicas = 1;
  std::uint16_t publish = 0;  ///< 0 = any
  bool keeps_running = false;  ///< restarted when it ends
  bool stop_first = false;     ///< both cannot run at once
};
/// The body of POST /services/create and of an update.
nlohmann::json service_spec(const DockerOptions& options,
                            const DockerContract& contract,
                            const SwarmSpec& how);

/// The swarm's services, with lost answers looked after.
class DockerServices {
 public:
  explicit DockerServices(DockerEngine& engine) : engine_(engine) {}

  std::optional<SwarmService> inspect(const std::string& name,
                                      Interrupt interrupt = Interrupt::yes);
  /// With this label; "NAME=VALUE".
  std::vector<SwarmService> list(const std::string& label, Interrupt interrupt);
  /// nullopt: it is there.
  std::optional<Failure> create(const nlohmann::json& spec);
  /// Replaces the spec whole. nullopt: done. `mark`: its label rung.update
  /// and rung.accepted, by which a lost answer is looked for.
  std::optional<Failure> update(const std::string& name,
                                const nlohmann::json& spec,
                                Interrupt interrupt = Interrupt::yes);
  /// Back to the spec before the last update.
  void roll_back(const std::string& name);
  /// Gone, and its containers too as far as the swarm knows.
  void remove(const std::string& name, Clock& clock);
  std::vector<SwarmTask> tasks(const std::string& service_id,
                               Interrupt interrupt = Interrupt::yes);
  std::string log(const std::string& service_id);

 private:
  DockerEngine& engine_;
};

}  // namespace rung
