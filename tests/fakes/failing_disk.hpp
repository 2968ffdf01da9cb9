#pragma once

#include <sqlite3.h>

#include <cstring>
#include <memory>
#include <string>

namespace rung::fakes {

/// While alive, every file SQLite opens lies on a disk that can be filled at
/// any write, and that remembers what was written but not yet synced. One at a
/// time. Made of SQLite's own VFS interface: the real code runs above it.
class FailingDisk {
 public:
  /// Writes still possible; then every write says the disk is full.
  long writes_left = 1'000'000'000;
  long writes = 0;
  bool log_is_synced = true;  ///< the write-ahead log, as of now

  FailingDisk() {
    below_ = sqlite3_vfs_find(nullptr);
    current = this;
    vfs_ = *below_;
    vfs_.zName = "failing-disk";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + below_->szOsFile;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;
  ~FailingDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(below_, 1);
    current = nullptr;
  }

 private:
  // SQLite allocates szOsFile bytes: ours, then those of the file below.
  struct File {
    sqlite3_file base;
    bool is_log;
  };
  static inline FailingDisk* current = nullptr;

  static File* ours(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
  }
  static sqlite3_file* below(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(ours(file) + 1);
  }

  static int write(sqlite3_file* file, const void* data, int size,
                   sqlite3_int64 offset) {
    if (current->writes_left-- <= 0) return SQLITE_FULL;
    ++current->writes;
    if (ours(file)->is_log) current->log_is_synced = false;
    return below(file)->pMethods->xWrite(below(file), data, size, offset);
  }
  static int sync(sqlite3_file* file, int flags) {
    if (ours(file)->is_log) current->log_is_synced = true;
    return below(file)->pMethods->xSync(below(file), flags);
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags,
                  int* out_flags) {
    sqlite3_vfs* vfs = current->below_;
    std::memset(ours(file), 0, sizeof(File));
    const int code = vfs->xOpen(vfs, name, below(file), flags, out_flags);
    if (below(file)->pMethods == nullptr) return code;
    ours(file)->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    static const sqlite3_io_methods kMethods = {
        3,
        [](sqlite3_file* f) { return below(f)->pMethods->xClose(below(f)); },
        [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
          return below(f)->pMethods->xRead(below(f), data, size, at);
        },
        write,
        [](sqlite3_file* f, sqlite3_int64 size) {
          return below(f)->pMethods->xTruncate(below(f), size);
        },
        sync,
        [](sqlite3_file* f, sqlite3_int64* size) {
          return below(f)->pMethods->xFileSize(below(f), size);
        },
        [](sqlite3_file* f, int lock) {
          return below(f)->pMethods->xLock(below(f), lock);
        },
        [](sqlite3_file* f, int lock) {
          return below(f)->pMethods->xUnlock(below(f), lock);
        },
        [](sqlite3_file* f, int* out) {
          return below(f)->pMethods->xCheckReservedLock(below(f), out);
        },
        [](sqlite3_file* f, int op, void* argument) {
          return below(f)->pMethods->xFileControl(below(f), op, argument);
        },
        [](sqlite3_file* f) {
          return below(f)->pMethods->xSectorSize(below(f));
        },
        [](sqlite3_file* f) {
          return below(f)->pMethods->xDeviceCharacteristics(below(f));
        },
        [](sqlite3_file* f, int page, int size, int extend,
           void volatile** out) {
          return below(f)->pMethods->xShmMap(below(f), page, size, extend, out);
        },
        [](sqlite3_file* f, int offset, int n, int lock) {
          return below(f)->pMethods->xShmLock(below(f), offset, n, lock);
        },
        [](sqlite3_file* f) { below(f)->pMethods->xShmBarrier(below(f)); },
        [](sqlite3_file* f, int remove) {
          return below(f)->pMethods->xShmUnmap(below(f), remove);
        },
        [](sqlite3_file* f, sqlite3_int64 at, int size, void** out) {
          return below(f)->pMethods->xFetch(below(f), at, size, out);
        },
        [](sqlite3_file* f, sqlite3_int64 at, void* page) {
          return below(f)->pMethods->xUnfetch(below(f), at, page);
        },
    };
    file->pMethods = &kMethods;
    return code;
  }

  sqlite3_vfs* below_ = nullptr;
  sqlite3_vfs vfs_{};
};

}  // namespace rung::fakes
