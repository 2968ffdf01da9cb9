#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rung {

/// Takes a worker's folder out of a text: "builds/KEY/tree/app.py" and
/// "checkout/app.py" in it are "app.py" of the release. Each worker and build
/// has a folder of its own, and one failure would look like several.
class WithoutFolder {
 public:
  explicit WithoutFolder(const std::filesystem::path& work);
  std::string operator()(std::string text) const;

 private:
  std::vector<std::string> below_;
};

}  // namespace rung
