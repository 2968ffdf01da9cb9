#pragma once

#include <string>
#include <string_view>

#include "core/model/verdict.hpp"

namespace rung {

/// What the engine's stream of a build or a pull said.
struct DockerStream {
  std::string log;  ///< for people, at most the last 1 MiB
  std::string image_id;
  std::string error;   ///< "" = none
  int error_code = 0;  ///< of a RUN step; 0 = none
  /// Pieces as they come, cut anywhere.
  void feed(std::string_view bytes);
  void finish();

 private:
  void line(std::string_view text);
  std::string rest_;
};

/// What a failed build says of the release. Throws PlatformError for what is
/// the registry's or the network's, AbortError for what the engine lacks.
Failure build_failure(const std::string& error, int code);

}  // namespace rung
