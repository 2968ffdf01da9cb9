#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cmd/hunting/prober.hpp"
#include "cmd/input/subject.hpp"
#include "core/model/clock.hpp"
#include "core/model/journal.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Everything a command needs to judge releases of one subject: its journal,
/// its services, and probers on its target.
class Workshop {
 public:
  /// Opens or makes the journal and holds its lock until destroyed.
  /// `plan_folder`: where commands of services and gates run.
  Workshop(Subject subject, std::filesystem::path plan_folder);
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  [[nodiscard]] const Subject& subject() const;
  /// The next phase: other gates, more services. Those that run go on.
  void set_gates(std::vector<Gate> gates, std::vector<ServiceSpec> services);
  /// What trials look between; a release that lacks files on which that depends
  /// is not judged.
  void set_ends(std::optional<Subject::Ends> ends);
  /// For a search between two releases: of the variables that builds seem not
  /// to read, all get the good one's (BuildBase). Destroys the probers made
  /// before.
  void begin_search(const Release& good, const Release& bad);
  /// Trials are again what will serve, and nothing else: takes back what
  /// set_ends(), begin_search() and start_from_nothing() set.
  void end_search();
  /// From now on a predicate runs in a checkout without any uncommitted file of
  /// an earlier one, and a service's build depends on every variable; false
  /// takes that back. Destroys the probers made before.
  void start_from_nothing(bool yes);
  /// Whether the files of this release are at hand: always, with history.
  /// `today`: the same for the files as they are now.
  [[nodiscard]] bool has_files(const Release& release,
                               const Release& today) const;
  /// Without history: the files that differ between two releases.
  [[nodiscard]] std::vector<std::string> changed_files(
      const Release& before, const Release& after) const;
  [[nodiscard]] Journal& journal() const;
  [[nodiscard]] const Clock& clock() const;
  /// At least `workers` of them, each with a folder of its own; starts the
  /// services first. More than one needs a target whose trials do not share a
  /// port (UsageError).
  const std::vector<std::unique_ptr<Prober>>& probers(std::size_t workers);
  /// Whether trials at the same time share this machine.
  [[nodiscard]] bool trials_share_a_machine() const;
  /// Why the trials of several workers ran one at a time, as a line for the
  /// user; "" = they did not have to.
  [[nodiscard]] std::string one_at_a_time() const;
  /// A platform of the target, for what serves; clean_up() has been called.
  std::unique_ptr<Platform> platform();
  /// The same to read from only: nothing has been cleaned up.
  std::unique_ptr<Platform> platform_for_reading();
  /// What was cleaned up after runs that died, or has to be said of where the
  /// trials stand; a line each.
  [[nodiscard]] const std::vector<std::string>& cleaned() const;
  /// Addresses of the services this run started; empty before probers().
  [[nodiscard]] const std::map<std::string, std::string>& addresses() const;
  /// Settings for judging something that runs already with the same gates.
  [[nodiscard]] ProbeSettings probe_settings() const;
  /// `.rung/NAME`, made if absent.
  [[nodiscard]] std::filesystem::path folder(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Opens the journal of a folder for reading; nothing is locked. Throws
/// JournalError, also when there is none.
std::unique_ptr<Journal> open_journal(const std::filesystem::path& folder);
/// Keeps every other rung from working on the journal of this folder while it
/// lives. Throws JournalError when one does already.
std::shared_ptr<void> hold_journal(const std::filesystem::path& folder);
/// Whether a rung is at work on the journal of this folder now.
bool is_at_work(const std::filesystem::path& folder);

}  // namespace rung
