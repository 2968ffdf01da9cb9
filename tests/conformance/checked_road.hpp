#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "tests/fakes/api_server.hpp"
#include "tests/fakes/prism.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::conformance {

/// Where every call goes on its way to a platform's fake: through Prism with
/// the platform's own description, if both are there. One a platform for the
/// whole process, as Prism takes ten seconds to start.
class CheckedRoad {
 public:
  static CheckedRoad& to_render();
  static CheckedRoad& to_cloudrun();

  /// To the fake, whose answer it is; 418 where Prism objects to either.
  fakes::ApiAnswer travel(const fakes::ApiCall& call);
  /// {} = nowhere: connections are reset.
  void leads_to(fakes::ApiHandler fake);
  /// "" = Prism checks what passes; else why it does not.
  [[nodiscard]] const std::string& unchecked() const { return unchecked_; }
  /// Calls that Prism had no objection to.
  [[nodiscard]] std::size_t checked() const { return checked_; }

 private:
  /// `description` makes the file that Prism reads in a folder; it may return
  /// the path of one that is not there.
  using Description = std::function<std::filesystem::path(
      const std::filesystem::path& folder)>;
  CheckedRoad(std::string platform, const Description& description);

  std::string platform_;
  fakes::TempFolder folder_;
  std::mutex mutex_;
  fakes::ApiHandler fake_;
  std::unique_ptr<fakes::ApiServer> end_;
  std::unique_ptr<fakes::Prism> prism_;
  std::string unchecked_;
  std::atomic<std::size_t> checked_ = 0;
};

}  // namespace rung::conformance
