#include "cmd/serving/with_room.hpp"

#include <utility>

#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"

namespace rung {

Report with_room(Served& served, const std::function<Report()>& trials) {
  served.make_room();
  Report report;
  try {
    report = trials();
  } catch (const Error&) {
    restore_after_all(served);
    throw;
  }
  report.restored = served.restore();
  add_notes(report, served);
  return report;
}

void restore_after_all(Served& served) {
  // What served serves again, even if the user wants rung to end.
  if (Interruption::requested()) Interruption::clear();
  served.restore();
}

void add_notes(Report& report, Served& served) {
  report.serves_unproved = !report.restored && served.serves_unproved();
  for (std::string& note : served.take_notes()) {
    report.notes.push_back(std::move(note));
  }
}

}  // namespace rung
