#include "adapters/journal/night_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

[[noreturn]] void fail_at(const fs::path& file, const char* doing) {
  throw JournalError(
      fmt::format("{} {}: {}", doing, file.string(), std::strerror(errno)));
}

std::optional<std::string> content_of(const fs::path& file) {
  std::error_code unknown;
  if (fs::exists(file, unknown) && !fs::is_regular_file(file, unknown)) {
    throw JournalError(fmt::format(
        "reading {}: not a regular file; move it away", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return std::nullopt;
    fail_at(file, "opening");
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) fail_at(file, "reading");
  return text;
}

/// A name that nothing has: "nightly.json.damaged", "nightly.json.damaged-2".
fs::path aside(const fs::path& file) {
  for (int i = 1;; ++i) {
    const fs::path name =
        file.string() + ".damaged" + (i == 1 ? "" : fmt::format("-{}", i));
    if (!fs::exists(fs::symlink_status(name))) return name;
  }
}

}  // namespace

NightState NightFile::read(std::vector<std::string>& notes) const {
  const auto text = content_of(file_);
  if (!text) return {};
  try {
    return night_state_from(*text, subject_);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", file_.string(), error.what()));
  } catch (const JournalError& error) {
    const fs::path kept = aside(file_);
    if (::rename(file_.c_str(), kept.c_str()) != 0) fail_at(kept, "making");
    notes.push_back(
        fmt::format("{} is not used: {}; it is {} now, and this night is the "
                    "first",
                    file_.string(), error.what(), kept.filename().string()));
    return {};
  }
}

void NightFile::write(const NightState& state) const {
  // Messages of tests may hold what others must not read: 0600.
  if (!replace_file(file_, written(state, subject_))) {
    fail_at(file_, "writing");
  }
}

NightState NightFile::read_other(const fs::path& file) const {
  const auto text = content_of(file);
  if (!text)
    throw JournalError(fmt::format("--merge {}: no such file", file.string()));
  try {
    return night_state_from(*text, subject_);
  } catch (const UsageError& error) {
    throw UsageError(
        fmt::format("--merge {}: {}", file.string(), error.what()));
  } catch (const JournalError& error) {
    throw JournalError(
        fmt::format("--merge {}: {}", file.string(), error.what()));
  }
}

}  // namespace rung
