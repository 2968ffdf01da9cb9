#include "adapters/checkout/left_out.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "adapters/checkout/worktree.hpp"
#include "adapters/git/lfs.hpp"
#include "adapters/git/local_clones.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::left_out_test {
namespace {

namespace fs = std::filesystem;
using fakes::GitRepository;
using fakes::TemporaryFolder;
using Kind = LeftOut::Kind;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

/// Runs a script in `folder` as somebody who works there would.
void sh(const fs::path& folder, const std::string& script) {
  const std::string command =
      "cd '" + folder.string() +
      "' && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 "
      "GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
      "GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_COUNT=1 "
      "GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always && set -e "
      "&& (" + script + ") >/dev/null 2>&1";
  CAPTURE(script);
  REQUIRE(std::system(command.c_str()) == 0);
}

std::string id_of(const fs::path& repository, const std::string& revision) {
  return GitHistory(repository).resolve(revision).hex;
}

std::vector<std::pair<Kind, std::string>> kinds(
    const std::vector<LeftOut>& all) {
  std::vector<std::pair<Kind, std::string>> out;
  for (const LeftOut& one : all) out.emplace_back(one.kind, one.path);
  return out;
}
using Kinds = std::vector<std::pair<Kind, std::string>>;

// The file "whole\n", as Git LFS has it.
const std::string kOid =
    "a3d6d6f90e6b6b80f52aa6cb2ef38e8ba9a16cf4f4ad9ab5d1a11c0b3d1ad7d1";

std::string pointer(const std::string& oid, std::size_t size) {
  return "version https://git-lfs.github.com/spec/v1\noid sha256:" + oid +
         "\nsize " + std::to_string(size) + "\n";
}

}  // namespace

TEST_CASE("Submodules come from the user's own clones, also those in them",
          "[adapters][left_out]") {
  const TemporaryFolder folder;
  const fs::path app = folder.path() / "app";
  sh(folder.path(),
     "git init -q inner && cd inner && echo one > i && git add . && git commit "
     "-qm i && cd .. && git init -q lib && cd lib && echo a > l && printf "
     "'*.crlf text eol=crlf\\n' > .gitattributes && echo x > n.crlf && git "
     "submodule --quiet add ../inner deep/inner && git add . && git commit -qm "
     "l && cd .. && git init -q app && cd app && echo 1 > a && git submodule "
     "--quiet add ../lib sub/lib && git commit -qam one && git submodule "
     "--quiet update --init --recursive && git tag one && cd sub/lib && echo b "
     "> l && rm n.crlf && git commit -qam l2 && cd ../.. && git commit -qam two "
     "&& git tag two && git rm -qf sub/lib && rm -rf sub && echo file > sub && git add sub && "
     "git commit -qm three && git tag three");
  const GitHistory history(app);
  const CommitId one = history.resolve("one"), two = history.resolve("two"),
                 three = history.resolve("three");
  LeftOuts left_outs(history, "");
  CHECK(left_outs.of(one).empty());
  CHECK(left_outs.of(two).empty());

  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  const auto check = [&](const CommitId& at) {
    if (at == three) {
      CHECK(content_of(w / "sub") == "file\n");
      return;
    }
    CHECK(content_of(w / "sub/lib/l") == (at == one ? "a\n" : "b\n"));
    CHECK(content_of(w / "sub/lib/n.crlf") == (at == one ? "x\r\n" : ""));
    CHECK(fs::exists(w / "sub/lib/n.crlf") == (at == one));
    CHECK(content_of(w / "sub/lib/deep/inner/i") == "one\n");
  };
  {
    Worktree worktree(history, w);
    for (const CommitId& at : {one, two, one, three, two, three, one}) {
      CAPTURE(at.hex);
      worktree.move_to(at);
      check(at);
      write(w / "left", "by a trial");
      if (at != three) write(w / "sub/lib/l", "changed");
      worktree.reset(Worktree::Reset::all);
      CHECK_FALSE(fs::exists(w / "left"));
      check(at);
    }
  }
  SECTION("what a trial of the run before changed in it is put right") {
    for (const CommitId& at : {one, two, two}) {
      Worktree worktree(history, w);
      worktree.move_on(at);
      check(at);
      write(w / "sub/lib/l", "changed");
    }
  }
  SECTION("a clone that goes away leaves an empty folder") {
    fs::remove_all(app / ".git/modules/sub/lib");
    {
      Worktree worktree(history, w);
      worktree.move_to(one);
      CHECK(fs::is_empty(w / "sub/lib"));
      worktree.reset(Worktree::Reset::all);
      CHECK(fs::is_empty(w / "sub/lib"));
      worktree.move_to(three);
      CHECK(content_of(w / "sub") == "file\n");
      worktree.move_to(two);
    }
    LeftOuts without(history, "");
    CHECK(kinds(without.of(one)) == Kinds{{Kind::submodule, "sub/lib"}});
    CHECK(without.of(three).empty());
    CHECK(kinds(without.of(two)) == Kinds{{Kind::submodule, "sub/lib"}});
    CHECK(notes_of(without.of(two)).size() == 1);
    // It is another one at either end, so a search needs it.
    CHECK(without.needed(two, one, two, {}).size() == 1);
    CHECK(without.needed(two, one, two, {"sub"}).size() == 1);
    CHECK(without.needed(two, one, two, {"a", "*.py"}).empty());
    CHECK(without.needed(two, two, two, {}).empty());
  }
  SECTION("so does one that lacks the commit") {
    fs::remove_all(app / ".git/modules/sub/lib");
    sh(app, "git init -q --bare .git/modules/sub/lib");
    LeftOuts without(history, "");
    CHECK(kinds(without.of(one)) == Kinds{{Kind::submodule, "sub/lib"}});
  }
}

TEST_CASE(
    "A folder of files that becomes a submodule, and back, is never empty",
    "[adapters][left_out]") {
  const TemporaryFolder folder;
  const fs::path app = folder.path() / "app";
  sh(folder.path(),
     "git init -q lib && cd lib && echo a > l && mkdir d && echo same > d/s && "
     "git add . && git commit -qm l && cd .. && git init -q app && cd app && "
     "cp -r ../lib lib && rm -rf lib/.git && git add . && git commit -qm files "
     "&& git tag files && git rm -qrf lib && rm -rf lib && git submodule "
     "--quiet add ../lib lib && git commit -qam link && git tag link && echo 1 "
     "> other && git add . && git commit -qm later && git tag later");
  const GitHistory history(app);
  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  const auto check = [&] {
    CHECK(content_of(w / "lib/l") == "a\n");
    CHECK(content_of(w / "lib/d/s") == "same\n");
  };
  {
    Worktree worktree(history, w);
    for (const char* at : {"files", "link", "later", "files", "later", "link",
                           "link", "files", "link"}) {
      CAPTURE(at);
      worktree.move_on(history.resolve(at));
      check();
    }
  }
  // Each run after the first checks such a commit out anew.
  for (const char* at :
       {"link", "link", "later", "later", "files", "link", "link"}) {
    CAPTURE(at);
    Worktree worktree(history, w);
    worktree.move_on(history.resolve(at));
    check();
    worktree.reset(Worktree::Reset::all);
    check();
  }
}

TEST_CASE("Git LFS files come from the local store, else they stay pointers",
          "[adapters][left_out]") {
  const TemporaryFolder folder;
  const fs::path app = folder.path();
  sh(app,
     "git init -q && printf '*.bin filter=lfs -text\\n' > .gitattributes && "
     "printf 'whole\\n' > whole && sha256sum whole | cut -c-64 > ../oid$$ && "
     "mkdir -p .git && cp ../oid$$ .git/oid && rm ../oid$$ whole && git add . "
     "&& git commit -qm none");
  const std::string oid = content_of(app / ".git/oid").substr(0, 64);
  write(app / "a.bin", pointer(oid, 6));
  write(app / "b.bin", pointer(kOid, 100));
  write(app / "small.bin", "never was in LFS");
  write(app / "looks-like.txt", pointer(kOid, 100));
  sh(app, "git add . && git commit -qm one");
  write(app / "b.bin", pointer(oid, 6));
  sh(app, "git add . && git commit -qm two");
  const GitHistory history(app);
  const CommitId none = history.resolve("HEAD~2"),
                 one = history.resolve("HEAD~1"), two = history.resolve("HEAD");
  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  {
    LeftOuts left_outs(history, "");
    CHECK(left_outs.of(none).empty());
    CHECK(kinds(left_outs.of(one)) ==
          Kinds{{Kind::lfs, "a.bin"}, {Kind::lfs, "b.bin"}});
    CHECK(left_outs.needed(one, one, two, {}).size() == 1);  // b.bin
    CHECK_FALSE(digest_of(left_outs.of(one)).empty());
    Worktree worktree(history, w);
    worktree.move_to(one);
    CHECK(content_of(w / "a.bin") == pointer(oid, 6));
    CHECK(content_of(w / "looks-like.txt") == pointer(kOid, 100));
  }
  const fs::path stored = app / ".git/lfs/objects" / oid.substr(0, 2) /
                          oid.substr(2, 2) / oid;
  write(stored, "whole\n");
  LeftOuts left_outs(history, "");
  CHECK(kinds(left_outs.of(two)).empty());
  CHECK(kinds(left_outs.of(one)) == Kinds{{Kind::lfs, "b.bin"}});
  Worktree worktree(history, w);  // goes on in the folder of the first
  worktree.move_to(one);
  CHECK(content_of(w / "a.bin") == "whole\n");
  CHECK(content_of(w / "b.bin") == pointer(kOid, 100));
  CHECK(content_of(w / "small.bin") == "never was in LFS");
  worktree.move_to(two);
  CHECK(content_of(w / "b.bin") == "whole\n");
  write(w / "b.bin", "changed");
  worktree.reset(Worktree::Reset::tracked);
  CHECK(content_of(w / "b.bin") == "whole\n");
  // A file of the store that was cut or changed is not believed.
  write(stored, "whale\n");
  worktree.move_to(none);
  worktree.move_to(two);
  CHECK(content_of(w / "b.bin") == pointer(oid, 6));
}

TEST_CASE("A working-tree-encoding is written as git archive writes it",
          "[adapters][left_out]") {
  const TemporaryFolder folder;
  sh(folder.path(),
     "git init -q && printf 'caf\\303\\251\\none\\n' > u8 && for e in UTF-16 "
     "UTF-16LE UTF-16BE UTF-16LE-BOM ISO-8859-1 latin1 UTF-32; do cp u8 f.$e; "
     "printf \"f.$e text working-tree-encoding=$e\\n\" >> .gitattributes; done; "
     "cp u8 crlf; printf 'crlf text eol=crlf working-tree-encoding=UTF-16LE\\n' "
     ">> .gitattributes; printf 'none working-tree-encoding=no-such\\n' >> "
     ".gitattributes; cp u8 none; git -c core.safecrlf=false hash-object -w u8 "
     "> id; for f in f.* crlf none; do git update-index --add --cacheinfo "
     "100644,$(cat id),$f; done; git add .gitattributes; git commit -qm one; "
     "mkdir ref; git archive HEAD | tar -x -C ref");
  const GitHistory history(folder.path());
  const CommitId at{id_of(folder.path(), "HEAD")};
  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  Worktree worktree(history, w);
  worktree.move_to(at);
  for (const auto& entry : fs::directory_iterator(folder.path() / "ref")) {
    const std::string name = entry.path().filename();
    CAPTURE(name);
    CHECK(content_of(w / name) == content_of(entry.path()));
  }
  LeftOuts left_outs(history, "");
  CHECK(kinds(left_outs.of(at)) == Kinds{{Kind::encoding, "none"}});
  CHECK(left_outs.needed(at, at, at, {}).empty());
}

TEST_CASE("Filters and git-crypt leave a file as stored, with a note",
          "[adapters][left_out]") {
  GitRepository repository;
  const std::string sealed("\0GITCRYPT\0 secret", 17);
  const auto one = repository.commit_files(
      {{".gitattributes",
        "*.key filter=git-crypt diff=git-crypt\n*.ipynb filter=strip\n"},
       {"a.key", sealed},
       {"open.key", "was never encrypted"},
       {"n.ipynb", "{}"},
       {"sub/b.ipynb", "{}"}});
  const auto two = repository.commit_files({{"a.key", sealed + "2"}});
  const auto three = repository.commit({{".gitattributes", std::nullopt}});
  const GitHistory history(repository.root());
  LeftOuts left_outs(history, "");
  CHECK(kinds(left_outs.of({one})) == Kinds{{Kind::encrypted, "a.key"},
                                            {Kind::filter, "n.ipynb"},
                                            {Kind::filter, "open.key"},
                                            {Kind::filter, "sub/b.ipynb"}});
  CHECK(notes_of(left_outs.of({one})).size() == 2);
  CHECK(left_outs.of({three}).empty());
  CHECK(left_outs.of({two}).size() == 4);
  CHECK(left_outs.needed({one}, {one}, {two}, {}).size() == 1);
  LeftOuts sub(history, "sub");
  CHECK(kinds(sub.of({two})) == Kinds{{Kind::filter, "sub/b.ipynb"}});

  const TemporaryFolder place;
  Worktree worktree(history, place.path() / "w");
  worktree.move_to({one});
  CHECK(content_of(worktree.folder() / "a.key") == sealed);
}

TEST_CASE("A change of conversions leaves what nobody committed",
          "[adapters][worktree]") {
  GitRepository repository;
  const auto one = repository.commit_files({{"a.txt", "1\n"}, {"d/gone", "1"}});
  repository.commit({{"d", std::nullopt}});
  const auto two =
      repository.commit_files({{".gitattributes", "*.txt text eol=crlf\n"}});
  const GitHistory history(repository.root());
  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  Worktree worktree(history, w);
  worktree.move_to({one});
  worktree.overlay({{"made/by.rung", "x"}});
  write(w / "built", "by a build");
  worktree.move_to({two});
  CHECK(content_of(w / "a.txt") == "1\r\n");
  CHECK(content_of(w / "built") == "by a build");
  CHECK_FALSE(fs::exists(w / "d"));
  CHECK_FALSE(fs::exists(w / "made"));
  worktree.move_to({one});
  CHECK(content_of(w / "a.txt") == "1\n");
  CHECK(content_of(w / "built") == "by a build");
}

TEST_CASE("Names that git would not check out are left out",
          "[adapters][left_out]") {
  const TemporaryFolder folder;
  sh(folder.path(),
     "git init -q && git commit -q --allow-empty -m zero && b=$(echo hi | git "
     "hash-object -w --stdin) && t=$(printf \"100644 blob $b\\tx\\n\" | git "
     "mktree) && r=$(printf \"100644 blob $b\\t..\\n040000 tree $t\\t.git\\n"
     "100644 blob $b\\tplain\\n\" | git mktree) && c=$(git commit-tree -m odd "
     "$r) && git update-ref refs/heads/odd $c");
  const GitHistory history(folder.path());
  const CommitId odd = history.resolve("odd");
  LeftOuts left_outs(history, "");
  CHECK(kinds(left_outs.of(odd)) ==
        Kinds{{Kind::name, ".."}, {Kind::name, ".git"}});
  const TemporaryFolder place;
  Worktree worktree(history, place.path() / "w");
  worktree.move_to(odd);
  CHECK(content_of(worktree.folder() / "plain") == "hi\n");
  CHECK_FALSE(fs::exists(worktree.folder() / ".git"));
}

TEST_CASE(".gitmodules is read as git reads it", "[adapters][left_out]") {
  const auto names = git::submodule_names(
      "# one\n[submodule \"a\"]\n\tpath = x/y\n\turl = ../z\n"
      "[submodule \"n \\\"q\\\"\"]\n path=\"with space\" ; said\n"
      "[other \"o\"]\npath = no\n[submodule \"b\"]\n\tpath = c/ # end\n");
  CHECK(names == std::map<std::string, std::string>{
                     {"x/y", "a"}, {"with space", "n \"q\""}, {"c", "b"}});
}

TEST_CASE("What is no LFS pointer is none", "[adapters][left_out]") {
  const std::string good = pointer(kOid, 12);
  REQUIRE(git::lfs_pointer(good));
  CHECK(git::lfs_pointer(good)->size == 12);
  CHECK_FALSE(git::lfs_pointer("version https://git-lfs.github.com/spec/v1\n"));
  CHECK_FALSE(git::lfs_pointer(pointer("../../x", 1)));
  CHECK_FALSE(git::lfs_pointer("x" + good));
  CHECK_FALSE(git::lfs_pointer(good + std::string(2000, ' ')));
}

}  // namespace rung::left_out_test
