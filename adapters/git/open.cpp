#include "adapters/git/open.hpp"

#include <fmt/format.h>

#include <cstring>

namespace fs = std::filesystem;

namespace rung::git {
namespace {

/// A value of the repository's own configuration, "" when it is not set.
std::string own_setting(const fs::path& git_dir, const char* key) {
  git_config* raw = nullptr;
  const fs::path file = git_dir / "config";
  if (git_config_open_ondisk(&raw, file.c_str()) < 0) return "";
  const Config config(raw);
  Buffer value;
  if (git_config_get_string_buf(&value, raw, key) < 0) return "";
  return std::string(value.text());
}

/// Refuses what libgit2 would refuse in words that help nobody.
void refuse_formats(const fs::path& git_dir, const fs::path& inside) {
  const std::string ids = own_setting(git_dir, "extensions.objectformat");
  if (!ids.empty() && ids != "sha1") {
    throw HistoryError(
        fmt::format("repository {} has {} ids; rung reads sha1 repositories "
                    "only",
                    inside.string(), ids));
  }
}

}  // namespace

Repository open_to_search(const fs::path& inside) {
  start();
  std::error_code error;
  if (!fs::exists(inside, error)) {
    throw HistoryError(fmt::format("there is no folder {}", inside.string()));
  }
  Buffer found;
  if (git_repository_discover(&found, inside.c_str(), 0, nullptr) < 0) {
    throw HistoryError(fmt::format(
        "{} is not in a git repository (git init makes one)", inside.string()));
  }
  fs::path git_dir = std::string(found.text());
  if (!git_dir.has_filename()) git_dir = git_dir.parent_path();
  refuse_formats(git_dir, inside);

  git_repository* raw = nullptr;
  // From inside the work tree: a .git folder that lies apart (git init
  // --separate-git-dir) does not know whose it is.
  const int code = git_repository_open_ext(&raw, inside.c_str(), 0, nullptr);
  // Where the setting has never been made, libgit2 1.5 complains of that.
  const git_error* why = code < 0 ? git_error_last() : nullptr;
  if (code == GIT_EOWNER ||
      (why != nullptr && std::strstr(why->message, "safe.directory"))) {
    throw HistoryError(fmt::format(
        "repository {} belongs to another user; if you trust it: git config "
        "--global --add safe.directory {}",
        inside.string(), git_dir.parent_path().string()));
  }
  check(code, fmt::format("cannot open repository {}", inside.string()));
  Repository repository(raw);
  if (git_repository_is_bare(raw) != 0) {
    throw HistoryError(
        fmt::format("repository {} is bare; rung needs one with a work tree: "
                    "git clone it",
                    inside.string()));
  }
  return repository;
}

}  // namespace rung::git
