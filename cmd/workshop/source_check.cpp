#include "cmd/workshop/source_check.hpp"

#include <fmt/format.h>

#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/text/printable.hpp"

namespace rung {

bool needs_checkout(const Subject& subject) {
  const std::string& adapter = subject.target.adapter;
  return !subject.predicate.empty() || adapter == "local" ||
         adapter == "docker";
}

std::optional<Observation> SourceCheck::unjudged(const CommitId& commit) {
  if (!subject_.ends) return std::nullopt;
  const auto needed =
      left_outs_.needed(commit, subject_.ends->good, subject_.ends->bad,
                        subject_.inputs);
  if (needed.empty()) return std::nullopt;
  Observation seen;
  seen.verdict = Verdict::skip;
  Failure failure;
  failure.stage = Stage::source;
  failure.cause = "source-unavailable";
  failure.evidence = printable(needed.front().path, true);
  failure.message = fmt::format(
      "{}; it is not the same at both ends, so it may be guilty (--inputs says "
      "what the release depends on)",
      notes_of(needed).front());
  failure.signature = signature(failure.stage, failure.cause, failure.message);
  seen.failure = std::move(failure);
  return seen;
}

std::vector<std::string> SourceCheck::notes(const CommitId& commit) {
  return notes_of(left_outs_.of(commit));
}

}  // namespace rung
