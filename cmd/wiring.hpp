#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/services.hpp"
#include "cmd/prober.hpp"
#include "cmd/subject.hpp"
#include "core/health_check.hpp"
#include "core/journal.hpp"
#include "core/redact.hpp"

namespace rung {

/// The one place that knows concrete adapters: everything a command needs to
/// judge releases of one subject.
class Workshop {
 public:
  /// `plan_folder`: where service commands run. Opens or makes the journal and
  /// holds its lock until destroyed. Removes what a killed run left behind.
  Workshop(Subject subject, std::filesystem::path plan_folder);
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  [[nodiscard]] const Subject& subject() const;
  /// The same machine and journal for other gates or services (the next
  /// phase). Running services go on.
  void set_gates(std::vector<Gate> gates, std::vector<ServiceSpec> services);
  [[nodiscard]] Journal& journal();
  /// `workers` of them, each with its own folder; more than one needs a target
  /// whose trials do not share a port (UsageError).
  const std::vector<std::unique_ptr<Prober>>& probers(std::size_t workers);
  /// What is running for trials: "services.NAME.port" -> "41233".
  [[nodiscard]] std::map<std::string, std::string> service_addresses() const;
  /// Values that must not be shown; known from every release probed so far.
  [[nodiscard]] std::string redacted(std::string text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The trial of `release`: what the process gets, what files it needs.
Bundle bundle_of(const Release& release,
                 const std::map<std::string, std::string>& addresses);

}  // namespace rung
