#include "plans/text_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/error.hpp"

namespace rung {

std::string read_text_file(const std::filesystem::path& file,
                           std::size_t at_most) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    throw PlanError(fmt::format("{}: there is no such file", file.string()));
  }
  if (std::filesystem::is_directory(status)) {
    throw PlanError(fmt::format("{}: a folder, not a file; name a file in it", file.string()));
  }
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw PlanError(fmt::format("{}: cannot be read: {}", file.string(),
                                std::strerror(errno)));
  }
  // Read in pieces: what is named may be a device or pipe with no size.
  std::string text;
  char piece[65536];
  while (in.read(piece, sizeof piece) || in.gcount() > 0) {
    text.append(piece, static_cast<std::size_t>(in.gcount()));
    if (text.size() > at_most) {
      throw PlanError(
          fmt::format("{}: larger than {} KiB, which is not "
                      "expected of such a file",
                      file.string(), at_most / 1024));
    }
  }
  return text;
}

}  // namespace rung
