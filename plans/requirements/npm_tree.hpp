#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plans/requirements/npm_text.hpp"

// Inside of npm_write.cpp: what lies where in node_modules.
namespace rung::npm {

/// path -> entry of a lock file.
using Entries = std::map<std::string, Json>;

/// A manifest's folder -> package -> section -> range.
using Wants = std::map<std::string,
                       std::map<std::string, std::map<std::string, std::string>>>;

/// Without the "npm:NAME@" that an alias has in lock files of version 1.
std::string version_of_entry(const Json& entry);
/// It came inside of another package.
bool is_bundled(const Json& entry);
/// The package, or the manifest's folder, that the one at `path` lies below; ""
/// = the project.
std::string folder_above(const std::string& path);
/// Whether the entry at `target` is in `range`; nullopt: only npm can tell.
std::optional<bool> is_asked_for(const Json& found, const std::string& target,
                                 std::string_view range);

/// A package that a trial installs.
struct Place {
  Json entry;
  std::size_t side = 0;  ///< whose: index into Tree's sides
  std::string from;      ///< where it lies there
};

/// One lock file, whole.
struct LockSide {
  Entries entries;
  Wants wants;
};

/// A tree of packages that come from several lock files. Where one does not
/// find what it needs, it gets it from its own lock file, beside it or below
/// it; what lies deeper than it has to moves up (npm_hoist.cpp), as with npm.
class PackageTree {
 public:
  PackageTree(std::map<std::string, Place> places, Wants wants,
              std::vector<LockSide> sides)
      : places_(std::move(places)),
        wants_(std::move(wants)),
        sides_(std::move(sides)) {}

  /// Leaves the packages of one lock file where they are. Throws
  /// CannotCombine: there is no such tree.
  void complete();
  /// Sets dev, optional, devOptional and peer as npm does.
  void set_flags();
  struct Need {
    std::string by;      ///< name of the package that needs it
    std::string name;
    std::string target;  ///< where it is found
    bool bent = false;   ///< it is not what is asked for
  };
  /// Of all packages; what the project itself needs is not among them.
  [[nodiscard]] std::vector<Need> needs() const;
  [[nodiscard]] const std::map<std::string, Place>& places() const {
    return places_;
  }

 private:
  struct Edge {
    std::string name, range;
    bool dev = false, optional = false, peer = false;
  };

  struct Asker {
    std::string path;
    Edge edge;
  };
  /// By the name that they ask for.
  using Askers = std::map<std::string, std::vector<Asker>>;

  [[nodiscard]] std::vector<Edge> edges(const std::string& path,
                                        const Place* place) const;
  [[nodiscard]] std::vector<Edge> manifest_edges(const Wants& wants,
                                                 const std::string& path) const;
  [[nodiscard]] std::set<std::string> reached() const;
  [[nodiscard]] bool fits(const std::string& path, const Place* place,
                          const Edge& edge, const std::string& target) const;
  void settle();
  void drop_the_lost();
  bool mend(const std::string& path, const Edge& edge,
            const std::string& found);
  bool mend_below(const std::string& path, const Edge& edge);
  bool mend_beside(const std::string& path, const Edge& edge);
  std::vector<std::string> put(const std::string& path, std::size_t side,
                               const std::string& from);
  std::map<std::string, Place> take(const std::string& path);

  [[nodiscard]] bool is_as_given() const;
  [[nodiscard]] bool is_movable(const std::string& path) const;
  bool hoist();
  bool raise(const std::string& name, Askers& askers);
  bool move(const std::string& from, const std::string& to, Askers& askers);
  void drop_copies(const std::string& spot, Askers& askers);

  std::map<std::string, Place> places_;
  bool given_ = false;  ///< all lies as in one of the lock files
  Wants wants_;
  std::vector<LockSide> sides_;
};

/// Where Node finds `name` from the package at `path`: "" = nowhere.
template <class Map>
std::string resolved_from(const Map& places, const std::string& path,
                          const std::string& name, bool beside = false) {
  std::string at = path;
  const auto up = [&] {
    const auto cut = at.rfind('/');
    at = cut == at.npos ? "" : at.substr(0, cut);
  };
  const auto skip = [&] {
    while (at == "node_modules" || at.ends_with("/node_modules")) up();
  };
  if (beside && !at.empty()) {
    up();
    if (at.substr(at.rfind('/') + 1).starts_with('@')) up();  // of a scope
  }
  for (;;) {
    skip();
    const std::string candidate =
        (at.empty() ? "" : at + "/") + "node_modules/" + name;
    if (places.contains(candidate)) return candidate;
    if (at.empty()) return "";
    up();
  }
}

}  // namespace rung::npm
