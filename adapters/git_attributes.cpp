#include "adapters/git_attributes.hpp"

#include <fmt/format.h>
#include <git2/sys/repository.h>

#include <algorithm>
#include <array>

#include "adapters/git_history.hpp"

namespace rung::git {
namespace {

/// "$Id$" and "$Id: anything$" become "$Id: BLOB $". By hand because libgit2's
/// filter writes it otherwise than git. Source: gitattributes(5), "ident".
std::string with_ident(std::string_view content) {
  static constexpr std::string_view kKeyword = "$Id";
  git_oid id;
  check(git_odb_hash(&id, content.data(), content.size(), GIT_OBJECT_BLOB),
        "cannot hash a file");
  std::string out;
  for (auto at = content.find(kKeyword); at != content.npos;
       at = content.find(kKeyword)) {
    out.append(content.substr(0, at + kKeyword.size()));
    content.remove_prefix(at + kKeyword.size());
    const auto dollar = content.find('$');
    if (dollar == content.npos) break;
    const std::string_view old = content.substr(0, dollar);
    // Blanks inside are another system's id, which git keeps.
    const bool ours =
        old.empty() || (old[0] == ':' && old.find('\n') == old.npos &&
                        old.find(' ', 2) >= dollar - 1);
    if (!ours) continue;
    out += fmt::format(": {} $", to_hex(id));
    content.remove_prefix(dollar + 1);
  }
  return out.append(content);
}

/// Git's guess for text=auto: binary files and those that have CRs already
/// are left alone. Source: convert.c, gather_stats().
bool looks_like_lf_text(std::string_view content) {
  std::size_t printable = 0, other = 0;
  for (const char c : content) {
    if (c == '\0' || c == '\r') return false;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') continue;
    const bool is_control =
        byte == 127 ||
        (byte < 32 && c != '\b' && c != '\t' && c != '\033' && c != '\f');
    ++(is_control ? other : printable);
  }
  if (content.ends_with('\032')) --other;  // end of file, on DOS
  return printable >> 7 >= other;
}

std::string with_crlf(std::string_view content) {
  std::string out;
  out.reserve(content.size() + content.size() / 16);
  char previous = 0;
  for (const char c : content) {
    if (c == '\n' && previous != '\r') out += '\r';
    out += c;
    previous = c;
  }
  return out;
}

}  // namespace

bool asks_for_conversion(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kWords = {
      "crlf", "ident", "filter", "working-tree-encoding"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != text.npos;
  });
}

bool asks_for_conversion(const Objects& objects,
                         const std::vector<FileChange>& files) {
  return std::any_of(files.begin(), files.end(), [&](const FileChange& file) {
    return file.after && file.after->mode != GIT_FILEMODE_LINK &&
           (file.path == kAttributesFile ||
            file.path.ends_with("/.gitattributes")) &&
           asks_for_conversion(
               objects.read(file.after->id, GIT_OBJECT_BLOB).text());
  });
}

std::string attributes_above(const Objects& objects, const git_oid& root,
                             std::string_view path) {
  std::string text;
  git_oid tree = root;
  for (const std::string& part : path_parts(path)) {
    if (const auto file = objects.find(tree, kAttributesFile);
        file && file->mode != GIT_FILEMODE_LINK && !file->is_tree()) {
      text += objects.read(file->id, GIT_OBJECT_BLOB).text();
    }
    text += '\0';
    tree = objects.find(tree, part).value().id;
  }
  return text;
}

Attributes::Attributes(git_repository* repository, const git_oid& commit)
    : repository_(repository), commit_(commit) {
  // Attributes would be looked up in the user's index, too: give it an empty
  // one, in memory.
  git_index* index = nullptr;
  check(git_index_new(&index), "cannot make an index");
  no_index_.reset(index);
  check(git_repository_set_index(repository_, index), "cannot set an index");
}

template <std::size_t N>
std::array<std::string, N> Attributes::values(
    const std::string& path, const std::array<const char*, N>& names) const {
  git_attr_options options{};
  options.version = GIT_ATTR_OPTIONS_VERSION;
  options.flags = GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_NO_SYSTEM |
                  GIT_ATTR_CHECK_INCLUDE_COMMIT;
  options.attr_commit_id = commit_;
  std::array<const char*, N> raw{};
  // libgit2 does not change the names, it only forgot the const.
  auto copy = names;
  check(git_attr_get_many_ext(raw.data(), repository_, &options, path.c_str(),
                              N, copy.data()),
        fmt::format("cannot read the attributes of {}", path));
  std::array<std::string, N> values;
  for (std::size_t i = 0; i < N; ++i) {
    switch (git_attr_value(raw[i])) {
      case GIT_ATTR_VALUE_TRUE:
        values[i] = "true";
        break;
      case GIT_ATTR_VALUE_FALSE:
        values[i] = "false";
        break;
      case GIT_ATTR_VALUE_STRING:
        values[i] = raw[i];
        break;
      case GIT_ATTR_VALUE_UNSPECIFIED:
        break;
    }
  }
  return values;
}

std::string Attributes::value(const std::string& path,
                              const char* attribute) const {
  return values<1>(path, {attribute})[0];
}

std::string Attributes::converted(const std::string& path,
                                  std::string_view content) const {
  const auto [filter, encoding, ident, eol, text, crlf] = values<6>(
      path,
      {"filter", "working-tree-encoding", "ident", "eol", "text", "crlf"});
  if (filter == "lfs" && content.starts_with(kLfsPointer)) {
    throw CannotDeploy(lfs_refusal(path));
  }
  if (!filter.empty() &&
      content.starts_with(std::string_view("\0GITCRYPT\0", 10))) {
    throw CannotDeploy(fmt::format(
        "{} is encrypted with git-crypt; rung cannot deploy it", path));
  }
  if (!encoding.empty() && encoding != "false" && encoding != "UTF-8" &&
      encoding != "utf-8") {
    throw CannotDeploy(fmt::format(
        "{} has working-tree-encoding={} in .gitattributes; rung deploys only "
        "UTF-8 and raw bytes",
        path, encoding));
  }
  std::string out =
      ident == "true" ? with_ident(content) : std::string(content);
  if (eol != "crlf") return out;
  // "crlf" is what "text" was called before 2010.
  const std::string& kind = text.empty() ? crlf : text;
  if (kind == "false" || (kind == "auto" && !looks_like_lf_text(out))) {
    return out;
  }
  return with_crlf(out);
}

std::string submodule_refusal(std::string_view path) {
  return fmt::format(
      "{} is a submodule; rung deploys one repository: choose a path without "
      "submodules, or bring its files in (git subtree add)",
      path);
}

std::string lfs_refusal(std::string_view path) {
  return fmt::format(
      "{} is kept in Git LFS; rung reads plain git objects: choose a path "
      "without LFS files, or bring them back (git lfs migrate export)",
      path);
}

}  // namespace rung::git
