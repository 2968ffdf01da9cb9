#include <fmt/format.h>

#include "plans/env/dialect_reader.hpp"

// `docker run --env-file`: what stands behind the first "=" is the value, as
// it is. Source: docker/cli, pkg/kvfile and the "docker run" reference.
namespace rung::env {

void read_docker(Reading& in) {
  while (!in.done()) {
    const std::size_t begin = in.at;
    const auto end = std::min(in.text.find('\n', begin), in.text.size());
    in.at = end + 1;
    const auto line = trim_left(in.text.substr(begin, end - begin));
    if (line.empty() || line[0] == '#') continue;
    const auto equal = line.find('=');
    const auto name = line.substr(0, equal);
    if (name.find_first_of(" \t\v\f\r") != std::string_view::npos) {
      in.refuse(
          begin,
          "docker allows no white space before \"=\" (and no \"export\")");
    }
    if (equal == std::string_view::npos) {
      in.note(begin,
              "no \"=\": docker would take the value from its caller's "
              "environment, rung leaves it unset");
      continue;
    }
    if (name.empty()) in.refuse(begin, "no name before \"=\"");
    in.set(std::string(name), std::string(line.substr(equal + 1)), begin, end);
  }
}

}  // namespace rung::env
