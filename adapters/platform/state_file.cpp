#include "adapters/platform/state_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

[[noreturn]] void fail(const fs::path& file, const char* doing) {
  throw JournalError(
      fmt::format("{} {}: {}", doing, file.string(), std::strerror(errno)));
}

// A removal is on disk once the folder is.
void sync_folder(const fs::path& folder) {
  const FileDescriptor handle(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || ::fsync(handle.get()) != 0) fail(folder, "syncing");
}

}  // namespace

std::optional<nlohmann::json> StateFile::read() const {
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    if (fs::exists(file_)) fail(file_, "opening");
    return std::nullopt;
  }
  const std::string sealed{std::istreambuf_iterator<char>(in), {}};
  const auto text = key_.unseal(sealed, file_.filename().string());
  if (!text) {
    throw JournalError(fmt::format(
        "reading {}: damaged, or written with another key; check by hand what "
        "it should have put back, then remove the file",
        file_.string()));
  }
  return nlohmann::json::parse(*text);
}

void StateFile::write(const nlohmann::json& document) const {
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  if (!replace_file(file_,
                    key_.seal(document.dump(), file_.filename().string()))) {
    fail(file_, "writing");
  }
}

void StateFile::erase() const {
  std::error_code error;
  if (fs::remove(file_, error)) sync_folder(file_.parent_path());
}

}  // namespace rung
