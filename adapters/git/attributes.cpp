#include "adapters/git/attributes.hpp"

#include <fmt/format.h>
#include <git2/sys/repository.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/git/lfs.hpp"
#include "core/text/ascii_case.hpp"

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

bool is_set(std::string_view attribute) {
  return !attribute.empty() && attribute != "false" && attribute != "true";
}

bool is_utf8(const std::string& encoding) {
  return equal_without_case(encoding, "utf-8") ||
         equal_without_case(encoding, "utf8");
}

bool is_git_crypt(std::string_view content) {
  return content.starts_with(std::string_view("\0GITCRYPT\0", 10));
}

/// nullopt: there is no such encoding, or it has no way to say this. As git
/// does it, "UTF-16LE-BOM" is git's own name. Source: git's utf8.c.
std::optional<std::string> in_encoding(std::string_view content,
                                       std::string encoding) {
  std::string out;
  if (equal_without_case(encoding, "UTF-16LE-BOM")) {
    encoding = "UTF-16LE";
    out = "\xff\xfe";
  }
  const iconv_t to = iconv_open(encoding.c_str(), "UTF-8");
  // Source: iconv_open(3): (iconv_t)-1 for an encoding it does not know.
  if (to == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string in(content);  // iconv() asks for what is not const
  char* from = in.data();
  std::size_t left = in.size();
  bool done = false, failed = false;
  while (!done && !failed) {
    std::array<char, 4096> part{};
    char* at = part.data();
    std::size_t room = part.size();
    const bool last = left == 0;
    const auto code = last ? iconv(to, nullptr, nullptr, &at, &room)
                           : iconv(to, &from, &left, &at, &room);
    failed = code == static_cast<std::size_t>(-1) && errno != E2BIG;
    out.append(part.data(), part.size() - room);
    done = last && code != static_cast<std::size_t>(-1);
  }
  iconv_close(to);
  if (failed) return std::nullopt;
  return out;
}

}  // namespace

bool is_attributes_file(std::string_view path) {
  return path == kAttributesFile || path.ends_with("/.gitattributes");
}

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
           is_attributes_file(file.path) &&
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
    : repository_(repository),
      commit_(commit),
      lfs_(lfs_store(git_repository_path(repository))) {
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

Converted Attributes::converted(const std::string& path,
                                std::string_view content) const {
  const auto [filter, encoding, ident, eol, text, crlf] = values<6>(
      path,
      {"filter", "working-tree-encoding", "ident", "eol", "text", "crlf"});
  Converted out;
  if (filter == "lfs") {
    const auto pointer = lfs_pointer(content);
    if (!pointer) return {std::string(content), {}, false};
    auto whole = read_lfs(lfs_, *pointer);
    out.fetched = true;
    out.content = whole ? *std::move(whole) : std::string(content);
    if (!whole) out.lacks = Lacks::lfs;
    return out;
  }
  if (is_git_crypt(content)) return {std::string(content), Lacks::encrypted, false};
  out.content = ident == "true" ? with_ident(content) : std::string(content);
  // "crlf" is what "text" was called before 2010.
  const std::string& kind = text.empty() ? crlf : text;
  if (eol == "crlf" && kind != "false" &&
      (kind != "auto" || looks_like_lf_text(out.content))) {
    out.content = with_crlf(out.content);
  }
  if (is_set(encoding) && !is_utf8(encoding)) {
    if (auto encoded = in_encoding(out.content, encoding)) {
      out.content = *std::move(encoded);
    } else {
      out.lacks = Lacks::encoding;
    }
  }
  if (is_set(filter)) out.lacks = Lacks::filter;
  return out;
}

std::optional<Lacks> Attributes::lacks(const std::string& path,
                                       std::size_t size,
                                       const ReadContent& read) const {
  const auto [filter, encoding] =
      values<2>(path, {"filter", "working-tree-encoding"});
  if (filter == "lfs") {
    if (size > kLongestLfsPointer) return std::nullopt;
    const auto pointer = lfs_pointer(read());
    if (!pointer || pointer->size == 0 || in_lfs_store(lfs_, *pointer)) {
      return std::nullopt;
    }
    return Lacks::lfs;
  }
  if (is_set(filter)) {
    return is_git_crypt(read()) ? Lacks::encrypted : Lacks::filter;
  }
  if (is_set(encoding) && !is_utf8(encoding) &&
      !in_encoding(read(), encoding)) {
    return Lacks::encoding;
  }
  return std::nullopt;
}

}  // namespace rung::git
