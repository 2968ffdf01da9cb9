#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/gates/health_check.hpp"
#include "core/gates/probe.hpp"
#include "core/model/plan.hpp"

namespace rung {

/// The backing services of a plan (databases, stubs): each started once, on a
/// private port with a private data folder, ready when its gate says so, and
/// gone with this object or with rung. Thread-safe.
class Services {
 public:
  enum class Data { removed, kept };  ///< by ~Services
  /// `folder` is where data and logs go (made if absent); `cwd` is where start
  /// commands run: the plan's folder.
  Services(std::filesystem::path folder, std::filesystem::path cwd,
           MakeHealthCheck make_check, const Clock& clock,
           Data data = Data::removed);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// Starts those of `wanted` that do not run yet, side by side, and waits
  /// until they are ready. Throws AbortError naming the service, what it said
  /// last and its log file; Interrupted.
  void require(const std::vector<ServiceSpec>& wanted);
  /// Starts those again, on the same port and with the same data, that have
  /// ended since: whatever failed meanwhile may have failed for want of them.
  /// Returns their names. Throws as require() does.
  std::vector<std::string> revive();
  /// "services.NAME.port", ".host" and ".data_dir" of those that run.
  [[nodiscard]] std::map<std::string, std::string> addresses() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
