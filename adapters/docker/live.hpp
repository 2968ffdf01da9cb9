#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/docker/context.hpp"
#include "adapters/docker/deployment.hpp"
#include "core/model/live_platform.hpp"

namespace rung {

/// Starts a container for `bundle`; used for trials and for what is to serve.
struct DockerStart {
  std::string name, role;
  DockerLabels more;              ///< labels besides the usual ones
  std::uint16_t host_port = 0;    ///< published there; 0 = any
  std::function<void()> before = {};  ///< just before its process starts
};
std::variant<std::unique_ptr<DockerDeployment>, Refused> docker_start(
    DockerContext& context, const Bundle& bundle, const DockerStart& how);

/// The container that serves: one name, taken over by renaming.
///
///     NAME-next-RUN-N   is started beside it and judged
///     NAME -> NAME-old-RUN-N, then NAME-next-RUN-N -> NAME
///
/// With a fixed port of the machine both cannot run at once: then NAME is
/// stopped before the next one starts, and started again if that fails.
/// put_back() undoes or finishes what a rung that died left half done.
class DockerLive {
 public:
  explicit DockerLive(DockerContext& context) : context_(context) {}

  std::optional<LiveRelease> live();
  std::unique_ptr<Deployment> attach();
  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy);
  void stop();
  std::vector<std::string> put_back(const std::vector<ContainerRow>& rows);

 private:
  void accept(const ContainerFacts& old);
  enum class Owner { rung, others };
  [[nodiscard]] Owner owner_of(const DockerLabels& labels) const;
  void retire(const std::string& id, const std::string& name, Owner owner);

  DockerContext& context_;
};

}  // namespace rung
