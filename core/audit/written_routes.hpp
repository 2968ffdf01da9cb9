#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/variables/project_reads.hpp"
#include "core/variables/tokens.hpp"

namespace rung {

/// A route that is written out: `app.get("/health", ...)`.
struct WrittenRoute {
  std::string path, place;
  /// It may stand below a path that is written elsewhere.
  bool below = false;
};

/// The routes of a source in Python, Node.js or Go.
struct WrittenRoutes {
  std::vector<WrittenRoute> routes;
  /// There may be routes that are written nowhere: a path that is put together,
  /// a package or a function that answers what comes.
  bool open = false;
};

WrittenRoutes routes_of(const SourceText& file, const Tokens& tokens,
                        Language language);

/// Whether a route takes a path, with a value for each `:name`, `{name}`,
/// `<name>` and `*`.
bool takes_path(const WrittenRoute& route, std::string_view path);

}  // namespace rung
