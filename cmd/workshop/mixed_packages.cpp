#include "cmd/workshop/mixed_packages.hpp"

#include <algorithm>

#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/signature.hpp"
#include "plans/requirements/npm_write.hpp"

namespace rung {
namespace {

bool wrote(const Bundle& bundle, std::string_view name) {
  return std::any_of(bundle.files.begin(), bundle.files.end(),
                     [&](const auto& file) { return file.first.ends_with(name); });
}

bool says(std::string_view log, std::string_view word) {
  return log.find(word) != log.npos;
}

/// Whether a line says that the package is not found.
/// Sources: Node's and TypeScript's "Cannot find module 'x'", Node's "Cannot
/// find package 'x'", webpack's "Can't resolve 'x/y'", esbuild's "Could not
/// resolve "x"".
bool misses(std::string_view log, const std::string& package) {
  for (const char quote : {'\'', '"'}) {
    const std::string begin = quote + package;
    for (auto at = log.find(begin); at != log.npos;
         at = log.find(begin, at + 1)) {
      const auto after = log.substr(at + begin.size(), 1);
      if (after.empty() || (after[0] != quote && after[0] != '/')) continue;
      const auto start = log.rfind('\n', at) + 1;  // npos + 1 == 0
      const auto line = log.substr(start, at - start);
      if (says(line, "annot find") || says(line, "resolve")) return true;
    }
  }
  return false;
}

}  // namespace

Observation not_together(const std::string& why) {
  Observation seen;
  seen.verdict = Verdict::skip;
  seen.failure.emplace();
  seen.failure->stage = Stage::build;
  seen.failure->message = why;
  seen.failure->signature =
      signature(seen.failure->stage, seen.failure->cause, why);
  return seen;
}

void excuse_own_files(Observation& seen, std::string_view log,
                      const Release& release, const Bundle& bundle,
                      bool as_given) {
  if (seen.verdict != Verdict::bad || !seen.failure ||
      !wrote(bundle, "package.json")) {
    return;
  }
  std::string why;
  // Source: npm's documentation, "Common errors"; the codes are stable.
  if (says(log, "EUSAGE") && says(log, "npm ci")) {
    why = wrote(bundle, "package-lock.json") ||
                  wrote(bundle, "npm-shrinkwrap.json")
              ? "npm ci does not accept the lock file that rung wrote for this "
                "trial; use npm install as the build command"
              : "npm ci needs a lock file that agrees with package.json, and "
                "rung wrote package.json alone; give the package-lock.json of "
                "both releases, or use npm install as the build command";
  } else if (!as_given &&
             (says(log, "ERESOLVE") || says(log, "EOVERRIDE") ||
              says(log, "EBADPLATFORM"))) {
    why = "npm does not install these packages of two releases together";
  } else if (!as_given && (says(log, "annot find") || says(log, "resolve"))) {
    for (const std::string& package :
         no_longer_at_root(release, bundle.files)) {
      if (!misses(log, package)) continue;
      why = package +
            " comes with other packages in both releases, and with none of "
            "this trial; the project uses it without asking for it";
      break;
    }
  }
  if (why.empty()) return;
  const auto took = seen.duration;
  seen = not_together(why);
  seen.duration = took;
}

}  // namespace rung
