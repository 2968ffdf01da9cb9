#pragma once

#include <string>
#include <string_view>

namespace rung {

/// Identifies the run that made an object on a platform, for labels. While a
/// RunMark exists, the run that it names is alive. So even after a crash rung
/// can tell a leftover from an object in use.
class RunMark {
 public:
  enum class Fate {
    living,     ///< this process, or another on this machine
    gone,       ///< the run is dead; nobody needs its objects
    elsewhere,  ///< on another machine: this one cannot tell
  };

  explicit RunMark(std::string run);
  ~RunMark();
  RunMark(const RunMark&) = delete;
  RunMark& operator=(const RunMark&) = delete;

  [[nodiscard]] const std::string& run() const { return run_; }
  /// Text for a label beside the run's name: machine, boot, process, its start.
  [[nodiscard]] static std::string process();
  [[nodiscard]] static Fate fate(const std::string& run,
                                 std::string_view process);

 private:
  std::string run_;
};

}  // namespace rung
