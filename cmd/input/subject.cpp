#include "cmd/input/subject.hpp"

#include <fmt/format.h>

#include "adapters/checkout/surroundings.hpp"
#include "adapters/checkout/trial_cache.hpp"
#include "core/model/release.hpp"

namespace rung {

bool is_inside_a_repository(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::path up = fs::weakly_canonical(folder, error);;
       up = up.parent_path()) {
    // A bare repository has HEAD and objects in the folder itself.
    if (fs::exists(up / ".git", error) ||
        (fs::exists(up / "HEAD", error) && fs::exists(up / "objects", error))) {
      return true;
    }
    if (up == up.parent_path()) return false;
  }
}

std::string take_folder(PlainFolder source, const std::filesystem::path& chosen,
                        const std::filesystem::path& state,
                        const std::filesystem::path& repo) {
  const TrialPlace place = trial_place(chosen, state, repo);
  return FolderCopies(std::move(source), place.folder).take();
}

PlainFolder plain_folder(const Subject& subject) {
  return {subject.repo / subject.path, subject.apart};
}

std::string gate_id(const Subject& subject) {
  // Any hash would do; core has one for releases.
  Release carrier;
  auto& facts = carrier.config;
  for (std::size_t i = 0; i < subject.gates.size(); ++i) {
    const Gate& gate = subject.gates[i];
    facts["gate " + std::to_string(i)] =
        gate.text + '\0' + std::to_string(gate.deadline.count()) + '\0' +
        std::to_string(gate.soak.count()) + '\0' +
        std::to_string(gate.successes);
  }
  for (const ServiceSpec& service : subject.services) {
    facts["service " + service.name] =
        service.start + '\0' + service.prepare;
    for (const auto& [name, value] : service.env) {
      facts["service " + service.name + " env " + name] = value;
    }
    if (service.ready) {
      facts["service " + service.name + " ready"] = service.ready->text;
    }
  }
  // Not the values: some are secrets, and this hash has no key.
  for (const std::string& name : subject.inherit) {
    facts["inherit " + name] = has_inherited(name) ? "there" : "";
  }
  if (!subject.build_inputs.empty()) {
    facts["build inputs"] =
        fmt::format("{}", fmt::join(subject.build_inputs, "\n"));
  }
  facts["predicate"] = subject.predicate;
  if (subject.predicate_deadline) {
    facts["predicate deadline"] =
        std::to_string(subject.predicate_deadline->count());
  }
  facts["build env"] = subject.build_env.text();
  if (subject.from_nothing) facts["from nothing"] = "yes";
  if (subject.predicate.empty()) {
    facts["settle"] = std::to_string(subject.settle.count());
  }
  facts["path"] = subject.path;
  facts["repo"] = subject.repo.string();
  facts["target"] = subject.target.name + '\0' + subject.target.adapter +
                    '\0' + std::string(to_string(subject.target.emulate)) +
                    '\0' +
                    std::to_string(subject.target.port) + '\0' +
                    (subject.target.inject_port
                         ? std::to_string(*subject.target.inject_port)
                         : "");
  for (const auto& [name, value] : subject.target.options) {
    facts["target " + name] = value;
  }
  return release_id(carrier);
}

}  // namespace rung
