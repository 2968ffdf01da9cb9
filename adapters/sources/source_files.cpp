#include "adapters/sources/source_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "adapters/git/error.hpp"
#include "adapters/process/file_descriptor.hpp"
#include "core/variables/made_files.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSource = 1 << 20;  // bytes
constexpr std::size_t kLargestLeftOut = 64U << 20;
constexpr std::size_t kMostBytes = 128U << 20;  // of all sources
constexpr std::size_t kMostLeftOutBytes = 256U << 20;
constexpr std::size_t kMostFiles = 100'000;
constexpr int kDeepest = 64;  // folders in folders

bool ends_with_any(std::string_view name,
                   std::span<const std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view e) { return name.ends_with(e); });
}

/// What these hold git ignores, unless somebody wrote it.
bool is_output_folder(std::string_view name) {
  static constexpr std::string_view kFolders[] = {"build", "out", "target",
                                                  "deps", "obj", "coverage"};
  return std::find(std::begin(kFolders), std::end(kFolders), name) !=
         std::end(kFolders);
}

bool is_picture(std::string_view name) {
  static constexpr std::string_view kEndings[] = {
      ".png", ".jpg",  ".jpeg",  ".gif", ".ico", ".webp",
      ".pdf", ".woff", ".woff2", ".ttf", ".mp3", ".mp4"};
  return ends_with_any(name, kEndings);
}

/// Programs whose text is packed, or not in bytes.
bool hides_text(std::string_view name) {
  static constexpr std::string_view kEndings[] = {
      ".jar", ".war", ".ear", ".whl", ".egg", ".phar", ".dll", ".exe"};
  return ends_with_any(name, kEndings);
}

/// A line of thousands of bytes on average is written by a program.
bool is_generated(std::string_view text) {
  if (text.substr(0, 8192).find('\0') != text.npos) return true;
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  return text.size() / static_cast<std::size_t>(lines) > 2000;
}

/// nullopt: it cannot be read. One byte more than `most` shows that it is
/// larger.
std::optional<std::string> plain_text(const fs::path& file, std::size_t most) {
  // Not through a link that took the file's place, and not into a pipe.
  const FileDescriptor handle(
      ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!handle || ::fstat(handle.get(), &facts) != 0 ||
      !S_ISREG(facts.st_mode)) {
    return std::nullopt;
  }
  std::string text;
  std::array<char, 65536> block;
  ssize_t got = 0;
  while (text.size() <= most &&
         (got = ::read(handle.get(), block.data(), block.size())) > 0) {
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  if (got < 0) return std::nullopt;
  return text;
}

struct Entry {
  std::string name;
  bool is_folder = false;
};

/// Folders and regular files, sorted; nullopt: the folder cannot be read.
std::optional<std::vector<Entry>> entries_of(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator at(folder, error);
  if (error) return std::nullopt;
  std::vector<Entry> found;
  for (const fs::directory_iterator end; !error && at != end;
       at.increment(error)) {
    std::error_code of_entry;
    const auto status = at->symlink_status(of_entry);
    if (of_entry) continue;
    const bool is_folder = fs::is_directory(status);
    if (is_folder || fs::is_regular_file(status)) {
      found.push_back({at->path().filename().string(), is_folder});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return found;
}

class SourceWalker {
 public:
  SourceWalker(const fs::path& folder, const TakeFile& take)
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

  [[nodiscard]] bool is_left_out(const std::string& path,
                                 const Entry& entry) const {
    if (!entry.is_folder) return is_made_file(entry.name);
    if (is_made_folder(entry.name) ||
        (!repository_ && is_output_folder(entry.name))) {
      return true;
    }
    std::error_code error;  // a virtual environment, or a cache, of any name
    return fs::exists(folder_ / path / "pyvenv.cfg", error) ||
           fs::exists(folder_ / path / "CACHEDIR.TAG", error);
  }

  void look_into(const std::string& below, int depth) {
    const auto entries = entries_of(folder_ / below);
    if (!entries || depth > kDeepest) {
      ++walk_.unreadable;
      return;
    }
    for (const Entry& entry : *entries) {
      if (entry.is_folder && is_record_folder(entry.name)) continue;
      const std::string path =
          below + entry.name + (entry.is_folder ? "/" : "");
      if (is_left_out(path, entry) || is_ignored(path)) {
        walk_.left_out.push_back(path);
      } else if (entry.is_folder) {
        look_into(path, depth + 1);
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
    const auto text = plain_text(folder_ / path, kLargestSource);
    if (!text) {
      ++walk_.unreadable;
    } else if (text->size() > kLargestSource || is_generated(*text)) {
      walk_.left_out.push_back(path);
    } else {
      ++walk_.files;
      bytes_ += text->size();
      take_(path, *text);
    }
  }

  fs::path folder_;
  const TakeFile& take_;
  git::Repository repository_;
  std::string prefix_;  ///< of the folder in its repository
  std::size_t bytes_ = 0;
  SourceWalk walk_;
};

class LeftOutWalker {
 public:
  LeftOutWalker(const fs::path& folder, const TakeFile& take)
      : folder_(folder), take_(take) {}

  void look_at(const std::string& path, int depth = 0) {
    if (look_.stopped) return;
    if (!path.ends_with('/')) return read(path, depth);
    const auto entries = entries_of(folder_ / path);
    if (!entries || depth > kDeepest) {
      look_.stopped = true;
      return;
    }
    for (const Entry& entry : *entries) {
      if (entry.is_folder && is_record_folder(entry.name)) continue;
      look_at(path + entry.name + (entry.is_folder ? "/" : ""), depth + 1);
    }
  }

  LeftOutLook take() { return std::move(look_); }

 private:
  void read(const std::string& path, int depth) {
    if (is_picture(path)) return;
    if (hides_text(path)) {
      // Packages are full of those that their installers use on other systems.
      if (depth == 0) look_.closed.push_back(path);
      return;
    }
    const auto text = plain_text(folder_ / path, kLargestLeftOut);
    if (!text || text->size() > kLargestLeftOut ||
        bytes_ + text->size() > kMostLeftOutBytes) {
      look_.stopped = true;
      return;
    }
    bytes_ += text->size();
    ++look_.files;
    take_(path, *text);
  }

  fs::path folder_;
  const TakeFile& take_;
  std::size_t bytes_ = 0;
  LeftOutLook look_;
};

}  // namespace

bool is_left_out_by_name(std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash == path.npos) return is_made_file(path);
    const auto folder = path.substr(0, slash);
    if (is_record_folder(folder) || is_made_folder(folder)) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

SourceWalk walk_sources(const fs::path& folder, const TakeFile& take) {
  return SourceWalker(folder, take).walk();
}

LeftOutLook look_into_left_out(const fs::path& folder, const SourceWalk& walk,
                               const TakeFile& take) {
  LeftOutWalker walker(folder, take);
  for (const std::string& path : walk.left_out) walker.look_at(path);
  return walker.take();
}

}  // namespace rung
