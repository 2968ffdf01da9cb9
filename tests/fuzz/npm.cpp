#include "plans/requirements/npm.hpp"
#include "core/base/error.hpp"
#include "plans/requirements/npm_lock.hpp"
#include "plans/requirements/npm_range.hpp"
#include "plans/requirements/npm_write.hpp"
#include "plans/requirements/requirements.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

const std::string kManifest = "package.json";

void check_manifest(std::string_view text) {
  Requirements read;
  std::string written;
  try {
    read = parse_package_json(text, kManifest);
    written = write_package_json(read, text, kManifest, {{"a", "phase"}});
  } catch (const PlanError&) {
    return;
  }
  require(parse_package_json(written, kManifest) == read,
          "a manifest that is written is read back");
  require(
      write_package_json(read, written, kManifest, {{"a", "phase"}}) == written,
      "a manifest written twice is the same");
}

bool is_manifest(std::string_view text) {
  try {
    parse_package_json(text, kManifest);
    return true;
  } catch (const PlanError&) {
    return false;
  }
}

/// nullopt: it is refused.
std::optional<Requirements> lock_from(std::string_view text) {
  try {
    return parse_package_lock(text, "package-lock.json");
  } catch (const PlanError&) {
    return std::nullopt;
  }
}

void check_writing(const Release& release,
                   const std::map<std::string, std::string>& manifests) {
  std::map<std::string, std::string> files;
  try {
    locked_manifests(release.requirements, kManifest);
    files = write_locked(release, kManifest, manifests);
  } catch (const PlanError&) {
    return;  // nothing that npm would install
  }
  require(files == write_locked(release, kManifest, manifests),
          "equal releases make equal files");
  for (const auto& [path, content] : files) {
    if (path == kManifest) {
      parse_package_json(content, path);
    } else if (path == "package-lock.json") {
      parse_package_lock(content, path);
    }
  }
}

/// Every second package from the one release, every other from the other.
Release mixed(const Release& good, const Release& bad) {
  Release release = good;
  bool theirs = true;
  for (const auto& [name, value] : bad.requirements) {
    if (theirs) release.requirements[name] = value;
    theirs = !theirs;
  }
  return release;
}

void check_locks(const std::vector<std::string_view>& parts) {
  const auto first = lock_from(parts[0]);
  if (!first) return;
  std::map<std::string, std::string> manifests;
  if (parts.size() > 2 && is_manifest(parts[2]))
    manifests[kManifest] = parts[2];
  Release good, bad;
  good.requirements = *first;
  check_writing(good, manifests);
  const auto second = parts.size() > 1 ? lock_from(parts[1]) : std::nullopt;
  if (!second) return;
  bad.requirements = *second;
  share_locked(good, bad);
  check_writing(good, manifests);
  check_writing(bad, manifests);
  check_writing(mixed(good, bad), manifests);
  Release pinned = mixed(bad, good);
  pinned.config["build"] = "npm install --no-package-lock";
  check_writing(pinned, manifests);
}

/// A version and a range, each on a line.
void check_range(std::string_view input) {
  const auto version = first_line(input);
  const auto range = first_line(input);
  const auto fits = npm_satisfies(version, range);
  require(fits.has_value() == npm_satisfies("1.2.3", range).has_value(),
          "a range is one for every version");
  const auto either =
      npm_satisfies(version, std::string(range) + " || " + std::string(range));
  require(either == fits, "a range or the same is that range");
}

}  // namespace

// Lock files of a good and a bad release and the project's manifest, or any
// JSON in their places; or else a version and a range.
void npm(std::string_view input) {
  if (input.find('{') == input.npos) return check_range(input);
  const auto parts = parts_of(input);
  for (const auto part : parts) check_manifest(part);
  check_locks(parts);
}

}  // namespace rung::fuzz
