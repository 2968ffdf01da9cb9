#include "cmd/running/env_edits.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <catch2/catch.hpp>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/file_text.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::env_edits_test {
namespace {

namespace fs = std::filesystem;

struct Files {
  fakes::TempFolder folder;
  fs::path copies = env_copies_in(folder.path()) / "run1";
  std::vector<EnvEdit> edits;
  Files() {
    for (const char* name : {"a.env", "b.env", "c.env"}) {
      edits.push_back({folder.path() / name, "A=1\nB=2\n", "B=2\n"});
      REQUIRE(create_file(edits.back().file, edits.back().before));
    }
  }
  [[nodiscard]] std::string texts() const {
    std::string all;
    for (const EnvEdit& edit : edits) all += file_text(edit.file) + "|";
    return all;
  }
};

const std::string kOld = "A=1\nB=2\n|A=1\nB=2\n|A=1\nB=2\n|";

}  // namespace

TEST_CASE("Env files are edited all or none", "[cmd][env_prune]") {
  Files files;
  SECTION("all") {
    const auto edited = apply_edits(files.edits, files.copies, edit_file);
    REQUIRE(edited.size() == 3);
    CHECK(files.texts() == "B=2\n|B=2\n|B=2\n|");
    CHECK(file_text(edited[2].copy) == "A=1\nB=2\n");
    REQUIRE(env_copies(files.folder.path()).size() == 1);
    CHECK_FALSE(env_copies(files.folder.path())[0].unfinished());
  }
  SECTION("one that changed while rung tried") {
    REQUIRE(replace_file(files.edits[2].file, "A=1\nB=2\nMINE=3\n"));
    CHECK_THROWS_WITH(apply_edits(files.edits, files.copies, edit_file),
                      Catch::Contains("c.env changed while rung tried"));
    CHECK(files.texts() == "A=1\nB=2\n|A=1\nB=2\n|A=1\nB=2\nMINE=3\n|");
    CHECK(env_copies(files.folder.path()).empty());
  }
  SECTION("one that cannot be replaced") {
    const auto editor = [&](const fs::path& file, std::string_view before,
                            std::string_view after) -> std::string {
      if (file == files.edits[2].file) return "no space";
      return edit_file(file, before, after);
    };
    CHECK_THROWS_WITH(apply_edits(files.edits, files.copies, editor),
                      Catch::Contains("c.env: no space; nothing is deleted"));
    CHECK(files.texts() == kOld);
    CHECK(env_copies(files.folder.path()).empty());
  }
  SECTION("one is told that cannot be put back, and the others are") {
    const auto editor = [&](const fs::path& file, std::string_view before,
                            std::string_view after) -> std::string {
      if (file == files.edits[2].file) return "no space";
      if (file == files.edits[1].file && before == "B=2\n") return "gone";
      return edit_file(file, before, after);
    };
    CHECK_THROWS_WITH(apply_edits(files.edits, files.copies, editor),
                      Catch::Contains("b.env stays changed (gone): cp ") &&
                          Catch::Contains("run1/2-b.env") &&
                          !Catch::Contains("1-a.env"));
    CHECK(files.texts() == "A=1\nB=2\n|B=2\n|A=1\nB=2\n|");
    CHECK(env_copies(files.folder.path()).at(0).changed.size() == 1);
  }
  SECTION("by one rung at a time") {
    const FileDescriptor folder(
        ::open(files.folder.path().c_str(), O_RDONLY | O_DIRECTORY));
    REQUIRE(::flock(folder.get(), LOCK_EX) == 0);
    CHECK_THROWS_WITH(apply_edits(files.edits, files.copies, edit_file),
                      Catch::Contains("another rung"));
    CHECK(files.texts() == kOld);
  }
}

TEST_CASE("Who comes after a kill is told what has changed",
          "[cmd][env_prune]") {
  struct Killed {};
  Files files;
  const auto editor = [&](const fs::path& file, std::string_view before,
                          std::string_view after) -> std::string {
    if (file == files.edits[1].file) {
      // What a killed process leaves: a draft beside the file.
      REQUIRE(create_file(file.string() + ".0123abcd.new", "B=2\n"));
      throw Killed();
    }
    return edit_file(file, before, after);
  };
  CHECK_THROWS_AS(apply_edits(files.edits, files.copies, editor), Killed);
  const auto copies = env_copies(files.folder.path());
  REQUIRE(copies.size() == 1);
  CHECK(copies[0].unfinished());
  REQUIRE(copies[0].changed.size() == 1);
  CHECK(copies[0].drafts.size() == 1);
  std::string told;
  for (const std::string& line : told_of_unfinished(copies[0])) {
    told += line + "\n";
  }
  CHECK_THAT(told, Catch::Contains("a.env has changed; undo: cp "));
  CHECK_THAT(told, !Catch::Contains("c.env"));
  CHECK_THAT(told, Catch::Contains("rm "));
  // Undone, nothing is left to tell.
  fs::remove(copies[0].drafts[0]);
  fs::copy_file(copies[0].changed[0].copy, copies[0].changed[0].file,
                fs::copy_options::overwrite_existing);
  CHECK_FALSE(env_copies(files.folder.path())[0].unfinished());
}

}  // namespace rung::env_edits_test
