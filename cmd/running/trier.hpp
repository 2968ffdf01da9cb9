#pragma once

#include <optional>
#include <string>

#include "cmd/workshop/workshop.hpp"
#include "core/hunting/hunt.hpp"
#include "core/hunting/question.hpp"

namespace rung {

/// A release that an answer takes for good or bad.
struct Claim {
  Release release;
  std::string label;
  Purpose purpose = Purpose::without;
  Verdict verdict = Verdict::bad;
};

/// Judges claims outside of a search, one trial after the other, as the
/// workshop makes trials now. Writes each verdict to the journal.
class Trier {
 public:
  /// All outlive this.
  Trier(Workshop& workshop, const Question& question, const std::string& run,
        const HuntObserver& observer);

  /// The id under which verdicts on a release are kept.
  [[nodiscard]] static std::string id_of(const Workshop& workshop,
                                         const Question& question,
                                         const Release& release);
  /// The last verdict on record; `of_this_run`: if this run gave it.
  [[nodiscard]] std::optional<ProbeRecord> known(const Claim& claim,
                                                 bool of_this_run) const;
  ProbeRecord probed(const Claim& claim);

 private:
  Workshop& workshop_;
  const Question& question_;
  const std::string& run_;
  const HuntObserver& observer_;
  std::string gates_;
};

}  // namespace rung
