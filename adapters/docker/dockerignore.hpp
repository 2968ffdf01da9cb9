#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace rung {

/// The rules of a .dockerignore: one pattern a line, `*` and `?` within a
/// name, `**` over folders, `[a-z]`, `!` takes back; the last that matches a
/// path or a folder above it decides.
/// Source: docs.docker.com, "Build context", .dockerignore files.
class DockerIgnore {
 public:
  explicit DockerIgnore(std::string_view text);
  [[nodiscard]] bool leaves_out(std::string_view path) const;

 private:
  struct Rule {
    std::shared_ptr<const re2::RE2> pattern;
    bool back = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace rung
