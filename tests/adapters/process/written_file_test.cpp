#include "adapters/process/written_file.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>

#include "adapters/process/file_text.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::written_file_test {
namespace {

namespace fs = std::filesystem;

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("A file that is made is whole and takes no other's place",
          "[adapters][process][written_file]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / "plan.yaml";
  CHECK(create_file(file, "one"));
  CHECK_FALSE(create_file(file, "two"));
  CHECK(errno == EEXIST);
  CHECK(file_text(file) == "one");
  fs::create_symlink("nowhere", folder.path() / "link");
  CHECK_FALSE(create_file(folder.path() / "link", "two"));
  CHECK(errno == EEXIST);
  CHECK_FALSE(create_file(folder.path() / "no/such", "x"));
  CHECK(errno == ENOENT);
  CHECK(entries_in(folder.path()) == 2);  // no draft is left
}

TEST_CASE("A file that is replaced is the old one or the new one",
          "[adapters][process][written_file]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / "state.json";
  CHECK(replace_file(file, "one"));
  CHECK(replace_file(file, "two"));
  CHECK(file_text(file) == "two");
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  // The draft is a file of its own: neither one of the user's nor a link.
  REQUIRE(create_file(file.string() + ".new", "mine"));
  fs::create_symlink("elsewhere", folder.path() / "state.json.00000000.new");
  CHECK(replace_file(file, "three"));
  CHECK(file_text(file) == "three");
  CHECK(file_text(file.string() + ".new") == "mine");
  CHECK_FALSE(fs::exists(folder.path() / "elsewhere"));
  CHECK(drafts_of(file) ==
        std::vector<fs::path>{folder.path() / "state.json.00000000.new"});
  fs::create_directories(folder.path() / "taken" / "x");
  CHECK_FALSE(replace_file(folder.path() / "taken", "x"));
  CHECK(entries_in(folder.path()) == 4);
}

TEST_CASE("A user's file that is edited stays the same but for its text",
          "[adapters][process][written_file]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / ".env";
  REQUIRE(create_file(file, "A=1\n"));
  const auto facts_of = [&] {
    struct stat facts {};
    REQUIRE(::stat(file.c_str(), &facts) == 0);
    return facts;
  };

  SECTION("owner, group and mode") {
    const mode_t mask = ::umask(077);
    REQUIRE(::chmod(file.c_str(), 0664) == 0);
    // Only root can give a file away.
    if (::geteuid() == 0) REQUIRE(::chown(file.c_str(), 1234, 2345) == 0);
    const auto before = facts_of();
    CHECK(edit_file(file, "A=1\n", "B=2\n") == "");
    ::umask(mask);
    CHECK(file_text(file) == "B=2\n");
    CHECK(facts_of().st_uid == before.st_uid);
    CHECK(facts_of().st_gid == before.st_gid);
    CHECK((facts_of().st_mode & 07777) == 0664);
  }
  SECTION("not if somebody else has changed it") {
    CHECK_THAT(edit_file(file, "A=0\n", "B=2\n"), Catch::Contains("changed"));
    CHECK(file_text(file) == "A=1\n");
    CHECK(drafts_of(file).empty());
  }
  SECTION("not if it is write-protected") {
    REQUIRE(::chmod(file.c_str(), 0444) == 0);
    CHECK_THAT(edit_file(file, "A=1\n", ""), Catch::Contains("protected"));
  }
  SECTION("not if it has another name") {
    fs::create_hard_link(file, folder.path() / "other");
    CHECK_THAT(edit_file(file, "A=1\n", ""), Catch::Contains("hard links"));
  }
  SECTION("not if it has attributes that a new file would not have") {
    if (::setxattr(file.c_str(), "user.note", "x", 1, 0) != 0) return;
    CHECK_THAT(edit_file(file, "A=1\n", ""), Catch::Contains("user.note"));
  }
  CHECK(entries_in(folder.path()) <= 2);
}

TEST_CASE("A user's file that is rewritten keeps its mode",
          "[adapters][process]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / std::string(250, 'n');  // of at most 255
  const auto mode = [&] {
    struct stat facts {};
    REQUIRE(::stat(file.c_str(), &facts) == 0);
    return facts.st_mode & 0777;
  };
  const mode_t before = ::umask(027);
  CHECK(rewrite_file(file, "one"));
  CHECK(mode() == 0640);
  REQUIRE(::chmod(file.c_str(), 0606) == 0);
  CHECK(rewrite_file(file, "two"));
  ::umask(before);
  CHECK(mode() == 0606);
  CHECK(file_text(file) == "two");
  fs::create_directories(folder.path() / "taken" / "x");
  CHECK_FALSE(rewrite_file(folder.path() / "taken", "x"));
  CHECK_FALSE(rewrite_file(folder.path() / "no/such", "x"));
  CHECK(entries_in(folder.path()) == 2);  // no draft is left
}

}  // namespace rung::written_file_test
