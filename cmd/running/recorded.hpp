#pragma once

#include <string>

#include "core/model/journal.hpp"
#include "core/report/posting.hpp"

namespace rung {

/// The journal that is told from.
struct JournalNow {
  std::string place;     ///< as commands name it; "" = this folder
  bool at_work = false;  ///< a rung works on it
};

/// What a journal holds of a run: its answer as it was told, or how far it
/// came. Throws JournalError.
Posting recorded(const Journal& journal, const std::string& run,
                 const JournalNow& now = {});

}  // namespace rung
