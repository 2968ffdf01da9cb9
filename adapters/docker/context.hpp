#pragma once

#include <string>
#include <string_view>

#include "adapters/docker/containers.hpp"
#include "adapters/docker/engine.hpp"
#include "adapters/docker/images.hpp"
#include "adapters/docker/options.hpp"
#include "adapters/platform/remote_settings.hpp"
#include "adapters/platform/run_mark.hpp"

namespace rung {

/// What the parts of the docker adapter share: the engine, and how what they
/// make in it is named and labelled.
struct DockerContext {
  DockerContext(RemoteSettings given, DockerOptions chosen);

  RemoteSettings settings;
  DockerOptions options;
  DockerEngine engine;
  DockerContainers containers;
  DockerImages images;
  RunMark mark;
  /// What serves is called this; all else begins with it.
  std::string name;

  /// A name nothing else of any run has: NAME-KIND-RUN-N.
  [[nodiscard]] std::string new_name(std::string_view kind) const;
  /// `role` is "trial" or "live".
  [[nodiscard]] DockerLabels labels(std::string_view role, const Bundle& bundle,
                                    std::uint16_t port) const;
  /// Whether these labels say: made by rung for this app and target.
  [[nodiscard]] bool ours(const DockerLabels& labels) const;
  /// What nobody will come back for. `age` in seconds: another machine's is
  /// left alone for a day, as it cannot be asked.
  [[nodiscard]] static bool abandoned(const DockerLabels& labels,
                                      std::int64_t age);
  /// Whether processes in containers are processes of this machine that we may
  /// look into. Asks the engine once; false when it does not answer.
  [[nodiscard]] bool sees_processes();

 private:
  std::optional<bool> sees_;
};

/// "" = there is none.
std::string label(const DockerLabels& labels, const char* name);

}  // namespace rung
