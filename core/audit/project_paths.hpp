#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/imports.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// The files of a project, found as programs name them.
class ProjectPaths {
 public:
  explicit ProjectPaths(std::span<const SourceText> files);

  /// nullptr = there is none.
  [[nodiscard]] const SourceText* file(std::string_view path) const;
  /// What Node takes for a path: "server" is server.js, "lib" lib/index.js,
  /// and of what a build makes, the source: "dist/a.js" is src/a.ts.
  [[nodiscard]] const SourceText* of_node(std::string_view path) const;
  /// The file of a module of Python: "a.b" below one of `folders`.
  [[nodiscard]] const SourceText* of_python(std::string_view module,
                                            std::string_view folder) const;

 private:
  [[nodiscard]] const SourceText* with_ending(const std::string& path) const;

  std::map<std::string, const SourceText*, std::less<>> files_;
};

/// What a file imports of its own project.
struct LocalImports {
  std::vector<const SourceText*> files;
  /// It imports more that is its own and was not found.
  bool incomplete = false;
};

/// `sure`: without what it tries, or imports in a function.
LocalImports local_imports(const SourceText& file, const ProjectPaths& paths,
                           bool sure = false);

/// What stands before the last slash; "" = nothing.
std::string_view folder_of(std::string_view path);

}  // namespace rung
