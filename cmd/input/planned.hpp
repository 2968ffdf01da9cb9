#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmd/input/subject.hpp"
#include "core/model/journal.hpp"
#include "core/model/plan.hpp"
#include "core/model/release.hpp"

namespace rung {

/// A plan with all that is read for it: secrets, commits.
class Planned {
 public:
  /// `when_needed`: for who only looks at what serves, or stops it, and may not
  /// have the secrets. Others are told before they change anything.
  enum class Secrets { now, when_needed };
  /// Throws PlanError (also for a secret that cannot be read), HistoryError.
  explicit Planned(const std::string& file, Secrets secrets = Secrets::now);

  [[nodiscard]] const Plan& plan() const { return plan_; }
  /// By name; "" = the first, `local` if there is one. Throws UsageError with
  /// the likely name.
  [[nodiscard]] const Target& target(const std::string& name) const;
  /// Index by name; "" = the last. Throws UsageError.
  [[nodiscard]] std::size_t phase(const std::string& name) const;
  /// The subject of a phase: its gates and services on that target.
  [[nodiscard]] Subject subject(std::size_t phase, const Target& target) const;
  /// Says what the plan's `settle` is, if anything is said.
  void set_settle(std::optional<std::chrono::milliseconds> settle) {
    plan_.settle = settle.value_or(plan_.settle);
  }
  /// The phase's release as the files say now. `revision` replaces the plan's
  /// commit; `env_file` the plan's env files and `requirements_file` all
  /// requirements ("" = as the plan says). What there is to tell about
  /// `env_file` is added to `notes`.
  [[nodiscard]] Release release(std::size_t phase,
                                const std::string& revision = "",
                                const std::string& env_file = "",
                                const std::string& requirements_file = "",
                                std::vector<std::string>* notes = nullptr) const;
  /// The variables of a phase of `plan`, with the secrets read for this one.
  [[nodiscard]] std::map<std::string, std::string> environment(
      const Plan& plan, std::size_t phase) const;
  /// Of the files without history, as they were when this was asked first. See
  /// kFolderKey.
  [[nodiscard]] const std::string& folder_digest() const;
  /// The folder beside which the journal lies.
  [[nodiscard]] std::filesystem::path folder() const;
  /// A release that the journal keeps, with the plan's secrets put back;
  /// nullopt = it keeps none of this id. Throws PlanError for a secret that the
  /// plan no longer declares.
  [[nodiscard]] std::optional<Release> kept(const Journal& journal,
                                            const std::string& id) const;
  /// The declared secrets that have another value now than when the journal
  /// kept this release, by name.
  [[nodiscard]] std::vector<std::string> changed_secrets(
      const Journal& journal, const std::string& id) const;

 private:
  /// See Subject::apart.
  [[nodiscard]] std::vector<std::filesystem::path> apart() const;

  Plan plan_;
  /// Throws PlanError for one that cannot be read. Not thread-safe.
  [[nodiscard]] const std::map<std::string, std::string>& secrets() const;

  std::map<std::string, SecretSource> sources_;
  mutable std::optional<std::map<std::string, std::string>> secrets_;
  mutable std::string folder_digest_;  ///< see kFolderKey; "" = not made yet
};

}  // namespace rung
