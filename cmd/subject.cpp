#include "cmd/subject.hpp"

#include "core/release.hpp"

namespace rung {

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
  }
  facts["predicate"] = subject.predicate;
  facts["path"] = subject.path;
  facts["repo"] = subject.repo.string();
  facts["target"] = subject.target.name + '\0' + subject.target.adapter +
                    '\0' + subject.target.emulate + '\0' +
                    std::to_string(subject.target.port) + '\0' +
                    (subject.target.inject_port
                         ? std::to_string(*subject.target.inject_port)
                         : "");
  return release_id(carrier);
}

}  // namespace rung
