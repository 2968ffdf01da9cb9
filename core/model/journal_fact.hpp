#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace rung {

/// The name of a small fact that must outlive a run: what it tells, and of
/// what. All that rung keeps stand here. Journals store the keys: never change
/// one.
class JournalFact {
 public:
  /// The release that should serve on this target, as JSON; "" = none.
  static JournalFact wanted(std::string_view plan, std::string_view target);
  /// "yes" once a person let this phase begin.
  static JournalFact approved(std::string_view plan, std::string_view phase);
  /// How long trials under these gates took: ProbeTimes::text().
  static JournalFact times(std::string_view gate_id);
  /// The trials of this run and what they searched: trials_json().
  static JournalFact trials(std::string_view run);
  /// The run of which this one is a part.
  static JournalFact part_of(std::string_view run);
  /// What a healthy release logs, a line each: of this run alone ...
  static JournalFact usual_lines(std::string_view run);
  /// ... or of this service, in every run. `start`: its start command where
  /// nothing else tells the services of one repository apart.
  static JournalFact usual_lines(std::string_view service,
                                 std::string_view path, std::string_view target,
                                 std::string_view start);

  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  explicit JournalFact(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace rung
