#include "adapters/docker/context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "core/base/error.hpp"

namespace rung {
namespace {

// Source: Docker Engine API, ContainerCreate: [a-zA-Z0-9][a-zA-Z0-9_.-]+. A
// service's name is a DNS label too, hence only these and 63 of them.
std::string as_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9');
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "app" : name;
}

}  // namespace

DockerContext::DockerContext(RemoteSettings given, DockerOptions chosen)
    : settings(std::move(given)),
      options(std::move(chosen)),
      engine(docker_socket(options), settings.clock),
      containers(engine),
      images(engine, settings, options),
      mark(settings.run),
      name(options.name.empty()
               ? as_name(settings.app + "-" + settings.target).substr(0, 40)
               : options.name) {}

std::string DockerContext::new_name(std::string_view kind) const {
  // Of the process, not of this object: workers share the run's name.
  static std::atomic<unsigned> count = 0;
  return fmt::format("{}-{}-{}-{}", name, kind, mark.run(), ++count);
}

DockerLabels DockerContext::labels(std::string_view role, const Bundle& bundle,
                                   std::uint16_t port) const {
  DockerLabels labels{{"rung.app", settings.app},
                      {"rung.target", settings.target},
                      {"rung.run", mark.run()},
                      {"rung.process", RunMark::process()},
                      {"rung.role", std::string(role)},
                      {"rung.state", bundle.id},
                      {"rung.port", std::to_string(port)}};
  if (!bundle.release.commit.hex.empty()) {
    labels["rung.commit"] = bundle.release.commit.hex;
  }
  return labels;
}

bool DockerContext::ours(const DockerLabels& labels) const {
  return label(labels, "rung.app") == settings.app &&
         label(labels, "rung.target") == settings.target;
}

bool DockerContext::abandoned(const DockerLabels& labels, std::int64_t age) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  switch (RunMark::fate(label(labels, "rung.run"),
                        label(labels, "rung.process"))) {
    case RunMark::Fate::living:
      return false;
    case RunMark::Fate::gone:
      return true;
    case RunMark::Fate::elsewhere:
      break;
  }
  return age > kDay;
}

bool DockerContext::sees_processes() {
  if (sees_) return *sees_;
  sees_ = false;
  if (geteuid() != 0) return false;
  try {
    // Its data are on this file system: no virtual machine lies in between.
    const auto info = engine.read("/info", Interrupt::no);
    const std::string root =
        info && info->is_object() ? info->value("DockerRootDir", "") : "";
    std::error_code error;
    sees_ = !root.empty() && std::filesystem::is_directory(root, error);
  } catch (const Error&) {
    // Whoever needs the engine will be told.
    sees_.reset();
    return false;
  }
  return *sees_;
}

std::string label(const DockerLabels& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

}  // namespace rung
