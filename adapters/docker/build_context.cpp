#include "adapters/docker/build_context.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "adapters/docker/dockerignore.hpp"
#include "adapters/docker/tar.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

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
