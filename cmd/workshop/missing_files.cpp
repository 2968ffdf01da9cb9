#include "cmd/workshop/missing_files.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "adapters/git/history.hpp"
#include "adapters/git/untracked_files.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// The lines in which something is not found.
std::string complaints(std::string_view log) {
  static const RE2 pattern(
      R"((?i)no such file|ENOENT|not found|cannot find|can't find|cannot open|can't open|could not (?:open|find|read)|no module named|does not exist|doesn't exist|failed to (?:open|load|read)|unable to (?:open|load|read)|missing)");
  std::string found;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const auto line = log.substr(0, end);
    if (RE2::PartialMatch(re2::StringPiece(line.data(), line.size()),
                          pattern)) {
      found.append(line).push_back('\n');
    }
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return found;
}

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool names(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const std::size_t end = at + word.size();
    const char after = end >= text.size() ? ' ' : text[end];
    if (!is_word_char(before) && before != '.' && !is_word_char(after)) {
      return true;
    }
    // "./x" and "/srv/x" begin with a dot or a slash of their own.
    if (before == '.' && at >= 2 && text[at - 2] == '.') return true;
  }
  return false;
}

bool is_named(const std::string& complaint, const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.size() >= 3 && names(complaint, name)) return true;
  const std::string extension = path.extension().string();
  static const std::set<std::string> kModules = {".py",  ".js",  ".mjs",
                                                 ".cjs", ".ts",  ".json",
                                                 ".rb",  ".php", ".node"};
  const std::string stem = path.stem().string();
  return kModules.count(extension) > 0 && stem.size() >= 3 &&
         (complaint.find("odule") != std::string::npos ||
          complaint.find("require") != std::string::npos) &&
         names(complaint, stem);
}

/// Folders that a build fills: named as a whole, never looked into.
bool is_made_by_a_build(const std::string& name) {
  static const std::set<std::string> kNames = {
      "node_modules", ".venv", "venv", "vendor", "dist", "build", "target",
      "__pycache__",  ".next", ".tox"};
  return kNames.count(name) > 0;
}

/// Not an empty folder (git mv leaves some), nor a submodule or another
/// repository, which git takes for a whole.
bool could_be_committed(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / ".git", error)) return false;
  fs::recursive_directory_iterator at(
      folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    if (!at->is_directory(error) || at->is_symlink(error)) return true;
  }
  return false;
}

}  // namespace

std::vector<LeftAtHome> missing_files(const Subject& subject,
                                      const CommitId& commit,
                                      std::string_view log) {
  std::vector<LeftAtHome> found;
  if (!subject.has_history || commit.hex.empty()) return found;
  const std::string complaint = complaints(log);
  if (complaint.empty()) return found;
  try {
    const GitHistory history(subject.repo);
    const fs::path root = history.root();
    const fs::path home = subject.path.empty() ? root : root / subject.path;
    const auto files = history.list_files(commit, subject.path);
    const std::set<std::string> known(files.begin(), files.end());
    std::vector<std::string> untracked;
    try {
      untracked = untracked_files(root);
    } catch (const Error&) {
      // then it is not known which are ignored
    }
    constexpr std::size_t kMost = 20'000;
    constexpr std::size_t kTold = 3;
    std::size_t looked = 0;
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(
             home, fs::directory_options::skip_permission_denied, error);
         !error && it != fs::recursive_directory_iterator() &&
         ++looked < kMost && found.size() < kTold;
         it.increment(error)) {
      const fs::path& path = it->path();
      const std::string name = path.filename().string();
      const bool folder = it->is_directory(error) && !it->is_symlink(error);
      if (name == ".git" || name == ".rung") {
        if (folder) it.disable_recursion_pending();
        continue;
      }
      const std::string inside = path.lexically_relative(root).string();
      bool missing = known.count(inside) == 0;
      if (folder) {
        const auto below = known.lower_bound(inside + "/");
        missing = below == known.end() || !below->starts_with(inside + "/");
        if (missing && is_made_by_a_build(name)) {
          it.disable_recursion_pending();
          const bool modules =
              name == "node_modules" &&
              complaint.find("Cannot find") != std::string::npos;
          if (!modules && !is_named(complaint, path)) continue;
        } else if (!is_named(complaint, path)) {
          continue;
        }
      } else if (!missing || !is_named(complaint, path)) {
        continue;
      }
      if (!missing || (folder && !could_be_committed(path))) continue;
      const bool ignored = std::none_of(
          untracked.begin(), untracked.end(), [&](const std::string& one) {
            return inside == one || inside.starts_with(one + "/");
          });
      found.push_back(
          {path.lexically_relative(home).string() + (folder ? "/" : ""),
           ignored});
      if (folder) it.disable_recursion_pending();
    }
  } catch (const std::exception&) {
    // A reason that could not be looked for is none.
  }
  return found;
}

std::string told(const std::vector<LeftAtHome>& files) {
  if (files.empty()) return "";
  std::string text;
  for (const LeftAtHome& file : files) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", file.path,
                        file.ignored ? "git ignores it" : "untracked");
  }
  return fmt::format(
      "{} {} in your work tree but in no release, and a trial fails without "
      "{}: commit {}, or have --build make {}",
      text, files.size() == 1 ? "is" : "are", files.size() == 1 ? "it" : "them",
      files.size() == 1 ? "it" : "them", files.size() == 1 ? "it" : "them");
}

}  // namespace rung
