#pragma once

#include <string>
#include <string_view>

namespace rung {

/// Who made a thing on a platform, as labels tell it: while one of these is
/// around, the run it names is alive; so it is known, also after a crash,
/// whether what is found is a leftover or in use.
class RunMark {
 public:
  enum class Fate {
    living,     ///< this process, or another on this machine
    gone,       ///< nobody will ever come back for it
    elsewhere,  ///< made on another machine: this one cannot tell
  };

  explicit RunMark(std::string run);
  ~RunMark();
  RunMark(const RunMark&) = delete;
  RunMark& operator=(const RunMark&) = delete;

  [[nodiscard]] const std::string& run() const { return run_; }
  /// For a label beside the run's name: machine, boot, process, its start.
  [[nodiscard]] static std::string process();
  [[nodiscard]] static Fate fate(const std::string& run,
                                 std::string_view process);

 private:
  std::string run_;
};

}  // namespace rung
