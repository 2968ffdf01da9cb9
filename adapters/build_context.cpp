#include "adapters/build_context.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "adapters/docker_ignore.hpp"
#include "core/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

struct FreeArchive {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

class Tar {
 public:
  Tar() : archive_(archive_write_new()) {
    if (!archive_) throw AbortError("making a tar: no memory");
    check(archive_write_set_format_pax_restricted(archive_.get()));
    check(archive_write_set_bytes_per_block(archive_.get(), 0));
    check(archive_write_open(archive_.get(), &bytes_, nullptr, &append,
                             nullptr));
  }

  void file(const std::string& path, std::string_view content,
            bool executable) {
    auto entry = named(path, AE_IFREG, executable ? 0755 : 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    check(archive_write_header(archive_.get(), entry.get()));
    if (archive_write_data(archive_.get(), content.data(), content.size()) < 0) {
      check(ARCHIVE_FATAL);
    }
  }
  void link(const std::string& path, const std::string& to) {
    auto entry = named(path, AE_IFLNK, 0777);
    archive_entry_set_symlink(entry.get(), to.c_str());
    check(archive_write_header(archive_.get(), entry.get()));
  }
  std::string finish() {
    check(archive_write_close(archive_.get()));
    return std::move(bytes_);
  }

 private:
  using Entry = std::unique_ptr<archive_entry, FreeEntry>;
  static Entry named(const std::string& path, unsigned type, unsigned mode) {
    Entry entry(archive_entry_new());
    if (!entry) throw AbortError("making a tar: no memory");
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), static_cast<__LA_MODE_T>(mode));
    return entry;
  }
  void check(int code) {
    if (code >= ARCHIVE_WARN) return;  // a warning: written all the same
    const char* why = archive_error_string(archive_.get());
    throw AbortError(fmt::format("making a tar of the build context: {}",
                                 why != nullptr ? why : "it failed"));
  }

  std::string bytes_;
  std::unique_ptr<archive, FreeArchive> archive_;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in && !in.eof()) {
    throw AbortError("reading " + file.string() + " for the build context");
  }
  return text;
}

bool executable(const fs::path& file) {
  using fs::perms;
  return (fs::status(file).permissions() & perms::owner_exec) != perms::none;
}

}  // namespace

bool kept_from_builds(std::string_view path) {
  for (std::string_view rest = path; !rest.empty();) {
    const auto slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name == ".git" || name == ".rung") return true;
    rest = slash == rest.npos ? "" : rest.substr(slash + 1);
    if (!rest.empty()) continue;
    if (name == ".env" || name == ".envrc" || name.ends_with(".env")) {
      return true;
    }
    if (!name.starts_with(".env.")) return false;
    for (const std::string_view harmless :
         {"example", "sample", "template", "dist", "defaults"}) {
      if (name.ends_with(harmless)) return false;
    }
    return true;
  }
  return false;
}

std::string build_context(const fs::path& folder,
                          const std::map<std::string, std::string>& files,
                          const std::string& dockerfile) {
  const auto over = [&](const std::string& path) {
    const auto file = files.find(path);
    return file == files.end() ? nullptr : &file->second;
  };
  // A Dockerfile's own rules come first. Source: as for DockerIgnore.
  std::string rules;
  for (const std::string& name :
       {dockerfile + ".dockerignore", std::string(".dockerignore")}) {
    if (const auto* text = over(name)) {
      rules = *text;
      break;
    }
    if (fs::is_regular_file(folder / name)) {
      rules = content_of(folder / name);
      break;
    }
  }
  const DockerIgnore ignore(rules);
  const auto wanted = [&](const std::string& path) {
    if (kept_from_builds(path)) return false;
    return path == dockerfile || path == ".dockerignore" ||
           !ignore.leaves_out(path);
  };
  std::map<std::string, bool> paths;  // -> is in `files`
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; it != end;
       it.increment(error)) {
    if (error) break;
    const std::string name = it->path().filename();
    if (it->is_directory() && !it->is_symlink() &&
        (name == ".git" || name == ".rung")) {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_symlink() && !it->is_regular_file()) continue;
    paths[it->path().lexically_relative(folder).generic_string()] = false;
  }
  if (error) {
    throw AbortError(fmt::format("reading {} for the build context: {}",
                                 folder.string(), error.message()));
  }
  for (const auto& [path, content] : files) paths[path] = true;

  Tar tar;
  for (const auto& [path, generated] : paths) {
    if (!wanted(path)) continue;
    const fs::path file = folder / path;
    if (generated) {
      tar.file(path, files.at(path), false);
    } else if (fs::is_symlink(file)) {
      tar.link(path, fs::read_symlink(file).string());
    } else {
      tar.file(path, content_of(file), executable(file));
    }
  }
  return tar.finish();
}

std::string tar_of(const std::map<std::string, std::string>& files) {
  Tar tar;
  for (const auto& [path, content] : files) tar.file(path, content, false);
  return tar.finish();
}

}  // namespace rung
