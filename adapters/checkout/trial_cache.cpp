#include "adapters/checkout/trial_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

#include "adapters/process/environment.hpp"
#include "core/base/error.hpp"
#include "core/text/hex.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

// What programs look for in the folders above the one they run in.
constexpr std::array kMarks{
    ".git",           ".hg",           ".svn",           "package.json",
    "node_modules",   ".npmrc",        ".yarnrc",        ".yarnrc.yml",
    "pnpm-workspace.yaml", ".nvmrc",   ".env",           ".env.local",
    "pyproject.toml", "setup.py",      "setup.cfg",      "Pipfile",
    "requirements.txt", ".python-version", "Procfile",   "Dockerfile",
    "docker-compose.yml", "compose.yaml", "Gemfile",     "composer.json",
    "go.mod",         "go.work",       "Cargo.toml",     ".tool-versions",
    "mise.toml",      "tsconfig.json", "Makefile"};

constexpr auto kKept = std::chrono::hours(24 * 30);

std::string key_of(const std::string& text) {
  unsigned char sum[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum);
  return hex({reinterpret_cast<const char*>(sum), 8});
}

/// In the order in which they are tried.
std::vector<fs::path> usual_places() {
  std::vector<fs::path> places;
  const std::string xdg = own_variable("XDG_CACHE_HOME");
  if (fs::path(xdg).is_absolute()) places.push_back(fs::path(xdg) / "rung");
  const std::string home = own_variable("HOME");
  if (fs::path(home).is_absolute()) {
    places.push_back(fs::path(home) / ".cache" / "rung");
  }
  for (const char* folder : {"/var/tmp", "/tmp"}) {
    places.push_back(fs::path(folder) / fmt::format("rung-{}", geteuid()));
  }
  return places;
}

/// Makes a folder that is this user's alone; what went wrong otherwise.
std::string make_private_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (error) return error.message();
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::strerror(errno);
  }
  struct stat facts {};
  if (lstat(folder.c_str(), &facts) != 0) return std::strerror(errno);
  if (!S_ISDIR(facts.st_mode)) return "it is not a folder";
  if (facts.st_uid != geteuid()) return "it belongs to another user";
  if ((facts.st_mode & 077) != 0 && chmod(folder.c_str(), 0700) != 0) {
    return std::strerror(errno);
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) return std::strerror(errno);
  return "";
}

fs::path lock_file(const fs::path& folder) {
  return folder / "lock";
}

std::unique_ptr<FileLock> lock_of(const fs::path& folder, int how) {
  const int file = open(lock_file(folder).c_str(),
                        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return nullptr;
  if (flock(file, how | LOCK_NB) != 0) {
    close(file);
    return nullptr;
  }
  return std::make_unique<FileLock>(file);
}

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  auto it = fs::recursive_directory_iterator(
      folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    struct stat facts {};
    if (lstat(it->path().c_str(), &facts) != 0) continue;
    bytes += static_cast<std::uint64_t>(facts.st_blocks) * 512;
  }
  return bytes;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) {
      folders.push_back(entry.path());
    }
  }
  return folders;
}

struct Build {
  fs::path folder;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

/// Of one entry; not what serves (live-TARGET).
std::vector<Build> builds_in(const fs::path& entry) {
  std::vector<Build> builds;
  for (const fs::path& worker : folders_in(entry)) {
    if (worker.filename().string().starts_with("live-")) continue;
    for (const fs::path& build : folders_in(worker / "builds")) {
      std::error_code error;
      const auto used = fs::last_write_time(build / "built", error);
      Build found{build, used, 0};
      if (!error) {
        std::string format;
        std::ifstream(build / "built") >> format >> found.bytes;
      }
      builds.push_back(found);
    }
  }
  return builds;
}

}  // namespace

std::optional<std::string> project_above(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(folder, error);
  if (error) at = fs::absolute(folder);
  for (;; at = at.parent_path()) {
    for (const char* mark : kMarks) {
      if (fs::exists(fs::symlink_status(at / mark, error))) {
        return fmt::format("{} ({})", at.string(), mark);
      }
    }
    if (at == at.parent_path()) return std::nullopt;
  }
}

TrialPlace trial_place(const fs::path& chosen, const fs::path& state,
                       const fs::path& source) {
  std::vector<fs::path> places;
  if (!chosen.empty()) {
    places.push_back(fs::absolute(chosen).lexically_normal());
  } else {
    places = usual_places();
  }
  std::error_code unknown;
  const std::string about = fs::weakly_canonical(source, unknown).string() +
                            "\n" +
                            fs::weakly_canonical(state, unknown).string();
  std::string problem;
  std::optional<fs::path> first;
  TrialPlace place;
  for (const fs::path& candidate : places) {
    const auto project = project_above(candidate);
    if (project && chosen.empty()) {
      if (!first) {
        first = candidate;
        place.inside = *project;
      }
      continue;
    }
    const std::string wrong = make_private_folder(candidate);
    if (!wrong.empty()) {
      problem = fmt::format("{}: {}", candidate.string(), wrong);
      continue;
    }
    first = candidate;
    place.inside = project.value_or("");
    break;
  }
  if (first) {
    place.folder = *first / key_of(about);
    const std::string wrong = make_private_folder(*first);
    problem = fmt::format("{}: {}", place.folder.string(),
                          wrong.empty() ? make_private_folder(place.folder)
                                        : wrong);
    place.in_use = lock_of(place.folder, LOCK_SH);
  }
  if (!place.in_use) {
    throw AbortError(fmt::format(
        "making a folder for trials: {} (set XDG_CACHE_HOME, or trials: in "
        "the plan, to a folder that can be written)",
        problem));
  }
  std::ofstream(place.folder / "about", std::ios::trunc) << about << '\n';
  return place;
}

std::vector<CachedTrials> cached_trials(const fs::path& more) {
  std::vector<fs::path> places = usual_places();
  if (!more.empty()) places.push_back(fs::absolute(more));
  std::vector<CachedTrials> all;
  for (const fs::path& place : places) {
    for (const fs::path& entry : folders_in(place)) {
      CachedTrials trials{entry, "", 0};
      if (!std::getline(std::ifstream(entry / "about") >> std::ws,
                        trials.source)) {
        continue;  // not rung's
      }
      const bool known =
          std::any_of(all.begin(), all.end(), [&](const CachedTrials& other) {
            std::error_code error;
            return fs::equivalent(other.folder, entry, error);
          });
      if (known) continue;
      trials.bytes = bytes_below(entry);
      all.push_back(std::move(trials));
    }
  }
  return all;
}

bool is_in_use(const CachedTrials& trials) {
  std::error_code error;
  return fs::exists(lock_file(trials.folder), error) &&
         lock_of(trials.folder, LOCK_EX) == nullptr;
}

fs::path usual_trial_place(const fs::path& chosen) {
  if (!chosen.empty()) return fs::absolute(chosen).lexically_normal();
  const std::vector<fs::path> places = usual_places();
  for (const fs::path& place : places) {
    if (!project_above(place)) return place;
  }
  return places.front();
}

bool remove_cached(const CachedTrials& trials) {
  const auto lock = lock_of(trials.folder, LOCK_EX);
  if (!lock) return false;
  remove_whole(trials.folder);
  return true;
}

void trim_cache(const TrialPlace& place, std::uint64_t limit) {
  std::vector<Build> builds;
  std::uint64_t bytes = 0;
  const auto now = fs::file_time_type::clock::now();
  // Held until the end: nobody begins to use what may be removed.
  std::vector<std::unique_ptr<FileLock>> held;
  for (const fs::path& entry : folders_in(place.folder.parent_path())) {
    std::error_code error;
    const bool own = fs::equivalent(entry, place.folder, error);
    const auto used = fs::last_write_time(entry / "about", error);
    if (error) continue;  // not rung's
    auto lock = own ? nullptr : lock_of(entry, LOCK_EX);
    if (lock && now - used > kKept) {
      remove_whole(entry);
      continue;
    }
    const auto found = builds_in(entry);
    for (const Build& build : found) bytes += build.bytes;
    if (!own && !lock) continue;  // another rung is at work there
    builds.insert(builds.end(), found.begin(), found.end());
    if (lock) held.push_back(std::move(lock));
  }
  std::sort(builds.begin(), builds.end(),
            [](const Build& a, const Build& b) { return a.used < b.used; });
  for (const Build& build : builds) {
    if (bytes <= limit) break;
    remove_whole(build.folder);
    bytes -= build.bytes;
  }
}

void write_build_mark(const fs::path& mark, std::uint64_t bytes) {
  std::ofstream(mark, std::ios::trunc) << "1 " << bytes << '\n';
}

void remove_whole(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return;
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, error);
  auto it = fs::recursive_directory_iterator(folder, error);
  for (; !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all,
                      fs::perm_options::add, ignored);
    }
  }
  fs::remove_all(folder, error);
}

}  // namespace rung
