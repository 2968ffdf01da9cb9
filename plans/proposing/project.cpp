#include "plans/proposing/project.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/text/ascii_case.hpp"
#include "core/text/printable.hpp"
#include "core/text/split.hpp"
#include "core/text/utf8.hpp"

namespace rung {
namespace {

constexpr std::size_t kMaxRead = std::size_t{64} << 20;

std::optional<std::string> text_from(std::string content) {
  if (content.find('\0') != content.npos) return {};
  if (content.starts_with("\xEF\xBB\xBF")) content.erase(0, 3);
  if (invalid_utf8_at(content) != content.npos) content = valid_utf8(content);
  std::erase(content, '\r');
  return content;
}

}  // namespace

struct Project::Cache {
  std::shared_ptr<const std::vector<std::string>> top_paths;
  std::map<std::string, std::optional<std::string>, std::less<>> texts;
  std::size_t read = 0;
};

Project::Project(const ProjectFiles& files)
    : files_(&files),
      paths_(std::make_shared<const std::vector<std::string>>(files.paths())),
      cache_(std::make_shared<Cache>()) {
  cache_->top_paths = paths_;
}

Project Project::below(const std::string& folder) const {
  if (folder.empty()) return *this;
  Project project = *this;
  project.folder_ = folder_.empty() ? folder : folder_ + '/' + folder;
  const std::string prefix = folder + '/';
  std::vector<std::string> paths;
  for (auto at = std::lower_bound(paths_->begin(), paths_->end(), prefix);
       at != paths_->end() && at->starts_with(prefix); ++at) {
    paths.push_back(at->substr(prefix.size()));
  }
  project.paths_ =
      std::make_shared<const std::vector<std::string>>(std::move(paths));
  return project;
}

Project Project::top() const {
  Project project = *this;
  project.folder_.clear();
  project.paths_ = cache_->top_paths;
  return project;
}

bool Project::has(std::string_view path) const {
  return std::binary_search(paths_->begin(), paths_->end(), path);
}

const std::string* Project::text(std::string_view path) const {
  if (!has(path)) return nullptr;
  std::string full(path);
  if (!folder_.empty()) full = folder_ + '/' + full;
  auto at = cache_->texts.find(full);
  if (at == cache_->texts.end()) {
    std::optional<std::string> text;
    if (cache_->read < kMaxRead) {
      if (auto content = files_->content(full)) {
        cache_->read += content->size();
        text = text_from(std::move(*content));
      }
    }
    at = cache_->texts.emplace(std::move(full), std::move(text)).first;
  }
  return at->second ? &*at->second : nullptr;
}

std::string Project::shown(std::string_view path) const {
  return printable(folder_.empty() ? std::string(path)
                                   : folder_ + '/' + std::string(path));
}

std::string_view folder_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

std::size_t depth_of(std::string_view path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace rung
