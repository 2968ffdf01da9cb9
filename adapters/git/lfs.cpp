#include "adapters/git/lfs.hpp"

#include <charconv>
#include <fstream>

#include "adapters/git/error.hpp"
#include "core/text/hex.hpp"
#include "core/text/sha256.hpp"

namespace fs = std::filesystem;

namespace rung::git {
namespace {

fs::path path_in(const fs::path& store, const LfsPointer& pointer) {
  return store / "objects" / pointer.oid.substr(0, 2) /
         pointer.oid.substr(2, 2) / pointer.oid;
}

}  // namespace

std::optional<LfsPointer> lfs_pointer(std::string_view text) {
  if (!text.starts_with(kLfsPointer) || text.size() > kLongestLfsPointer) {
    return std::nullopt;
  }
  LfsPointer pointer;
  bool has_size = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    constexpr std::string_view kOid = "oid sha256:", kSize = "size ";
    if (line.starts_with(kOid)) {
      pointer.oid = line.substr(kOid.size());
    } else if (line.starts_with(kSize)) {
      line.remove_prefix(kSize.size());
      const char* end = line.data() + line.size();
      has_size = std::from_chars(line.data(), end, pointer.size).ptr == end;
    }
  }
  if (pointer.oid.size() != 64 || !is_hex(pointer.oid) || !has_size) {
    return std::nullopt;
  }
  return pointer;
}

fs::path common_dir(const fs::path& git_dir) {
  std::ifstream in(git_dir / "commondir");
  std::string line;
  if (!in || !std::getline(in, line)) return git_dir;
  return fs::weakly_canonical(git_dir / line);
}

fs::path lfs_store(const fs::path& git_dir) {
  const fs::path common = common_dir(git_dir);
  git_config* raw = nullptr;
  if (git_config_open_ondisk(&raw, (common / "config").c_str()) == 0) {
    const Config config(raw);
    Buffer value;
    if (git_config_get_string_buf(&value, raw, "lfs.storage") == 0) {
      return common / std::string(value.text());
    }
  }
  return common / "lfs";
}

bool in_lfs_store(const fs::path& store, const LfsPointer& pointer) {
  std::error_code error;
  const auto size = fs::file_size(path_in(store, pointer), error);
  return !error && size == pointer.size;
}

std::optional<std::string> read_lfs(const fs::path& store,
                                    const LfsPointer& pointer) {
  if (pointer.size == 0) return std::string();
  if (!in_lfs_store(store, pointer)) return std::nullopt;
  std::ifstream in(path_in(store, pointer), std::ios::binary);
  std::string content(pointer.size, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!in || hex(sha256(content)) != pointer.oid) return std::nullopt;
  return content;
}

}  // namespace rung::git
