#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/docker/engine.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::e2e {

/// Where a DockerShop is.
struct ShopPlace {
  std::filesystem::path socket;
  bool swarm = false;
  DockerEngine* engine = nullptr;  ///< to look behind rung's back, if real
};

enum class RealEngine { docker, swarm, podman };
std::string to_string(RealEngine which);
/// nullopt, with a warning that says why, where that one cannot run.
std::optional<ShopPlace> place_in(RealEngine which);

/// "FROM" the image of the test service, and `rest`.
std::string dockerfile(const std::string& rest);

/// A plan with one target in an engine, and the repository it deploys: the
/// test service. What it serves is stopped in the end.
class DockerShop {
 public:
  explicit DockerShop(ShopPlace place);
  ~DockerShop();
  DockerShop(const DockerShop&) = delete;
  DockerShop& operator=(const DockerShop&) = delete;

  /// nullopt = the file goes. The commit's id.
  std::string commit(
      const std::map<std::string, std::optional<std::string>>& files);
  /// `more`: keys of the whole plan.
  void write_plan(const std::string& more = "") const;
  [[nodiscard]] Result rung(const std::vector<std::string>& arguments) const;
  /// Brings the first release up.
  void serve();
  /// The very container, or task, that served goes on, and it answers.
  void check_untouched() const;
  /// One thing serves, and it answers; nothing else is left.
  void check_serves() const;
  /// Something of this shop's: the service or container of `role` ("trial",
  /// "live", and "next" for what shall serve and is being judged). "" = none.
  [[nodiscard]] std::string find(const std::string& role) const;
  /// Waits until there is one, while `rung` works.
  [[nodiscard]] std::string wait_for(const std::string& role,
                                     RunningRung& rung) const;
  /// By somebody else than rung. Whether it was there.
  bool remove(const std::string& id) const;

  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }

 private:
  [[nodiscard]] nlohmann::json all() const;
  /// Ids of what runs under the name of what serves.
  [[nodiscard]] std::string running() const;

  fakes::TemporaryFolder folder_;
  ShopPlace place_;
  fakes::GitRepository app_;
  std::string name_;
  std::string url_, serving_;
};

}  // namespace rung::e2e
