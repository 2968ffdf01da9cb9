#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rung {

/// A tar in memory, written by libarchive, which is loaded with the first of
/// them: it and what it needs (libxml2, ICU, ...) would add a millisecond to
/// every start of rung, and only images are built with it. Throws AbortError.
class Tar {
 public:
  Tar();
  ~Tar();
  void file(const std::string& path, std::string_view content,
            bool executable);
  void link(const std::string& path, const std::string& to);
  /// The whole of it. REQUIRES: called once, last.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
