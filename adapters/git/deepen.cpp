#include "adapters/git/deepen.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <set>

#include "adapters/git/attributes.hpp"
#include "adapters/git/error.hpp"
#include "adapters/git/objects.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/process.hpp"
#include "core/text/last_line.hpp"

namespace rung {
namespace {

class AbsentFinder {
 public:
  AbsentFinder(const git::Objects& objects, const std::string& path)
      : objects_(objects), parts_(git::path_parts(path)) {}

  void look_at(const git_oid& commit) {
    git::CommitHeader header;
    objects_.read_commit(commit, header);
    git_oid at = header.tree;
    for (const std::string& part : parts_) {
      if (!has(at)) return;
      // These decide about files below.
      for (const std::string_view name : {".gitattributes", ".gitmodules"}) {
        if (const auto file = objects_.find(at, name)) has(file->id);
      }
      const auto below = objects_.find(at, part);
      if (!below || !below->is_tree()) return;
      at = below->id;
    }
    look_below(at);
  }

  [[nodiscard]] std::vector<std::string> found() const {
    return {missing_.begin(), missing_.end()};
  }

 private:
  bool has(const git_oid& id) {
    if (objects_.has(id)) return true;
    missing_.insert(git::to_hex(id));
    return false;
  }

  void look_below(const git_oid& tree) {
    if (!seen_.emplace(reinterpret_cast<const char*>(tree.id), sizeof tree.id)
             .second ||
        !has(tree)) {
      return;
    }
    for (const git::TreeEntry& entry : objects_.read_tree(tree)) {
      if (entry.is_tree()) {
        look_below(entry.id);
      } else if (!entry.is_submodule()) {
        has(entry.id);
      }
    }
  }

  const git::Objects& objects_;
  std::vector<std::string> parts_;
  std::set<std::string> seen_, missing_;
};

std::map<std::string, std::string> environment_for_git() {
  auto env = environment_without_git();
  env["GIT_TERMINAL_PROMPT"] = "0";  // nobody could answer
  return env;
}

}  // namespace

std::vector<std::string> missing_objects(const GitHistory& history,
                                         const CommitGraph& commits,
                                         const CommitId& good,
                                         const std::string& path) {
  const std::string git_dir = history.git_dir().string();
  if (git::promisor(git_dir).empty()) return {};
  const git::Repository repository = git::open_for_reading(git_dir);
  const git::Objects objects(repository.get());
  AbsentFinder finder(objects, path);
  finder.look_at(git::to_oid(good));
  for (std::size_t i = 0; i < commits.size(); ++i) {
    finder.look_at(git::to_oid({commits.hex(i)}));
  }
  return finder.found();
}

void fetch_missing(const std::filesystem::path& inside,
                   const NotFetched& missing) {
  const GitHistory history(inside);
  ProcessSpec spec;
  spec.argv = {"git", "-C", history.root().string()};
  spec.env = environment_for_git();
  if (missing.objects().empty()) {
    spec.argv.insert(spec.argv.end(), {"fetch", "--quiet", "--unshallow"});
  } else {
    // As git itself gets what it finds missing. Source: promisor-remote.c.
    const std::string remote = git::promisor(history.git_dir().string());
    spec.argv.insert(spec.argv.end(),
                     {"-c", "fetch.negotiationAlgorithm=noop", "fetch", remote,
                      "--quiet", "--no-tags", "--no-write-fetch-head",
                      "--recurse-submodules=no", "--filter=blob:none",
                      "--stdin"});
    for (const std::string& id : missing.objects()) spec.input += id + "\n";
  }
  std::string why;
  try {
    const Ran ran = run(spec, std::chrono::hours(1));
    if (ran.succeeded()) return;
    why = ran.exit ? last_line(ran.log) : "it did not end in an hour";
  } catch (const CannotExecute& error) {
    why = error.what();
  }
  throw HistoryError(
      fmt::format("cannot fetch what {} lacks: {}", history.root().string(),
                  why));
}

}  // namespace rung
