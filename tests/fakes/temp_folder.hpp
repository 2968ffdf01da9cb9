#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace rung::fakes {

/// An empty folder that is removed with all it holds.
class TempFolder {
 public:
  /// Below `where`; "" = the system's folder for such.
  explicit TempFolder(const std::filesystem::path& where = {}) {
    std::string name =
        ((where.empty() ? std::filesystem::temp_directory_path() : where) /
         "rung-test-XXXXXX")
            .string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("cannot make " + name);
    }
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rung::fakes
