#include "core/model/probe_history.hpp"

#include <array>

#include "core/text/enum_word.hpp"

namespace rung {

std::string_view to_string(ProbePurpose purpose) {
  // Stored in journals: never rename.
  static constexpr std::array<std::string_view, 4> kPurposes = {
      "control", "search", "proof", "climb"};
  return kPurposes.at(static_cast<std::size_t>(purpose));
}

std::optional<ProbePurpose> probe_purpose_from(std::string_view word) {
  return enum_from(word, ProbePurpose::climb);
}

}  // namespace rung
