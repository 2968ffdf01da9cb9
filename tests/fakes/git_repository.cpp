#include "tests/fakes/git_repository.hpp"

#include <git2.h>
#include <stdlib.h>

#include <stdexcept>

namespace rung::fakes {
namespace {

namespace fs = std::filesystem;

void check(int code) {
  if (code >= 0) return;
  const git_error* error = git_error_last();
  throw std::runtime_error(error ? error->message : "libgit2 failed");
}

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "rung-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  return name;
}

git_oid oid(const std::string& hex) {
  git_oid id;
  check(git_oid_fromstr(&id, hex.c_str()));
  return id;
}

std::string hex(const git_oid& id) {
  return git_oid_tostr_s(&id);
}

}  // namespace

TemporaryFolder::TemporaryFolder() : path_(new_folder()) {}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

GitRepository::GitRepository() : GitRepository(new_folder()) {
  temporary_ = true;
}

GitRepository::GitRepository(const fs::path& folder)
    : root_(folder), temporary_(false) {
  git_libgit2_init();
  fs::create_directories(root_);
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = "main";
  check(git_repository_init_ext(&repository_, root_.c_str(), &options));
  check(git_index_new(&index_));
}

GitRepository::~GitRepository() {
  git_index_free(index_);
  git_repository_free(repository_);
  git_libgit2_shutdown();
  std::error_code ignored;
  if (temporary_) fs::remove_all(root_, ignored);
}

void GitRepository::change(const Changes& changes) {
  for (const auto& [path, file] : changes) {
    // A file may take a folder's place and the other way round.
    git_index_remove_directory(index_, path.c_str(), 0);
    git_index_remove(index_, path.c_str(), 0);
    if (!file) continue;
    for (auto slash = path.find('/'); slash != path.npos;
         slash = path.find('/', slash + 1)) {
      git_index_remove(index_, path.substr(0, slash).c_str(), 0);
    }
    git_index_entry entry{};
    entry.path = path.c_str();
    entry.mode = file->kind == RepositoryFile::Kind::plain ? GIT_FILEMODE_BLOB
                 : file->kind == RepositoryFile::Kind::executable
                     ? GIT_FILEMODE_BLOB_EXECUTABLE
                     : GIT_FILEMODE_LINK;
    check(git_blob_create_from_buffer(
        &entry.id, repository_, file->content.data(), file->content.size()));
    check(git_index_add(index_, &entry));
  }
}

std::string GitRepository::write_commit(const std::vector<std::string>& parents,
                                        const std::string& message) {
  git_oid tree_id;
  check(git_index_write_tree_to(&tree_id, index_, repository_));
  git_tree* tree = nullptr;
  check(git_tree_lookup(&tree, repository_, &tree_id));
  std::vector<git_commit*> commits;
  for (const std::string& parent : parents) {
    const git_oid id = oid(parent);
    check(git_commit_lookup(&commits.emplace_back(), repository_, &id));
  }
  git_signature* author = nullptr;
  check(git_signature_new(&author, "Ada Example", "ada@example.org", ++clock_,
                          60));
  std::vector<const git_commit*> view(commits.begin(), commits.end());
  git_oid id;
  const int code =
      git_commit_create(&id, repository_, nullptr, author, author, nullptr,
                        message.c_str(), tree, view.size(), view.data());
  git_signature_free(author);
  for (git_commit* commit : commits) git_commit_free(commit);
  git_tree_free(tree);
  check(code);
  return hex(id);
}

std::string GitRepository::commit(const Changes& changes,
                                  const std::string& message) {
  return merge({}, changes, message);
}

std::string GitRepository::commit_files(
    const std::map<std::string, std::string>& files,
    const std::string& message) {
  Changes changes;
  for (const auto& [path, content] : files) {
    changes[path] = RepositoryFile{content};
  }
  return commit(changes, message);
}

std::string GitRepository::merge(const std::vector<std::string>& others,
                                 const Changes& changes,
                                 const std::string& message) {
  change(changes);
  std::vector<std::string> parents;
  if (!head_.empty()) parents.push_back(head_);
  parents.insert(parents.end(), others.begin(), others.end());
  branch(branch_, write_commit(parents, message));
  return head_;
}

std::string GitRepository::commit_tree_of(
    const std::string& commit, const std::vector<std::string>& parents) {
  load(commit);
  const std::string id = write_commit(parents, "same files");
  if (!head_.empty()) load(head_);
  return id;
}

std::string GitRepository::commit_submodule(const std::string& path) {
  git_index_entry entry{};
  entry.path = path.c_str();
  entry.mode = GIT_FILEMODE_COMMIT;
  entry.id = oid(head_);
  check(git_index_add(index_, &entry));
  return merge({}, {}, "submodule");
}

void GitRepository::load(const std::string& commit) {
  const git_oid id = oid(commit);
  git_commit* raw = nullptr;
  git_tree* tree = nullptr;
  check(git_commit_lookup(&raw, repository_, &id));
  check(git_commit_tree(&tree, raw));
  check(git_index_read_tree(index_, tree));
  git_tree_free(tree);
  git_commit_free(raw);
}

void GitRepository::branch(const std::string& name, const std::string& commit) {
  if (commit != head_) load(commit);
  const git_oid id = oid(commit);
  const std::string ref = "refs/heads/" + name;
  git_reference* reference = nullptr;
  check(git_reference_create(&reference, repository_, ref.c_str(), &id, 1,
                             nullptr));
  git_reference_free(reference);
  if (name != branch_ || head_.empty()) {
    check(git_repository_set_head(repository_, ref.c_str()));
  }
  branch_ = name;
  head_ = commit;
}

void GitRepository::check_out() {
  git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
  options.checkout_strategy = GIT_CHECKOUT_FORCE;
  check(git_checkout_head(repository_, &options));
}

}  // namespace rung::fakes
