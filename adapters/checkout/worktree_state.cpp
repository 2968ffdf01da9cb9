#include "adapters/checkout/worktree_state.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <type_traits>

#include "adapters/process/boot_id.hpp"

namespace rung::files {
namespace {

/// One byte begins each record. The file is read on the machine that wrote
/// it, so numbers stand in its own byte order.
enum Record : char {
  kBegin = 'B',
  kSet = 'S',
  kErase = 'E',
  kOverlay = 'O',
  kNoOverlay = 'N',
  kEnd = 'C',
};

template <class T>
requires std::is_arithmetic_v<T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put(std::string& out, const git_oid& id) {
  out.append(reinterpret_cast<const char*>(id.id), sizeof id.id);
}
void put(std::string& out, const std::string& text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

/// Reads what put() wrote; false at the first thing that is cut off.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }

  template <class T>
  requires std::is_arithmetic_v<T>
  bool take(T& value) { return take_bytes(&value, sizeof value); }
  bool take(git_oid& id) { return take_bytes(id.id, sizeof id.id); }
  bool take(std::string& text) {
    std::uint32_t size = 0;
    if (!take(size) || rest_.size() < size) return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

 private:
  bool take_bytes(void* out, std::size_t size) {
    if (rest_.size() < size) return false;
    std::memcpy(out, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

constexpr std::uint8_t kRacy = 1, kConverted = 2;

void put(std::string& out, const Tracked& tracked) {
  put(out, tracked.blob);
  put(out, static_cast<std::uint8_t>(tracked.kind));
  put(out, static_cast<std::uint8_t>((tracked.racy ? kRacy : 0) |
                                     (tracked.converted ? kConverted : 0)));
  put(out, tracked.stamp.modified);
  put(out, tracked.stamp.changed);
  put(out, tracked.stamp.inode);
  put(out, tracked.stamp.size);
}

bool take(Reader& in, Tracked& tracked) {
  std::uint8_t kind = 0, flags = 0;
  if (!in.take(tracked.blob) || !in.take(kind) || !in.take(flags) ||
      !in.take(tracked.stamp.modified) || !in.take(tracked.stamp.changed) ||
      !in.take(tracked.stamp.inode) || !in.take(tracked.stamp.size) ||
      kind > static_cast<std::uint8_t>(Kind::link)) {
    return false;
  }
  tracked.kind = static_cast<Kind>(kind);
  tracked.racy = (flags & kRacy) != 0;
  tracked.converted = (flags & kConverted) != 0;
  return true;
}

std::string end_record(const Snapshot& snapshot) {
  std::string out(1, kEnd);
  put(out, snapshot.commit.value_or(git_oid{}));
  put(out, static_cast<std::uint8_t>((snapshot.conversions ? 1 : 0) |
                                     (snapshot.fetched ? 2 : 0)));
  return out;
}

}  // namespace

SnapshotLog::SnapshotLog(std::filesystem::path file, std::string subject)
    : file_(std::move(file)) {
  put(header_, std::string("rung worktree 2"));
  put(header_, boot_id());
  put(header_, subject);
}

Snapshot SnapshotLog::load() {
  std::ostringstream all;
  all << std::ifstream(file_, std::ios::binary).rdbuf();
  const std::string bytes = std::move(all).str();
  auto snapshot = parse(bytes);
  if (snapshot) {
    log_ = FileDescriptor(open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    size_ = size_when_written_ = bytes.size();
    if (log_) return std::move(*snapshot);
  }
  restart();
  return {};
}

void SnapshotLog::restart() {
  rewrite({});
}

std::optional<Snapshot> SnapshotLog::parse(std::string_view bytes) const {
  if (!bytes.starts_with(header_)) return std::nullopt;
  Reader reader(bytes.substr(header_.size()));
  Snapshot snapshot;
  bool complete = false;
  std::string path;
  while (!reader.empty()) {
    char record = 0;
    Tracked tracked;
    git_oid commit{};
    std::uint8_t conversions = 0;
    reader.take(record);
    complete = false;
    switch (record) {
      case kBegin:
        break;
      case kSet:
        if (!reader.take(path) || !take(reader, tracked)) return std::nullopt;
        snapshot.files[path] = tracked;
        break;
      case kErase:
        if (!reader.take(path)) return std::nullopt;
        snapshot.files.erase(path);
        break;
      case kOverlay:
        if (!reader.take(path)) return std::nullopt;
        snapshot.overlay.insert(path);
        break;
      case kNoOverlay:
        snapshot.overlay.clear();
        break;
      case kEnd:
        if (!reader.take(commit) || !reader.take(conversions)) {
          return std::nullopt;
        }
        snapshot.commit = commit;
        snapshot.conversions = (conversions & 1) != 0;
        snapshot.fetched = (conversions & 2) != 0;
        complete = true;
        break;
      default:
        return std::nullopt;
    }
  }
  if (!complete) return std::nullopt;
  return snapshot;
}

void SnapshotLog::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(log_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno, "write", file_);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    size_ += static_cast<std::size_t>(n);
  }
}

void SnapshotLog::begin() {
  pending_.clear();  // of a change that failed
  append(std::string(1, kBegin));
}

std::int64_t SnapshotLog::now() const {
  struct stat status {};
  if (futimens(log_.get(), nullptr) != 0 || fstat(log_.get(), &status) != 0) {
    fail(errno, "write", file_);
  }
  return stamp_of(status).modified;
}

void SnapshotLog::set(const std::string& path, const Tracked& tracked) {
  pending_ += kSet;
  put(pending_, path);
  put(pending_, tracked);
}

void SnapshotLog::erase(const std::string& path) {
  pending_ += kErase;
  put(pending_, path);
}

void SnapshotLog::set_overlay(const std::set<std::string, std::less<>>& paths) {
  pending_ += kNoOverlay;
  for (const std::string& path : paths) {
    pending_ += kOverlay;
    put(pending_, path);
  }
}

void SnapshotLog::end(const Snapshot& snapshot) {
  pending_ += end_record(snapshot);
  append(pending_);
  pending_.clear();
  constexpr std::size_t kSmall = 1 << 20;
  if (size_ > 2 * size_when_written_ + kSmall) rewrite(snapshot);
}

void SnapshotLog::rewrite(const Snapshot& snapshot) {
  std::string bytes = header_;
  pending_.swap(bytes);
  for (const auto& [path, tracked] : snapshot.files) set(path, tracked);
  set_overlay(snapshot.overlay);
  if (snapshot.commit) pending_ += end_record(snapshot);
  pending_.swap(bytes);

  const std::filesystem::path next = file_.string() + ".new";
  log_ = FileDescriptor(
      open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!log_) fail(errno, "write", next);
  size_ = 0;
  append(bytes);
  if (rename(next.c_str(), file_.c_str()) != 0) fail(errno, "write", file_);
  size_when_written_ = size_;
}

}  // namespace rung::files
