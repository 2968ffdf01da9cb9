#include "core/model/journal_fact.hpp"

#include <fmt/format.h>

namespace rung {

JournalFact JournalFact::wanted(std::string_view plan,
                                std::string_view target) {
  return JournalFact(fmt::format("wanted {} {}", plan, target));
}

JournalFact JournalFact::approved(std::string_view plan,
                                  std::string_view phase) {
  return JournalFact(fmt::format("approved {} {}", plan, phase));
}

JournalFact JournalFact::times(std::string_view gate_id) {
  return JournalFact(fmt::format("times {}", gate_id));
}

JournalFact JournalFact::trials(std::string_view run) {
  return JournalFact(fmt::format("trials {}", run));
}

JournalFact JournalFact::part_of(std::string_view run) {
  return JournalFact(fmt::format("part of {}", run));
}

JournalFact JournalFact::usual_lines(std::string_view run) {
  return JournalFact(fmt::format("usual lines {}", run));
}

JournalFact JournalFact::usual_lines(std::string_view service,
                                     std::string_view path,
                                     std::string_view target,
                                     std::string_view start) {
  return JournalFact(fmt::format("usual lines of {}, {}, {}, {}", service, path,
                                 target, start));
}

}  // namespace rung
