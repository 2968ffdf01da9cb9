#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace rung {

/// Copies untracked files of a work tree that git does not ignore (an
/// uncommitted check.sh) into a checkout. A predicate finds them there, and its
/// changes stay in the checkout.
class UntrackedCopies {
 public:
  /// `root`: root of the user's work tree.
  explicit UntrackedCopies(std::filesystem::path root);
  /// Copies the files into `checkout` as they were when rung started, except
  /// where the commit that stands there has a file at, above or below the path;
  /// `is_committed` tells, for a path relative to the root. Copies of earlier
  /// runs whose file was changed or removed since go. CHECKOUT.copies remembers
  /// what was copied. Throws PlatformError.
  void put_into(const std::filesystem::path& checkout,
                const std::function<bool(const std::string&)>& is_committed);
  /// Whether it copies this file, relative to the root.
  [[nodiscard]] bool holds(const std::string& path) const;
  /// Files that are too large to copy (256 MiB, 20,000 files in all), relative
  /// to the root.
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
  struct Copy {
    Stamp from, to;  ///< when it was made
  };
  /// As CHECKOUT.copies has them; of anything else, the copy of no file.
  static std::vector<std::int64_t> numbers_of(const Copy& copy);
  static Copy copy_from(const nlohmann::json& numbers);
  static Stamp stamp(const std::filesystem::path& file);
  void remember_earlier(
      const std::filesystem::path& checkout,
      const std::function<bool(const std::string&)>& is_committed);
  void keep_in_mind(const std::filesystem::path& checkout) const;
  void put_file(const std::string& path, const std::filesystem::path& checkout);

  std::filesystem::path root_;
  std::vector<std::string> files_, left_out_;
  std::map<std::string, Copy> copied_;
  bool begun_ = false;  ///< what earlier runs copied is known
};

}  // namespace rung
