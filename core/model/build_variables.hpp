#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rung {

/// Which of the release's variables its build gets, and which of them it may
/// read: `build: {env: ...}` of a plan.
struct BuildEnv {
  enum class Reads {
    named,  ///< gets all; reads those that BuildWords finds, and `more`
    all,    ///< gets and reads all
    none,   ///< gets none
  };
  Reads reads = Reads::named;
  /// What the plan lists: read as well, also when it is a secret. "APP_*"
  /// stands for all that begin so.
  std::set<std::string> more;

  [[nodiscard]] bool lists(std::string_view name) const;
  /// "named", "all", "none" and the list: equal texts decide equally.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const BuildEnv&, const BuildEnv&) = default;
};

/// "all", "none", or names with commas or blanks between them.
BuildEnv build_env_from(std::string_view text);

/// The words of a build command and of the files it reads.
class BuildWords {
 public:
  /// A file below the deployed folder; nullopt = there is none.
  using ReadFile =
      std::function<std::optional<std::string>(const std::string& path)>;
  BuildWords(std::string_view command, const ReadFile& read);

  /// Whether the build may read this variable: a word of it, or one that
  /// build tools read by themselves (NODE_ENV, VITE_*, ...).
  [[nodiscard]] bool may_read(std::string_view name) const;

 private:
  std::set<std::string, std::less<>> words_;
};

/// What a build gets of `env`: all of it, but for secrets that nobody listed.
std::map<std::string, std::string> seen_by_build(
    const std::map<std::string, std::string>& env,
    const std::set<std::string>& secrets, const BuildEnv& choice);

/// What of that may decide what the build makes.
std::map<std::string, std::string> read_by_build(
    const std::map<std::string, std::string>& env,
    const std::set<std::string>& secrets, const BuildEnv& choice,
    const std::function<bool(const std::string&)>& may_read);

}  // namespace rung
