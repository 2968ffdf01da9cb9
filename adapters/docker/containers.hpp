#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/docker/engine.hpp"
#include "adapters/docker/options.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// What everything that rung makes in an engine carries.
using DockerLabels = std::map<std::string, std::string>;

/// The environment a container gets and where it is reached.
struct DockerContract {
  std::map<std::string, std::string> env;
  std::uint16_t port = 0;  ///< inside; 0 = none is routed
};

/// `exposed`: what the image says, 0 = nothing or several. `free_port` is
/// asked when the container shares the machine's network and no port is said.
DockerContract docker_contract(const DockerOptions& options,
                               const std::map<std::string, std::string>& env,
                               std::uint16_t exposed,
                               std::uint16_t (*free_port)());

/// The body of POST /containers/create. `host_port`: published there; 0 = any.
nlohmann::json container_body(const DockerOptions& options,
                              const DockerContract& contract,
                              const std::string& image,
                              const DockerLabels& labels,
                              std::uint16_t host_port);

/// The only port an image exposes; 0 = none or several.
std::uint16_t exposed_port(const nlohmann::json& image);

/// An inspected container, as far as we look.
struct ContainerFacts {
  std::string id;
  std::string name;  ///< without the slash
  std::string status;
  bool running = false;
  bool begun = false;  ///< its process was started at some time
  bool over = false;   ///< and has ended, other than by being removed
  int exit_code = 0;
  bool oom = false;
  std::string error;  ///< why it could not be started
  int pid = 0;        ///< on the engine's machine
  int restarts = 0;   ///< by its restart policy
  bool tty = false;
  std::string restart_policy;
  DockerLabels labels;
  std::map<std::string, std::string> env;
  std::uint16_t host_port = 0;  ///< where the first published port is
  std::string working_dir;
};
ContainerFacts container_facts(const nlohmann::json& inspected);

/// One row of GET /containers/json.
struct ContainerRow {
  std::string id, name, state;
  std::int64_t created = 0;  ///< seconds since 1970
  DockerLabels labels;
};
std::vector<ContainerRow> container_rows(const nlohmann::json& listed);

/// The engine's containers, with answers that were lost looked after. What
/// the engine says about the release itself comes back as a Failure, what it
/// says about itself is a PlatformError.
class DockerContainers {
 public:
  explicit DockerContainers(DockerEngine& engine) : engine_(engine) {}

  std::optional<ContainerFacts> inspect(const std::string& id,
                                        Interrupt interrupt = Interrupt::yes);
  std::vector<ContainerRow> list(Interrupt interrupt = Interrupt::yes);
  /// The id, or why not. `name` must be this run's own.
  std::variant<std::string, Failure> create(const std::string& name,
                                            const nlohmann::json& body);
  /// nullopt: it was started, once.
  std::optional<Failure> start(const std::string& id);
  /// Gone when this returns. None there is no error.
  void remove(const std::string& id);
  /// False: it is not there any more.
  bool rename(const std::string& id, const std::string& name);
  void stop(const std::string& id, std::chrono::seconds timeout);
  /// Of one that ran before: starts it again. None there is no error.
  void resume(const std::string& id);
  void restart_policy(const std::string& id, const std::string& policy);
  void put_files(const std::string& id, const std::string& folder,
                 const std::string& tar);

 private:
  DockerEngine& engine_;
};

/// What the engine's refusal to create or to start says of the release;
/// nullopt: it is about the engine. `facts`: the container after the attempt.
std::optional<Failure> create_failure(const ApiReply& reply);
std::optional<Failure> start_failure(const ApiReply& reply,
                                     const std::optional<ContainerFacts>& facts);

}  // namespace rung
