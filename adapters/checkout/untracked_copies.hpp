#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rung {

/// What git does not know in a work tree and does not ignore (a check.sh
/// nobody committed), copied into a checkout: a predicate finds it there, and
/// whatever it does to it stays in the checkout.
class UntrackedCopies {
 public:
  /// `root`: of the user's work tree.
  explicit UntrackedCopies(std::filesystem::path root);
  /// Makes the copies in `checkout` as they were when rung began, where no
  /// committed file has the name. Throws PlatformError.
  void put_into(const std::filesystem::path& checkout);
  /// What is not copied because it is too large (256 MiB, 20,000 files in
  /// all), relative to the root.
  [[nodiscard]] const std::vector<std::string>& left_out() const {
    return left_out_;
  }
  /// The same for people, in one line; "" = all were copied.
  [[nodiscard]] std::string note() const;

 private:
  struct Stamp {
    std::int64_t modified = 0, changed = 0;
    std::uint64_t size = 0, inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  static Stamp stamp(const std::filesystem::path& file);
  void put_file(const std::string& path, const std::filesystem::path& checkout);

  std::filesystem::path root_;
  std::vector<std::string> files_, left_out_;
  std::map<std::string, Stamp> copied_;  ///< of the copies, when made
};

}  // namespace rung
