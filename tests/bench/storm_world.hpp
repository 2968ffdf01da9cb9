#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/fakes/git_repository.hpp"

namespace rung::bench {

/// A process of a round and what it is there for.
struct Member {
  enum class Kind { rung, launcher, keeper, supervisor, trial };
  pid_t pid;
  Kind kind;
};

/// What runs in or below `folder`, or was started with $RUNG_STORM = `mark`.
/// A zombie counts for nothing.
std::vector<Member> members(const std::filesystem::path& folder,
                            const std::string& mark);

struct Ended {
  int exit = 0;  ///< 128 + n: by signal n; -1: it hung, and was killed
  std::string out, talk;
  [[nodiscard]] nlohmann::json json() const;
};

/// rung in a process group of its own, with a home and a cache below `folder`.
class Running {
 public:
  Running(const std::vector<std::string>& arguments,
          const std::filesystem::path& folder, const std::string& mark);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool ended_within(std::chrono::microseconds at_most) const;
  Ended end(std::chrono::seconds deadline);

 private:
  std::filesystem::path folder_;
  pid_t pid_ = 0;
  int handle_ = -1;
};

/// An application of 13 commits, the ninth of which breaks it.
class App {
 public:
  explicit App(const std::filesystem::path& folder);
  [[nodiscard]] const std::filesystem::path& root() const {
    return repository_.root();
  }
  [[nodiscard]] const std::string& commit(std::size_t i) const {
    return commits_.at(i);
  }

 private:
  fakes::GitRepository repository_;
  std::vector<std::string> commits_;
};

/// One question to rung with a known answer.
class Scenario {
 public:
  enum class Kind { commits, variables, predicate, up, broken, fixed_port };
  static constexpr int kKinds = 6;

  Scenario(Kind kind, const App& app, std::filesystem::path folder,
           std::uint16_t port);
  /// Files, and what serves beforehand.
  void prepare(const std::string& mark) const;
  [[nodiscard]] std::vector<std::string> command() const;
  [[nodiscard]] bool right(const Ended& ended) const;
  [[nodiscard]] bool serves() const { return kind_ >= Kind::up; }
  [[nodiscard]] std::string plan() const { return folder_ / "plan.yaml"; }

 private:
  void write_plan(const std::string& third) const;
  Kind kind_;
  const App& app_;
  std::filesystem::path folder_;
  std::uint16_t port_;
};

const char* name_of(Scenario::Kind kind);

}  // namespace rung::bench
