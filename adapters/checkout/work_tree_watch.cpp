#include "adapters/checkout/work_tree_watch.hpp"

#include <sys/inotify.h>

#include <array>
#include <cstring>

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr std::string_view kCompiled = "__pycache__";
/// A change of more folders is no change that a command reads.
constexpr std::size_t kMostFolders = 1000;

std::string joined(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : folder + '/' + std::string(name);
}

/// "src/lib.py" of src/__pycache__/lib.cpython-311.pyc
std::string source_of(const std::string& folder, std::string_view name) {
  const auto parent = fs::path(folder);
  if (parent.filename() != kCompiled) return joined(folder, name);
  return joined(parent.parent_path().string(),
                std::string(name.substr(0, name.find('.'))) + ".py");
}

}  // namespace

WorkTreeWatch::WorkTreeWatch(fs::path root,
                             const std::vector<std::string>& files)
    : root_(std::move(root)),
      files_(files.begin(), files.end()),
      inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  std::set<std::string> folders;
  for (const std::string& file : files_) {
    const std::string folder = fs::path(file).parent_path().string();
    folders.insert(folder);
    if (file.ends_with(".py")) compiled_.insert(joined(folder, kCompiled));
  }
  if (!inotify_ || folders.size() > kMostFolders) return;
  for (const std::string& folder : folders) watch(folder);
}

void WorkTreeWatch::watch(const std::string& folder) {
  const int id = inotify_add_watch(inotify_.get(), (root_ / folder).c_str(),
                                   IN_OPEN | IN_ONLYDIR | IN_DONT_FOLLOW);
  if (id >= 0) watched_[id] = folder;
}

std::set<std::string> WorkTreeWatch::take_opened() {
  std::set<std::string> opened;
  if (watched_.empty()) return opened;
  alignas(inotify_event) std::array<char, 1 << 14> events{};
  for (;;) {
    const ssize_t size = read(inotify_.get(), events.data(), events.size());
    if (size <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, events.data() + at, sizeof event);
      const char* const name = events.data() + at + sizeof event;
      at += sizeof event + event.len;
      const auto folder = watched_.find(event.wd);
      if (event.len == 0 || folder == watched_.end()) continue;
      const std::string file = source_of(folder->second, name);
      if (files_.count(file) > 0) opened.insert(file);
    }
  }
  // The first import makes the folder that later ones read from.
  for (const std::string& folder : compiled_) watch(folder);
  return opened;
}

}  // namespace rung
