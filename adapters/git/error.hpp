#pragma once

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/release.hpp"

/// What every file that talks to libgit2 shares. Included by those alone: no
/// handle of libgit2 leaves adapters/.
namespace rung::git {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Freed<Free>>;

using Repository = Handle<git_repository, git_repository_free>;
using Odb = Handle<git_odb, git_odb_free>;
using OdbObject = Handle<git_odb_object, git_odb_object_free>;
using Object = Handle<git_object, git_object_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Blob = Handle<git_blob, git_blob_free>;
using Config = Handle<git_config, git_config_free>;
using Reference = Handle<git_reference, git_reference_free>;
using StatusList = Handle<git_status_list, git_status_list_free>;
using FilterList = Handle<git_filter_list, git_filter_list_free>;
using Index = Handle<git_index, git_index_free>;

/// A text that libgit2 allocated.
struct Buffer : git_buf {
  Buffer() : git_buf{} {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { git_buf_dispose(this); }
  [[nodiscard]] std::string_view text() const { return {ptr, size}; }
};

/// Starts libgit2 once per process and sets its limits. Thread-safe.
void start();

/// Throws HistoryError "DOING: what libgit2 says" when `code` is negative.
void check(int code, std::string_view doing);

/// Opens the repository whose .git folder is `git_dir`, without a work tree:
/// reads only, one handle per thread.
Repository open_for_reading(const std::string& git_dir);

/// The commits at which the history of this .git folder was cut off (a shallow
/// clone), sorted.
std::vector<git_oid> shallow_commits(const std::string& git_dir);
/// The remote from which a partial clone gets what it lacks; "" = it is whole.
std::string promisor(const std::string& git_dir);

/// Throws HistoryError unless `id` is a full 40-hex id.
git_oid to_oid(const CommitId& id);
std::string to_hex(const git_oid& id);

}  // namespace rung::git
