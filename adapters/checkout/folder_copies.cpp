#include "adapters/checkout/folder_copies.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "adapters/checkout/trial_cache.hpp"
#include "adapters/process/file_text.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"
#include "core/text/hex.hpp"
#include "core/text/sha256.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr std::size_t kCopiesKept = 4;  // besides what is pinned
constexpr std::string_view kPin = ".pin";

[[noreturn]] void fail(const char* doing, const fs::path& path,
                       const std::error_code& error) {
  throw AbortError(
      fmt::format("{} {}: {}", doing, path.string(), error.message()));
}

bool is_apart(const PlainFolder& source, const fs::directory_entry& entry) {
  return std::any_of(
      source.apart.begin(), source.apart.end(), [&](const fs::path& file) {
        std::error_code error;
        return file.filename() == entry.path().filename() &&
               fs::equivalent(file, entry.path(), error);
      });
}

/// Calls `each` with every folder, file and link, in an order that depends on
/// names alone.
void walk(const PlainFolder& source, const fs::path& below,
          const std::function<void(const fs::path& relative,
                                   const fs::directory_entry&)>& each) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(source.folder / below, error), end;
       !error && it != end; it.increment(error)) {
    entries.push_back(*it);
  }
  if (error) fail("reading", source.folder / below, error);
  std::sort(entries.begin(), entries.end());
  for (const fs::directory_entry& entry : entries) {
    Interruption::check();
    const fs::path name = entry.path().filename();
    if (name == ".rung" || is_apart(source, entry)) continue;
    const fs::file_status status = entry.symlink_status(error);
    if (error) fail("reading", entry.path(), error);
    if (!fs::is_directory(status) && !fs::is_regular_file(status) &&
        !fs::is_symlink(status)) {
      continue;
    }
    each(below / name, entry);
    if (fs::is_directory(status)) walk(source, below / name, each);
  }
}

std::string content_hash(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 1 << 16> part{};
  Sha256 content;
  while (in.read(part.data(), part.size()) || in.gcount() > 0) {
    Interruption::check();
    content.add({part.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) {
    fail("reading", file, std::make_error_code(std::errc::permission_denied));
  }
  return content.digest();
}

/// Everything about a file, a folder or a link that counts.
std::string facts_of(const fs::directory_entry& entry) {
  if (entry.is_symlink()) {
    return "l" + fs::read_symlink(entry.path()).string();
  }
  if (entry.is_directory()) return "d";
  const auto runs = entry.status().permissions() & fs::perms::owner_exec;
  return (runs == fs::perms::none ? "f" : "x") + content_hash(entry.path());
}

/// It was used last now.
void touch(const fs::path& copy) {
  std::error_code error;
  fs::last_write_time(copy, fs::file_time_type::clock::now(), error);
}

void copy_files(const PlainFolder& source, const fs::path& to) {
  std::error_code made;
  fs::create_directories(to, made);
  if (made) fail("making", to, made);
  walk(source, "", [&](const fs::path& relative, const auto& entry) {
    std::error_code error;
    if (entry.is_symlink()) {
      fs::copy_symlink(entry.path(), to / relative, error);
    } else if (entry.is_directory()) {
      fs::create_directory(to / relative, entry.path(), error);
      // A folder that cannot be written is copied with what it holds.
      fs::permissions(to / relative, fs::perms::owner_all,
                      fs::perm_options::add, error);
    } else {
      fs::copy_file(entry.path(), to / relative, error);
    }
    if (error) fail("copying", entry.path(), error);
  });
}

}  // namespace

std::string PlainFolder::digest() const {
  Sha256 sum;
  const auto text = [&](const std::string& part) {
    sum.add(std::to_string(part.size()) + ":" + part);
  };
  walk(*this, "", [&](const fs::path& relative, const auto& entry) {
    text(relative.string());
    text(facts_of(entry));
  });
  return hex(sum.digest());
}

FolderCopies::FolderCopies(PlainFolder source, const fs::path& trials)
    : source_(std::move(source)), store_(trials / "folders") {}

std::string FolderCopies::take() {
  // Nothing is copied where nothing has changed.
  std::string digest = source_.digest();
  if (has(digest)) {
    touch(store_ / digest);
    return digest;
  }
  const fs::path made = store_ / fmt::format("new.{}", getpid());
  remove_whole(made);
  copy_files(source_, made);
  digest = PlainFolder{made, {}}.digest();
  std::error_code error;
  fs::rename(made, store_ / digest, error);
  if (error) remove_whole(made);  // another process was first
  touch(store_ / digest);
  trim();
  return digest;
}

void FolderCopies::trim() const {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> copies;
  std::set<std::string> pinned;
  for (const auto& entry : fs::directory_iterator(store_, error)) {
    if (entry.path().extension() == kPin) {
      pinned.insert(file_text(entry.path()));
    } else {
      copies.emplace_back(entry.last_write_time(error), entry.path());
    }
  }
  std::erase_if(copies, [&](const auto& copy) {
    return pinned.contains(copy.second.filename().string());
  });
  std::sort(copies.rbegin(), copies.rend());
  for (std::size_t i = kCopiesKept; i < copies.size(); ++i) {
    remove_whole(copies[i].second);
  }
}

void FolderCopies::pin(const std::string& name, const std::string& digest) {
  const fs::path file = store_ / (name + std::string(kPin));
  if (!replace_file(file, digest)) {
    fail("writing", file, std::error_code(errno, std::generic_category()));
  }
}

fs::path FolderCopies::at(const std::string& digest) {
  if (!has(digest) && take() != digest) refuse_changed(source_.folder);
  touch(store_ / digest);
  return store_ / digest;
}

void refuse_changed(const fs::path& folder) {
  throw AbortError(fmt::format(
      "the files of {} have changed since this release was made; run the "
      "command again, and keep them in git if rung is to bring them back",
      folder.string()));
}

bool FolderCopies::has(const std::string& digest) const {
  std::error_code error;
  return fs::exists(store_ / digest, error);
}

std::vector<std::string> FolderCopies::changed(const std::string& before,
                                               const std::string& after) const {
  if (!has(before) || !has(after)) return {};
  std::map<std::string, std::string> rest;
  walk({store_ / before, {}}, "", [&](const fs::path& path, const auto& entry) {
    rest[path.string()] = facts_of(entry);
  });
  std::vector<std::string> names;
  walk({store_ / after, {}}, "", [&](const fs::path& path, const auto& entry) {
    const auto earlier = rest.find(path.string());
    const bool same =
        earlier != rest.end() && earlier->second == facts_of(entry);
    if (!same && !entry.is_directory()) names.push_back(path.string());
    if (earlier != rest.end()) rest.erase(earlier);
  });
  for (const auto& [path, facts] : rest) {
    if (facts != "d") names.push_back(path);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void FolderCopies::copy(const std::string& digest, const fs::path& to) {
  const fs::path from = at(digest);
  remove_whole(to);
  copy_files({from, {}}, to);
}

}  // namespace rung
