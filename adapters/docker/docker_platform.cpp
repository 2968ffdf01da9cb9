#include "adapters/docker/docker_platform.hpp"

#include <fmt/format.h>

#include "adapters/docker/context.hpp"
#include "adapters/docker/live.hpp"
#include "adapters/docker/swarm_platform.hpp"

namespace rung {
namespace {

constexpr std::size_t kImagesKept = 50;

class DockerPlatform final : public Platform, public LivePlatform {
 public:
  DockerPlatform(const RemoteSettings& settings, DockerOptions options)
      : settings_(settings), options_(std::move(options)) {}

  std::string_view name() const override { return "docker"; }

  Capabilities capabilities() const override {
    Capabilities can;
    can.several_trials = !options_.fixed_port();
    can.shares_live_port = options_.fixed_port();
    return can;
  }

  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override {
    DockerStart how;
    how.name = context().new_name("trial");
    how.role = "trial";
    auto started = docker_start(context(), bundle, how);
    if (auto* refused = std::get_if<Refused>(&started)) {
      return std::move(*refused);
    }
    return std::move(std::get<std::unique_ptr<DockerDeployment>>(started));
  }

  void withdraw(Deployment& deployment) override {
    auto& container = dynamic_cast<DockerDeployment&>(deployment);
    container.end();
    context().containers.remove(container.id());
  }

  std::vector<std::string> clean_up() override {
    DockerContext& here = context();
    const auto rows = here.containers.list(Interrupt::no);
    std::vector<std::string> done = live_part().put_back(rows);
    const std::int64_t now = here.settings.clock.unix_ms() / 1000;
    for (const ContainerRow& row : rows) {
      if (!here.ours(row.labels) || label(row.labels, "rung.role") != "trial" ||
          !DockerContext::abandoned(row.labels, now - row.created)) {
        continue;
      }
      here.containers.remove(row.id);
      done.push_back("removed " + row.name + ", a trial that was left behind");
    }
    if (const auto gone = here.images.prune(kImagesKept); gone > 0) {
      done.push_back(fmt::format("removed {} old images of {}", gone,
                                 here.settings.app));
    }
    return done;
  }

  std::optional<LiveRelease> live() override { return live_part().live(); }
  std::unique_ptr<Deployment> attach() override {
    return live_part().attach();
  }
  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override {
    return live_part().serve(bundle, phase, healthy);
  }
  void stop() override { live_part().stop(); }

 private:
  // Made when first needed: `rung check` asks no engine.
  DockerContext& context() const {
    if (!context_) {
      context_ = std::make_unique<DockerContext>(settings_, options_);
    }
    return *context_;
  }
  DockerLive live_part() const { return DockerLive(context()); }

  RemoteSettings settings_;
  DockerOptions options_;
  mutable std::unique_ptr<DockerContext> context_;
};

}  // namespace

std::unique_ptr<Platform> make_docker_platform(const RemoteSettings& settings) {
  DockerOptions options = docker_options(settings.target, settings.options);
  if (options.swarm) return make_swarm_platform(settings, std::move(options));
  return std::make_unique<DockerPlatform>(settings, std::move(options));
}

}  // namespace rung
