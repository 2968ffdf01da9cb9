#include "adapters/docker/tar.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "core/base/error.hpp"

namespace rung {
namespace {

/// The functions of libarchive that are used, with its header's types.
struct Library {
  void* handle = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);

  template <typename Function>
  Function* get(const char* name) const {
    void* found = handle == nullptr ? nullptr : dlsym(handle, name);
    if (found == nullptr) {
      throw AbortError(
          "building an image: libarchive.so.13 cannot be loaded; install "
          "libarchive13");
    }
    return reinterpret_cast<Function*>(found);
  }

#define RUNG_FROM_LIBARCHIVE(name) \
  decltype(::name)* name = get<decltype(::name)>(#name)
  RUNG_FROM_LIBARCHIVE(archive_entry_free);
  RUNG_FROM_LIBARCHIVE(archive_entry_new);
  RUNG_FROM_LIBARCHIVE(archive_entry_set_filetype);
  RUNG_FROM_LIBARCHIVE(archive_entry_set_pathname);
  RUNG_FROM_LIBARCHIVE(archive_entry_set_perm);
  RUNG_FROM_LIBARCHIVE(archive_entry_set_size);
  RUNG_FROM_LIBARCHIVE(archive_entry_set_symlink);
  RUNG_FROM_LIBARCHIVE(archive_error_string);
  RUNG_FROM_LIBARCHIVE(archive_write_close);
  RUNG_FROM_LIBARCHIVE(archive_write_data);
  RUNG_FROM_LIBARCHIVE(archive_write_free);
  RUNG_FROM_LIBARCHIVE(archive_write_header);
  RUNG_FROM_LIBARCHIVE(archive_write_new);
  RUNG_FROM_LIBARCHIVE(archive_write_open);
  RUNG_FROM_LIBARCHIVE(archive_write_set_bytes_per_block);
  RUNG_FROM_LIBARCHIVE(archive_write_set_format_pax_restricted);
#undef RUNG_FROM_LIBARCHIVE
};

const Library& library() {
  static const Library loaded;
  return loaded;
}

struct FreeArchive {
  void operator()(archive* a) const { library().archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { library().archive_entry_free(e); }
};
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Entry named(const std::string& path, unsigned type, unsigned mode) {
  Entry entry(library().archive_entry_new());
  if (!entry) throw AbortError("making a tar: out of memory");
  library().archive_entry_set_pathname(entry.get(), path.c_str());
  library().archive_entry_set_filetype(entry.get(), type);
  library().archive_entry_set_perm(entry.get(),
                                   static_cast<__LA_MODE_T>(mode));
  return entry;
}

}  // namespace

struct Tar::State {
  std::string bytes;  // outlives the archive, which writes to it at its end
  std::unique_ptr<archive, FreeArchive> out{library().archive_write_new()};

  void check(int code) const {
    if (code >= ARCHIVE_WARN) return;  // a warning: written all the same
    const char* why = library().archive_error_string(out.get());
    throw AbortError(fmt::format("making a tar of the build context: {}",
                                 why != nullptr ? why : "it failed"));
  }
};

Tar::Tar() : state_(std::make_unique<State>()) {
  archive* const out = state_->out.get();
  if (out == nullptr) throw AbortError("making a tar: out of memory");
  state_->check(library().archive_write_set_format_pax_restricted(out));
  state_->check(library().archive_write_set_bytes_per_block(out, 0));
  state_->check(library().archive_write_open(out, &state_->bytes, nullptr,
                                             &append, nullptr));
}

Tar::~Tar() = default;

void Tar::file(const std::string& path, std::string_view content,
               bool executable) {
  const Entry entry = named(path, AE_IFREG, executable ? 0755 : 0644);
  library().archive_entry_set_size(entry.get(),
                                   static_cast<la_int64_t>(content.size()));
  archive* const out = state_->out.get();
  state_->check(library().archive_write_header(out, entry.get()));
  if (library().archive_write_data(out, content.data(), content.size()) < 0) {
    state_->check(ARCHIVE_FATAL);
  }
}

void Tar::link(const std::string& path, const std::string& to) {
  const Entry entry = named(path, AE_IFLNK, 0777);
  library().archive_entry_set_symlink(entry.get(), to.c_str());
  state_->check(
      library().archive_write_header(state_->out.get(), entry.get()));
}

std::string Tar::finish() {
  state_->check(library().archive_write_close(state_->out.get()));
  return std::move(state_->bytes);
}

}  // namespace rung
