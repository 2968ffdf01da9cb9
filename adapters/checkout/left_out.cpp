#include "adapters/checkout/left_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "adapters/git/attributes.hpp"
#include "adapters/git/error.hpp"
#include "adapters/git/inputs.hpp"
#include "adapters/git/lfs.hpp"
#include "adapters/git/local_clones.hpp"
#include "adapters/git/objects.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

using git::FileChange;

LeftOut::Kind kind_of(git::Lacks lacks) {
  switch (lacks) {
    case git::Lacks::lfs:
      return LeftOut::Kind::lfs;
    case git::Lacks::encrypted:
      return LeftOut::Kind::encrypted;
    case git::Lacks::filter:
      return LeftOut::Kind::filter;
    case git::Lacks::encoding:
      return LeftOut::Kind::encoding;
  }
  return LeftOut::Kind::filter;
}

bool is_within(const std::string& path, const std::string& top) {
  return path == top || path.starts_with(top + '/');
}

/// Files with attributes of one repository, looked at one by one.
class Looker {
 public:
  Looker(const git::Objects& objects, const std::string& git_dir,
         const git_oid& commit)
      : objects_(objects),
        repository_(git::open_for_reading(git_dir)),
        attributes_(repository_.get(), commit) {}

  /// `path` is relative to that repository.
  [[nodiscard]] std::optional<git::Lacks> look(
      const std::string& path, const git::TreeEntry& file) const {
    if (file.mode == GIT_FILEMODE_LINK || !objects_.has(file.id)) {
      return std::nullopt;
    }
    return attributes_.lacks(path, objects_.size_of(file.id), [&] {
      return std::string(objects_.read(file.id, GIT_OBJECT_BLOB).text());
    });
  }

 private:
  const git::Objects& objects_;
  git::Repository repository_;
  git::Attributes attributes_;
};

}  // namespace

struct LeftOuts::State {
  State(const GitHistory& history, std::string_view deployed)
      : source{history.git_dir(), history.root()},
        path(git::tree_path(deployed)),
        prefix(path.empty() ? "" : path + '/'),
        repository(git::open_for_reading(source.git_dir.string())),
        objects(repository.get()) {}

  git::Clone source;
  std::string path, prefix;
  git::Repository repository;
  git::Objects objects;
  struct Known {
    git_oid root{}, tree{};
    bool asks = false;  ///< some .gitattributes ask for conversions
    std::vector<LeftOut> found;
  };
  std::map<std::string, Known> known;  ///< by commit
  const Known* last = nullptr;

  [[nodiscard]] git_oid gitmodules(const git_oid& root) const {
    const auto file = objects.find(root, ".gitmodules");
    return file ? file->id : git_oid{};
  }

  /// What may change how unchanged files are looked at.
  [[nodiscard]] bool rules_differ(const Known& a, const Known& b) const {
    const git_oid one = gitmodules(a.root), two = gitmodules(b.root);
    return git_oid_equal(&one, &two) == 0 ||
           git::attributes_above(objects, a.root, path) !=
               git::attributes_above(objects, b.root, path);
  }

  void look(Known& at, const git_oid& commit) {
    std::vector<FileChange> changes;
    bool whole = true;
    if (last != nullptr && !rules_differ(*last, at)) {
      changes = git::diff_trees(objects, last->tree, at.tree);
      whole = std::any_of(changes.begin(), changes.end(), [](const auto& file) {
        return git::is_attributes_file(file.path);
      });
      at.found = last->found;
      at.asks = last->asks;
      std::erase_if(at.found, [&](const LeftOut& one) {
        return std::any_of(changes.begin(), changes.end(), [&](auto& file) {
          return one.entry == prefix + file.path;
        });
      });
    }
    if (whole) {
      at.found.clear();
      changes = git::diff_trees(objects, std::nullopt, at.tree);
      at.asks = git::asks_for_conversion(
                    git::attributes_above(objects, at.root, path)) ||
                git::asks_for_conversion(objects, changes);
      for (const std::string& name : git::odd_names(objects, at.tree)) {
        at.found.push_back(
            {LeftOut::Kind::name, prefix + name, prefix + name, ""});
      }
    }
    std::erase_if(changes, [](const auto& file) { return !file.after; });
    look_at(at, changes, commit);
    std::sort(at.found.begin(), at.found.end(),
              [](const LeftOut& a, const LeftOut& b) {
                return std::tie(a.path, a.kind) < std::tie(b.path, b.kind);
              });
  }

  void look_at(Known& at, const std::vector<FileChange>& files,
               const git_oid& commit) {
    std::optional<Looker> looker;
    if (at.asks) looker.emplace(objects, source.git_dir.string(), commit);
    for (const FileChange& file : files) {
      const std::string full = prefix + file.path;
      if (file.after->is_submodule()) {
        look_into(at, full, file.after->id);
      } else if (looker) {
        if (const auto lacks = looker->look(full, *file.after)) {
          at.found.push_back({kind_of(*lacks), full, full,
                              git::to_hex(file.after->id)});
        }
      }
    }
  }

  void look_into(Known& at, const std::string& link, const git_oid& id) {
    git::Submodules below;
    git::expand_link(objects, source, at.root, "", link, id, below);
    const std::string hex = git::to_hex(id);
    for (const auto& absent : below.absent) {
      at.found.push_back(
          {LeftOut::Kind::submodule, absent.path, link, hex});
    }
    for (const auto& part : below.parts) {
      std::map<std::string, git::TreeEntry> own;
      std::vector<FileChange> rules;
      for (const auto& [name, entry] : below.files) {
        const bool inner = std::any_of(
            below.parts.begin(), below.parts.end(),
            [&part, &name = name](const auto& other) {
              return other.path.size() > part.path.size() &&
                     is_within(name, other.path);
            });
        if (inner || !is_within(name, part.path)) continue;
        own.emplace(name, entry);
        if (git::is_attributes_file(name)) {
          rules.push_back({name, std::nullopt, entry});
        }
      }
      if (!git::asks_for_conversion(objects, rules)) continue;
      const Looker looker(objects, part.clone.git_dir.string(), part.commit);
      for (const auto& [name, entry] : own) {
        if (const auto lacks =
                looker.look(name.substr(part.path.size() + 1), entry)) {
          at.found.push_back({kind_of(*lacks), name, link, hex});
        }
      }
    }
  }

  [[nodiscard]] git_oid root_of(const CommitId& commit) const {
    git::CommitHeader header;
    objects.read_commit(git::to_oid(commit), header);
    return header.tree;
  }
};

LeftOuts::LeftOuts(const GitHistory& history, std::string path)
    : state_(std::make_unique<State>(history, path)) {}
LeftOuts::~LeftOuts() = default;

const std::vector<LeftOut>& LeftOuts::of(const CommitId& commit) {
  const auto found = state_->known.find(commit.hex);
  if (found != state_->known.end()) return found->second.found;
  State::Known at;
  at.root = state_->root_of(commit);
  const auto entry = state_->objects.find_path(at.root, state_->path);
  if (entry && entry->is_tree()) {
    at.tree = entry->id;
    state_->look(at, git::to_oid(commit));
  }
  const auto kept = state_->known.emplace(commit.hex, std::move(at)).first;
  if (entry && entry->is_tree()) state_->last = &kept->second;
  return kept->second.found;
}

std::vector<LeftOut> LeftOuts::needed(const CommitId& commit,
                                      const CommitId& good,
                                      const CommitId& bad,
                                      const std::vector<std::string>& inputs) {
  std::vector<LeftOut> needed;
  std::optional<std::vector<std::string>> matched;
  const auto among = [&](const LeftOut& one) {
    if (inputs.empty()) return true;
    if (!matched) {
      matched.emplace();
      const auto entry =
          state_->objects.find_path(state_->root_of(commit), state_->path);
      for (const std::string& line :
           git::matched_entries(state_->objects, entry.value().id, inputs)) {
        // "MODE ID PATH"
        matched->push_back(line.substr(line.find(' ', line.find(' ') + 1) + 1));
      }
    }
    const std::string file = one.entry.substr(state_->prefix.size());
    return std::any_of(
        matched->begin(), matched->end(),
        [&](const std::string& input) { return is_within(file, input); });
  };
  const auto same_at = [&](const LeftOut& one, const CommitId& end) {
    const auto entry =
        state_->objects.find_path(state_->root_of(end), one.entry);
    return entry && git::to_hex(entry->id) == one.id;
  };
  for (const LeftOut& one : of(commit)) {
    if (!one.is_missing() || (same_at(one, good) && same_at(one, bad))) continue;
    if (among(one)) needed.push_back(one);
  }
  return needed;
}

namespace {

struct Words {
  std::string_view one, several, then;
};

Words words_of(LeftOut::Kind kind) {
  switch (kind) {
    case LeftOut::Kind::submodule:
      return {"is a submodule that was not fetched",
              "submodules were not fetched",
              "left empty (git submodule update --init --recursive)"};
    case LeftOut::Kind::lfs:
      return {"is kept in Git LFS and was not fetched",
              "files are kept in Git LFS and were not fetched",
              "left as stored, a pointer (git lfs fetch --all)"};
    case LeftOut::Kind::encrypted:
      return {"is encrypted with git-crypt",
              "files are encrypted with git-crypt", "left as stored"};
    case LeftOut::Kind::filter:
      return {"has a filter in .gitattributes",
              "files have a filter in .gitattributes",
              "taken as stored, without it"};
    case LeftOut::Kind::encoding:
      return {"has a working-tree-encoding that it cannot be written in",
              "files have a working-tree-encoding that they cannot be written "
              "in",
              "taken as stored"};
    case LeftOut::Kind::name:
      return {"has a name that no folder can hold",
              "files have names that no folder can hold", "left out"};
  }
  return {};
}

}  // namespace

std::vector<std::string> notes_of(const std::vector<LeftOut>& left_out) {
  std::map<LeftOut::Kind, std::vector<const LeftOut*>> kinds;
  for (const LeftOut& one : left_out) kinds[one.kind].push_back(&one);
  std::vector<std::string> notes;
  for (const auto& [kind, all] : kinds) {
    const Words words = words_of(kind);
    const std::string first = printable(all.front()->path, true);
    if (all.size() == 1) {
      notes.push_back(
          fmt::format("{} {}: {}", first, words.one, words.then));
      continue;
    }
    notes.push_back(fmt::format("{} {} ({}, ...): {}", all.size(),
                                words.several, first, words.then));
  }
  return notes;
}

std::string digest_of(const std::vector<LeftOut>& left_out) {
  std::string text;
  for (const LeftOut& one : left_out) {
    if (!one.is_missing()) continue;
    text += fmt::format("{} {}\n", static_cast<int>(one.kind), one.path);
  }
  return text;
}

}  // namespace rung
