#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// What can be told of a journal without writing to it.
struct JournalLook {
  bool is_there = false;
  std::string problem;  ///< what is wrong with it; "" = nothing
  std::string advice;   ///< what to do then
  std::string found;    ///< "3 runs, 12 probes, 1 known good"
  std::string key_problem;  ///< why what is sealed cannot be read; "" = it can
};

/// The journal of the folder that holds `.rung`. Checks the database's pages
/// and indexes, its format, and that the key beside it opens what it sealed.
/// A long journal takes seconds. Never throws for what it finds.
JournalLook look_at_journal(const std::filesystem::path& folder);

}  // namespace rung
