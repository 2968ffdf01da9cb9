#include "adapters/git/local_clones.hpp"

#include <algorithm>
#include <fstream>

#include "adapters/git/lfs.hpp"

namespace fs = std::filesystem;

namespace rung::git {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

/// A value of a git configuration file: quotes and backslashes taken off.
std::string plain_value(std::string_view text) {
  std::string value;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      value += text[++i];
    } else if (!quoted && (text[i] == '#' || text[i] == ';')) {
      break;
    } else {
      value += text[i];
    }
  }
  return quoted ? value : std::string(trimmed(value));
}

/// What "gitdir: PATH" in a .git file leads to, or the .git folder itself.
fs::path git_dir_of(const fs::path& work_tree) {
  const fs::path dot_git = work_tree / ".git";
  std::error_code error;
  if (fs::is_directory(dot_git, error)) return dot_git;
  std::ifstream in(dot_git);
  std::string line;
  constexpr std::string_view kWord = "gitdir: ";
  if (!std::getline(in, line) || !line.starts_with(kWord)) return {};
  return fs::weakly_canonical(work_tree / line.substr(kWord.size()), error);
}

bool leads_out(const std::string& name) {
  const fs::path path(name);
  return name.empty() || path.is_absolute() ||
         std::find(path.begin(), path.end(), "..") != path.end();
}

/// Where a clone may be, the likeliest first.
std::vector<Clone> clones_of(const Clone& in, const std::string& name,
                             const std::string& path) {
  std::vector<Clone> clones;
  const fs::path root = in.root.empty() ? fs::path() : in.root / path;
  if (!leads_out(name)) {
    clones.push_back({in.git_dir / "modules" / name, root});
    clones.push_back({common_dir(in.git_dir) / "modules" / name, root});
  }
  if (!root.empty()) clones.push_back({git_dir_of(root), root});
  std::erase_if(clones, [](const Clone& clone) {
    std::error_code error;
    return clone.git_dir.empty() ||
           !fs::is_directory(common_dir(clone.git_dir) / "objects", error);
  });
  return clones;
}

bool has_object(const fs::path& objects, const git_oid& id) {
  git_odb* raw = nullptr;
  if (git_odb_open(&raw, objects.c_str()) != 0) return false;
  const Odb odb(raw);
  return git_odb_exists(raw, &id) == 1;
}

/// The files below a folder of a submodule; false when one is not at hand (a
/// partial clone).
bool list(const Objects& objects, const git_oid& tree,
          const std::string& folder, std::map<std::string, TreeEntry>& files,
          std::map<std::string, git_oid>& links) {
  if (!objects.has(tree)) return false;
  for (const TreeEntry& entry : objects.read_tree(tree)) {
    const std::string path = folder + entry.name;
    if (entry.is_tree()) {
      if (!list(objects, entry.id, path + '/', files, links)) return false;
    } else if (entry.is_submodule()) {
      links[path] = entry.id;
    } else {
      if (!objects.has(entry.id)) return false;
      files[path] = TreeEntry{{}, entry.mode, entry.id};
    }
  }
  return true;
}

}  // namespace

std::map<std::string, std::string> submodule_names(
    std::string_view gitmodules) {
  std::map<std::string, std::string> names;
  std::string name;
  while (!gitmodules.empty()) {
    const std::string_view whole = gitmodules.substr(0, gitmodules.find('\n'));
    gitmodules.remove_prefix(std::min(gitmodules.size(), whole.size() + 1));
    const std::string_view line = trimmed(whole);
    constexpr std::string_view kSection = "[submodule";
    if (line.starts_with('[')) {
      name.clear();
      const auto quote = line.find('"');
      const auto end = line.rfind('"');
      if (line.starts_with(kSection) && end != line.npos && end > quote) {
        name = plain_value(line.substr(quote, end - quote + 1));
      }
      continue;
    }
    const auto equals = line.find('=');
    if (name.empty() || equals == line.npos ||
        trimmed(line.substr(0, equals)) != "path") {
      continue;
    }
    std::string path = plain_value(trimmed(line.substr(equals + 1)));
    while (path.ends_with('/')) path.pop_back();
    names.emplace(std::move(path), name);
  }
  return names;
}

void expand_link(Objects& objects, const Clone& in, const git_oid& root,
                 const std::string& prefix, const std::string& path,
                 const git_oid& link, Submodules& out) {
  std::map<std::string, std::string> names;
  if (const auto file = objects.find(root, ".gitmodules");
      file && !file->is_tree() && !file->is_submodule() &&
      objects.has(file->id)) {
    names = submodule_names(objects.read(file->id, GIT_OBJECT_BLOB).text());
  }
  const auto named = names.find(path);
  const std::string full = prefix + path;
    for (Clone& clone : clones_of(
           in, named == names.end() ? "" : named->second, path)) {
    const fs::path store = common_dir(clone.git_dir) / "objects";
    if (!has_object(store, link)) continue;
    objects.borrow(store);
    CommitHeader header;
    objects.read_commit(link, header);
    std::map<std::string, TreeEntry> files;
    std::map<std::string, git_oid> links;
    if (!list(objects, header.tree, full + '/', files, links)) continue;
    out.files.merge(files);
    out.parts.push_back({full, link, clone});
    for (const auto& [below, id] : links) {
      expand_link(objects, clone, header.tree, full + '/',
                  below.substr(full.size() + 1), id, out);
    }
    return;
  }
  out.absent.push_back({full, link});
}

}  // namespace rung::git
