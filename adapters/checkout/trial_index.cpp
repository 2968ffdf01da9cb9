#include "adapters/checkout/trial_index.hpp"

#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>

namespace rung::files {
namespace {

constexpr std::uint16_t kAssumeValid = 0x8000, kExtended = 0x4000,
                        kLongestName = 0x0FFF;
constexpr std::uint16_t kSkipWorktree = 0x4000;  // of the extended flags

struct Line {
  const git_oid* id = nullptr;
  std::uint32_t mode = 0;
  const Stamp* stamp = nullptr;  ///< nullptr: not checked out
  bool assume_valid = false;
};

void put32(std::string& out, std::uint64_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> shift) & 0xFF);
  }
}
void put16(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xFF);
}
void put_time(std::string& out, std::int64_t ns) {
  const auto time = static_cast<std::uint64_t>(ns);
  put32(out, time / 1'000'000'000);
  put32(out, time % 1'000'000'000);
}

void put_line(std::string& out, const std::string& name, const Line& line) {
  const std::size_t begin = out.size();
  if (line.stamp != nullptr) {
    put_time(out, line.stamp->changed);
    put_time(out, line.stamp->modified);
    put32(out, 0);  // device: git compares it only where asked to
    put32(out, line.stamp->inode);
  } else {
    out.append(24, '\0');
  }
  put32(out, line.mode);
  static const uid_t user = geteuid();
  static const gid_t group = getegid();
  put32(out, line.stamp != nullptr ? user : 0);
  put32(out, line.stamp != nullptr ? group : 0);
  put32(out, line.stamp != nullptr
                 ? static_cast<std::uint64_t>(line.stamp->size)
                 : 0);
  out.append(reinterpret_cast<const char*>(line.id->id), sizeof line.id->id);
  auto flags = static_cast<std::uint16_t>(
      std::min<std::size_t>(name.size(), kLongestName));
  if (line.assume_valid) flags |= kAssumeValid;
  if (line.stamp == nullptr) flags |= kExtended;
  put16(out, flags);
  if (line.stamp == nullptr) put16(out, kSkipWorktree);
  out += name;
  out.append(8 - (out.size() - begin) % 8, '\0');
}

std::uint32_t mode_of(Kind kind) {
  if (kind == Kind::link) return GIT_FILEMODE_LINK;
  return kind == Kind::executable ? GIT_FILEMODE_BLOB_EXECUTABLE
                                  : GIT_FILEMODE_BLOB;
}

}  // namespace

std::string index_bytes(const Snapshot& snapshot, const std::string& path,
                        const std::vector<git::FileChange>& others) {
  // Both are in byte order, as an index is.
  std::string out = "DIRC";
  out.reserve((snapshot.files.size() + others.size()) * 110);
  put32(out, 3);
  put32(out, 0);  // how many, known below
  std::uint64_t count = 0;
  auto other = others.begin();
  std::vector<std::string> submodules;  // their files are their own affair
  const auto put_others_before = [&](const std::string* name) {
    for (; other != others.end() && (name == nullptr || other->path <= *name);
         ++other) {
      if (!other->after || (name != nullptr && other->path == *name)) continue;
      put_line(out, other->path,
               {&other->after->id, other->after->mode, nullptr, false});
      ++count;
      if (other->after->is_submodule()) submodules.push_back(other->path + '/');
    }
  };
  for (const auto& [file, tracked] : snapshot.files) {
    const std::string name = path.empty() ? file : path + '/' + file;
    put_others_before(&name);
    if (std::any_of(submodules.begin(), submodules.end(),
                    [&](const auto& top) { return name.starts_with(top); })) {
      continue;
    }
    put_line(out, name,
             {&tracked.blob, mode_of(tracked.kind), &tracked.stamp,
              snapshot.overlay.contains(file)});
    ++count;
  }
  put_others_before(nullptr);
  for (int i = 0; i < 4; ++i) {
    out[8 + static_cast<std::size_t>(i)] =
        static_cast<char>((count >> (24 - 8 * i)) & 0xFF);
  }
  unsigned char sum[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(out.data()), out.size(), sum);
  out.append(reinterpret_cast<const char*>(sum), sizeof sum);
  return out;
}

}  // namespace rung::files
