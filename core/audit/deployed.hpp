#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rung {

/// Something that a plan or a file for a platform says, and where.
struct Statement {
  std::string text;
  std::string place;  ///< FILE:LINE, or FILE
};

/// What is known of how a project is deployed, as far as files say so.
struct Deployed {
  std::vector<Statement> starts;  ///< command lines of the web service
  std::vector<Statement> health;  ///< paths that are asked; begin with "/"
  /// The port that is routed to, where it is a number.
  std::optional<std::uint16_t> port;
  std::string port_place;
  bool sets_port = true;  ///< PORT is set: by the platform or a release
  /// "render", "cloudrun", ...; "" = it is not known.
  std::string platform;
  /// The plan says that what it deploys is reached from another machine or
  /// container.
  bool certain = false;
};

}  // namespace rung
