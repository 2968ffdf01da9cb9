#include "adapters/sources/source_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "adapters/git/error.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 1 << 20;        // bytes
constexpr std::size_t kMostBytes = 128U << 20;       // of all files
constexpr std::size_t kMostFiles = 100'000;

bool is_any(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_left_out_folder(std::string_view name) {
  static constexpr std::string_view kFolders[] = {
      ".git",        ".hg",          ".svn",        ".rung",
      "node_modules", "bower_components", "vendor", "third_party",
      "venv",        ".venv",        "site-packages", "__pycache__",
      ".tox",        ".mypy_cache",  ".pytest_cache", "dist",
      ".next",       ".nuxt",        ".output",     ".svelte-kit",
      ".turbo",      ".gradle",      ".terraform",  "_build",
      "Pods",        ".cache",       ".yarn",       ".pnpm-store",
      ".idea",       "DerivedData",  ".dart_tool",  "elm-stuff"};
  return is_any(name, kFolders);
}

/// What these hold git ignores, unless somebody wrote it.
bool is_output_folder(std::string_view name) {
  static constexpr std::string_view kFolders[] = {"build", "out", "target",
                                                  "deps", "obj", "coverage"};
  return is_any(name, kFolders);
}

bool is_left_out_file(std::string_view name) {
  static constexpr std::string_view kEndings[] = {
      ".min.js", ".min.css", ".map",  ".lock", ".svg",  ".css",  ".snap",
      ".png",    ".jpg",     ".gif",  ".ico",  ".pdf",  ".woff", ".woff2",
      ".zip",    ".gz",      ".jar",  ".so",   ".pyc",  ".class", ".wasm",
      ".csv",    ".po",      ".mo",   ".bundle.js", ".chunk.js"};
  return name == "package-lock.json" || name == "pnpm-lock.yaml" ||
         name == "yarn.lock" || name == "go.sum" ||
         std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view e) { return name.ends_with(e); });
}

/// A line of thousands of bytes on average is written by a program.
bool is_generated(std::string_view text) {
  if (text.substr(0, 8192).find('\0') != text.npos) return true;
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  return text.size() / static_cast<std::size_t>(lines) > 2000;
}

class SourceWalker {
 public:
  SourceWalker(
      const fs::path& folder,
      const std::function<void(const std::string&, const std::string&)>& take)
      : folder_(folder), take_(take) {
    git::start();
    git_repository* raw = nullptr;
    if (git_repository_open_ext(&raw, folder.c_str(), 0, nullptr) == 0) {
      repository_.reset(raw);
      find_prefix();
    }
  }

  SourceWalk walk() {
    std::error_code error;
    if (!fs::is_directory(folder_, error)) {
      throw HistoryError(fmt::format("reading the sources in {}: {}",
                                     folder_.string(),
                                     error ? error.message()
                                           : std::string("not a folder")));
    }
    look_into("", 0);
    return walk_;
  }

 private:
  void find_prefix() {
    const char* root = git_repository_workdir(repository_.get());
    std::error_code error;
    const fs::path real = fs::canonical(folder_, error);
    if (root == nullptr || error) {
      repository_.reset();
      return;
    }
    const fs::path inside = real.lexically_relative(fs::canonical(root, error));
    if (error || inside.empty() || *inside.begin() == "..") {
      repository_.reset();
    } else if (inside != ".") {
      prefix_ = inside.generic_string() + '/';
    }
  }

  [[nodiscard]] bool is_ignored(const std::string& path) const {
    if (!repository_) return false;
    int ignored = 0;
    return git_ignore_path_is_ignored(&ignored, repository_.get(),
                                      (prefix_ + path).c_str()) == 0 &&
           ignored != 0;
  }

  void look_into(const std::string& below, int depth) {
    constexpr int kDeepest = 64;
    if (depth > kDeepest || walk_.stopped) return;
    std::error_code error;
    fs::directory_iterator entries(folder_ / below, error);
    if (error) {
      ++walk_.unreadable;
      return;
    }
    std::vector<std::pair<std::string, bool>> found;  // name, folder
    for (const fs::directory_iterator end; entries != end;
         entries.increment(error)) {
      if (error) break;
      std::error_code of_entry;
      const auto status = entries->symlink_status(of_entry);
      if (of_entry) continue;
      const std::string name = entries->path().filename().string();
      if (fs::is_directory(status)) {
        const bool output = !repository_ && is_output_folder(name);
        if (!output && !is_left_out_folder(name)) found.emplace_back(name, true);
      } else if (fs::is_regular_file(status) && !is_left_out_file(name)) {
        found.emplace_back(name, false);
      }
    }
    std::sort(found.begin(), found.end());
    for (const auto& [name, is_folder] : found) {
      const std::string path = below + name;
      if (is_ignored(is_folder ? path + '/' : path)) continue;
      if (is_folder) {
        look_into(path + '/', depth + 1);
      } else {
        read(path);
      }
      if (walk_.stopped) return;
    }
  }

  void read(const std::string& path) {
    if (walk_.files >= kMostFiles || bytes_ >= kMostBytes) {
      walk_.stopped = true;
      return;
    }
    // Not through a link that took the file's place, and not into a pipe.
    const int handle = ::open((folder_ / path).c_str(),
                              O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (handle < 0) {
      ++walk_.unreadable;
      return;
    }
    struct stat facts {};
    const bool plain = ::fstat(handle, &facts) == 0 && S_ISREG(facts.st_mode);
    if (plain && static_cast<std::size_t>(facts.st_size) > kLargestFile) {
      ++walk_.too_large;
    } else if (plain) {
      std::string text;
      std::array<char, 65536> block;
      ssize_t got = 0;
      while (text.size() <= kLargestFile &&
             (got = ::read(handle, block.data(), block.size())) > 0) {
        text.append(block.data(), static_cast<std::size_t>(got));
      }
      if (got < 0) {
        ++walk_.unreadable;
      } else if (!is_generated(text)) {
        ++walk_.files;
        bytes_ += text.size();
        take_(path, text);
      }
    }
    ::close(handle);
  }

  fs::path folder_;
  const std::function<void(const std::string&, const std::string&)>& take_;
  git::Repository repository_;
  std::string prefix_;  ///< of the folder in its repository
  std::size_t bytes_ = 0;
  SourceWalk walk_;
};

}  // namespace

bool is_left_out_by_name(std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash == path.npos) return is_left_out_file(path);
    if (is_left_out_folder(path.substr(0, slash))) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

SourceWalk walk_sources(
    const fs::path& folder,
    const std::function<void(const std::string&, const std::string&)>& take) {
  return SourceWalker(folder, take).walk();
}

}  // namespace rung
