#pragma once

#include <optional>

#include "adapters/checkout/left_out.hpp"
#include "cmd/input/subject.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// Whether rung makes checkouts; other platforms get the commit by themselves.
bool needs_checkout(const Subject& subject);

/// Looks at a release's files before it is judged: what a checkout lacks, and
/// whether it can be judged without.
class SourceCheck {
 public:
  /// Both outlive this.
  SourceCheck(const GitHistory& history, const Subject& subject)
      : subject_(subject), left_outs_(history, subject.path) {}

  /// Set: a file that decides the search is missing, so nothing can be said.
  [[nodiscard]] std::optional<Observation> unjudged(const CommitId& commit);
  /// What is worth telling about a release that can be judged.
  [[nodiscard]] std::vector<std::string> notes(const CommitId& commit);

 private:
  const Subject& subject_;
  LeftOuts left_outs_;
};

}  // namespace rung
