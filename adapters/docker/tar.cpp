#include "adapters/docker/tar.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "core/base/error.hpp"

namespace rung {
namespace {

struct FreeArchive {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Entry named(const std::string& path, unsigned type, unsigned mode) {
  Entry entry(archive_entry_new());
  if (!entry) throw AbortError("making a tar: out of memory");
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_filetype(entry.get(), type);
  archive_entry_set_perm(entry.get(), static_cast<__LA_MODE_T>(mode));
  return entry;
}

}  // namespace

struct Tar::State {
  std::string bytes;  // outlives the archive, which writes to it at its end
  std::unique_ptr<archive, FreeArchive> out{archive_write_new()};

  void check(int code) const {
    if (code >= ARCHIVE_WARN) return;  // a warning: written all the same
    const char* why = archive_error_string(out.get());
    throw AbortError(fmt::format("making a tar of the build context: {}",
                                 why != nullptr ? why : "it failed"));
  }
};

Tar::Tar() : state_(std::make_unique<State>()) {
  archive* const out = state_->out.get();
  if (out == nullptr) throw AbortError("making a tar: out of memory");
  state_->check(archive_write_set_format_pax_restricted(out));
  state_->check(archive_write_set_bytes_per_block(out, 0));
  state_->check(
      archive_write_open(out, &state_->bytes, nullptr, &append, nullptr));
}

Tar::~Tar() = default;

void Tar::file(const std::string& path, std::string_view content,
               bool executable) {
  const Entry entry = named(path, AE_IFREG, executable ? 0755 : 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive* const out = state_->out.get();
  state_->check(archive_write_header(out, entry.get()));
  if (archive_write_data(out, content.data(), content.size()) < 0) {
    state_->check(ARCHIVE_FATAL);
  }
}

void Tar::link(const std::string& path, const std::string& to) {
  const Entry entry = named(path, AE_IFLNK, 0777);
  archive_entry_set_symlink(entry.get(), to.c_str());
  state_->check(archive_write_header(state_->out.get(), entry.get()));
}

std::string Tar::finish() {
  state_->check(archive_write_close(state_->out.get()));
  return std::move(state_->bytes);
}

}  // namespace rung
