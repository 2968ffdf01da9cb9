#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rung {

/// Which of the release's variables its build gets, and which of them it can
/// read: `build: {env: ...}` of a plan.
struct BuildEnv {
  enum class Reads {
    named,  ///< gets all; reads those that BuildWords finds, and `more`
    all,    ///< gets and reads all
    none,   ///< gets none
  };
  Reads reads = Reads::named;
  /// Variables that the plan lists: the build reads them too, even secrets.
  /// "APP_*" stands for all names that begin with APP_.
  std::set<std::string> more;

  [[nodiscard]] bool lists(std::string_view name) const;
  /// "named", "all" or "none", and the list. Equal texts mean equal decisions.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const BuildEnv&, const BuildEnv&) = default;
};

/// "all", "none", or names with commas or blanks between them.
BuildEnv build_env_from(std::string_view text);

/// The words of a build command and of the files it reads.
class BuildWords {
 public:
  /// Reads a file below the deployed folder; nullopt = no such file.
  using ReadFile =
      std::function<std::optional<std::string>(const std::string& path)>;
  BuildWords(std::string_view command, const ReadFile& read);

  /// Whether the build can read this variable: it is one of these words, or
  /// build tools read it by themselves (NODE_ENV, VITE_*, ...). Any variable,
  /// if the build names more than 100 files or a file over 1 MiB.
  [[nodiscard]] bool may_read(std::string_view name) const;

 private:
  std::set<std::string, std::less<>> words_;
  bool all_read_ = true;
};

/// The part of `env` that a build gets: everything except secrets that the plan
/// does not list.
std::map<std::string, std::string> seen_by_build(
    const std::map<std::string, std::string>& env,
    const std::set<std::string>& secrets, const BuildEnv& choice);

/// The part of that which can affect the result of the build.
std::map<std::string, std::string> read_by_build(
    const std::map<std::string, std::string>& env,
    const std::set<std::string>& secrets, const BuildEnv& choice,
    const std::function<bool(const std::string&)>& may_read);

}  // namespace rung
