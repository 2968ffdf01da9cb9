#include "adapters/git/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "adapters/git/lfs.hpp"

namespace rung::git {
namespace {

void set_limits() {
  // Our reads visit each object about once, so caching objects only costs
  // memory. Windows: by default a whole pack is mapped and counts as ours.
  git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, size_t{512} << 10);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, size_t{8} << 20);
  // zlib's checksum finds a damaged object already; git itself does not hash
  // what it reads either. Saves a quarter of a walk over history.
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  // Set by `git sparse-checkout`; it says where configuration lives and
  // changes nothing about objects and references.
  // "partialclone" says which remote has what was left out.
  std::array<const char*, 2> extensions = {"worktreeconfig", "partialclone"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(),
                   extensions.size());
}

}  // namespace

}  // namespace rung::git

// Stands in for the function of Mbed TLS. Where libgit2 is built with it, as
// in Debian, its start parses each certificate of the machine, 10 ms of every
// bisect, for connections that rung leaves to git. C++ has no better handle:
// libgit2 offers no option, and looks the function up by this name.
extern "C" int mbedtls_x509_crt_parse_file(void* /*chain*/,
                                           const char* /*path*/) {
  return 0;
}

namespace rung::git {

void start() {
  // Never shut down: handles in static objects may outlive any order of
  // destruction we could choose, and the process ends anyway.
  static const bool started = [] {
    if (git_libgit2_init() < 0) throw HistoryError("libgit2 does not start");
    set_limits();
    return true;
  }();
  static_cast<void>(started);
}

void check(int code, std::string_view doing) {
  if (code >= 0) return;
  const git_error* error = git_error_last();
  std::string_view what = error && error->message ? error->message : "failed";
  what = what.substr(0, what.find('\n'));
  throw HistoryError(fmt::format("{}: {}", doing, what));
}

Repository open_for_reading(const std::string& git_dir) {
  start();
  git_repository* repository = nullptr;
  check(git_repository_open_bare(&repository, git_dir.c_str()),
        fmt::format("cannot open {}", git_dir));
  return Repository(repository);
}

std::vector<git_oid> shallow_commits(const std::string& git_dir) {
  std::vector<git_oid> ids;
  std::ifstream in(common_dir(git_dir) / "shallow");
  for (std::string line; std::getline(in, line);) {
    git_oid id;
    if (line.size() >= GIT_OID_HEXSZ &&
        git_oid_fromstr(&id, line.c_str()) == 0) {
      ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end(), [](const git_oid& a, const git_oid& b) {
    return git_oid_cmp(&a, &b) < 0;
  });
  return ids;
}

std::string promisor(const std::string& git_dir) {
  git_config* raw = nullptr;
  const auto file = common_dir(git_dir) / "config";
  if (git_config_open_ondisk(&raw, file.c_str()) != 0) return "";
  const Config config(raw);
  std::string remote;
  // All of them: matched by an expression, libgit2 1.5 leaks at each that does
  // not match.
  const auto take = [](const git_config_entry* entry, void* out) {
    const std::string_view name = entry->name;
    int on = 0;
    if (name.starts_with("remote.") && name.ends_with(".promisor") &&
        git_config_parse_bool(&on, entry->value) == 0 && on != 0) {
      const auto from = name.find('.') + 1;
      *static_cast<std::string*>(out) =
          name.substr(from, name.rfind('.') - from);
    }
    return 0;
  };
  git_config_foreach(raw, take, &remote);
  if (!remote.empty()) return remote;
  Buffer value;
  if (git_config_get_string_buf(&value, raw, "extensions.partialclone") == 0) {
    remote = value.text();
  }
  return remote;
}

git_oid to_oid(const CommitId& id) {
  git_oid oid;
  if (id.hex.size() != GIT_OID_HEXSZ ||
      git_oid_fromstrn(&oid, id.hex.data(), id.hex.size()) != 0) {
    throw HistoryError(
        fmt::format("\"{}\" is not a full commit id (40 hex digits)", id.hex));
  }
  return oid;
}

std::string to_hex(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ> hex{};
  git_oid_fmt(hex.data(), &id);
  return {hex.data(), hex.size()};
}

}  // namespace rung::git
