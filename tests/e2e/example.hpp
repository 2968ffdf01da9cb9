#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/text_of.hpp"

namespace rung::e2e {

using fakes::text_of;

/// Processes that work in `folder`, run from it, or were told of it.
inline std::set<std::string> processes_of(const std::filesystem::path& folder) {
  std::set<std::string> found;
  std::error_code gone;  // processes end while they are looked at
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != pid.npos) continue;
    const std::string cwd = std::filesystem::read_symlink(entry.path() / "cwd", gone);
    const std::string told = text_of(entry.path() / "environ") +
                             text_of(entry.path() / "cmdline");
    if (cwd.rfind(folder.string(), 0) == 0 ||
        told.find(folder.string()) != told.npos) {
      found.insert(pid + " " + text_of(entry.path() / "comm"));
    }
  }
  return found;
}

/// An example in a folder of its own; what it started is stopped at the end.
class Example {
 public:
  explicit Example(const std::string& name) {
    const std::filesystem::path script =
        std::filesystem::path(RUNG_SOURCE_DIR) / "plans" / "examples" / name / "make-history";
    const Result made = ran({script.string(), folder().string()}, "/");
    INFO(made.log);
    REQUIRE(made.exit == 0);
  }
  ~Example() { here({"stop", "plan.yaml"}); }
  Example(const Example&) = delete;
  Example& operator=(const Example&) = delete;

  [[nodiscard]] std::filesystem::path folder() const { return folder_.path() / "it"; }
  /// As from a shell: what it leaves serving goes on serving.
  Result here(const std::vector<std::string>& arguments) {
    return RunningRung(arguments, folder()).result();
  }
  Result climb() { return here({"climb", "plan.yaml", "--json"}); }
  Result bisect(const std::vector<std::string>& ends) {
    std::vector<std::string> arguments = {"bisect", "plan.yaml", "--json"};
    arguments.insert(arguments.end(), ends.begin(), ends.end());
    return here(arguments);
  }
  void copy(const std::string& from, const std::string& to) {
    std::filesystem::copy_file(folder() / from, folder() / to,
                  std::filesystem::copy_options::overwrite_existing);
  }

  /// What `rung status` says is serving; checks that it answers there.
  nlohmann::json check_serving() {
    const Result status = here({"status", "plan.yaml", "--json"});
    const auto json = status.json();
    INFO(status.log);
    REQUIRE(json["serving"].size() == 1);
    CHECK_FALSE(json["known_good"].empty());
    const std::string url = json["serving"][0]["url"];
    const Result answer =
        ran({"curl", "-fsS", "--max-time", "10", url + "/health"}, "/");
    INFO(answer.log);
    CHECK(answer.exit == 0);
    return json["serving"][0];
  }
  void check_all_ended() {
    CHECK(here({"stop", "plan.yaml"}).exit == 0);
    CHECK(processes_of(folder()) == std::set<std::string>{});
  }

 private:
  fakes::TemporaryFolder folder_;
};

}  // namespace rung::e2e
