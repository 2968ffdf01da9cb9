// Stands in for libarchive, under the names of its headers. A function that is
// missing here does not link.
#include <archive.h>
#include <archive_entry.h>

#include "adapters/late/late_library.hpp"

namespace {

const rung::LateLibrary& libarchive() {
  static const rung::LateLibrary loaded("libarchive.so.13", "libarchive13");
  return loaded;
}

}  // namespace

RUNG_LATE(libarchive, archive*, archive_write_new, (), ())
RUNG_LATE(libarchive, int, archive_write_set_bytes_per_block,
          (archive * to, int bytes), (to, bytes))
RUNG_LATE(libarchive, int, archive_write_set_format_pax_restricted,
          (archive * to), (to))
RUNG_LATE(libarchive, int, archive_write_open,
          (archive * to, void* data, archive_open_callback* open,
           archive_write_callback* write, archive_close_callback* close),
          (to, data, open, write, close))
RUNG_LATE(libarchive, int, archive_write_header,
          (archive * to, archive_entry* entry), (to, entry))
RUNG_LATE(libarchive, la_ssize_t, archive_write_data,
          (archive * to, const void* bytes, size_t size), (to, bytes, size))
RUNG_LATE(libarchive, int, archive_write_close, (archive * to), (to))
RUNG_LATE(libarchive, int, archive_write_free, (archive * to), (to))
RUNG_LATE(libarchive, const char*, archive_error_string, (archive * of), (of))

RUNG_LATE(libarchive, archive_entry*, archive_entry_new, (), ())
RUNG_LATE(libarchive, void, archive_entry_set_pathname,
          (archive_entry * entry, const char* path), (entry, path))
RUNG_LATE(libarchive, void, archive_entry_set_filetype,
          (archive_entry * entry, unsigned type), (entry, type))
RUNG_LATE(libarchive, void, archive_entry_set_perm,
          (archive_entry * entry, __LA_MODE_T mode), (entry, mode))
RUNG_LATE(libarchive, void, archive_entry_set_size,
          (archive_entry * entry, la_int64_t size), (entry, size))
RUNG_LATE(libarchive, void, archive_entry_set_symlink,
          (archive_entry * entry, const char* to), (entry, to))
RUNG_LATE(libarchive, void, archive_entry_free, (archive_entry * entry),
          (entry))
