#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "adapters/docker/engine.hpp"
#include "adapters/docker/options.hpp"
#include "adapters/platform/remote_settings.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// An image that is ready to run.
struct DockerImage {
  std::string reference;
  std::uint16_t exposed = 0;  ///< its only port; 0 = none or several
  std::string working_dir;
  /// Generated files that hold secrets: no layer of an image may, so they go
  /// into each container. Relative path -> content.
  std::map<std::string, std::string> private_files;
};

/// Images for releases, each built once: the tag says what went in. A release
/// with `config: {image: REF}` is not built but pulled.
class DockerImages {
 public:
  /// All outlive this.
  DockerImages(DockerEngine& engine, const RemoteSettings& settings,
               const DockerOptions& options);
  ~DockerImages();
  DockerImages(const DockerImages&) = delete;
  DockerImages& operator=(const DockerImages&) = delete;

  /// Throws HistoryError, PlatformError, AbortError, Interrupted.
  std::variant<DockerImage, Refused> ready(const Bundle& bundle);
  /// Forgets all but the newest `keep` of this app; what is in use stays. How
  /// many went.
  std::size_t prune(std::size_t keep);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The variables that a Dockerfile asks for with ARG.
std::set<std::string> dockerfile_args(const std::string& dockerfile);

}  // namespace rung
