#include "adapters/platform/state_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "adapters/process/file_descriptor.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

[[noreturn]] void fail(const fs::path& file, const char* doing) {
  throw JournalError(
      fmt::format("{} {}: {}", doing, file.string(), std::strerror(errno)));
}

void write_all(int file, std::string_view bytes, const fs::path& name) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail(name, "writing");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

// A rename is on disk once the folder is.
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
  const fs::path draft = file_.string() + ".new";
  {
    const FileDescriptor handle(::open(
        draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!handle) fail(draft, "making");
    write_all(handle.get(),
              key_.seal(document.dump(), file_.filename().string()), draft);
    if (::fsync(handle.get()) != 0) fail(draft, "writing");
  }
  if (::rename(draft.c_str(), file_.c_str()) != 0) fail(file_, "writing");
  sync_folder(file_.parent_path());
}

void StateFile::erase() const {
  std::error_code error;
  if (fs::remove(file_, error)) sync_folder(file_.parent_path());
}

}  // namespace rung
