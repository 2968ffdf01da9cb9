// `rung init` writes one file, or none.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::e2e::init_test {
namespace {

namespace fs = std::filesystem;

void write_text(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string text_of_file(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("init writes a plan that check accepts, and never over a file",
          "[e2e][init]") {
  const fakes::TempFolder folder;
  write_text(folder.path() / "package.json",
             R"({"scripts": {"start": "node server.js"}})");
  write_text(folder.path() / "server.js", "listen(process.env.PORT)\n");
  const Result first = rung({"init"}, folder.path());
  CHECK(first.exit == 0);
  CHECK_THAT(first.out, Catch::Contains("next: rung climb plan.yaml"));
  CHECK(rung({"check", "plan.yaml"}, folder.path()).exit == 0);
  CHECK(entries_of(folder.path()) == 3);
  const std::string plan = text_of_file(folder.path() / "plan.yaml");

  const Result again = rung({"init"}, folder.path());
  CHECK(again.exit == 2);
  CHECK_THAT(again.log, Catch::Contains("plan.yaml is there already") &&
                            Catch::Contains("--output"));
  CHECK(text_of_file(folder.path() / "plan.yaml") == plan);
  fs::create_symlink("nowhere", folder.path() / "link.yaml");
  CHECK(rung({"init", "--output", "link.yaml"}, folder.path()).exit == 2);

  const Result printed = rung({"init", "--output", "-"}, folder.path());
  CHECK(printed.exit == 0);
  CHECK(printed.out == plan);
  const auto json = rung({"init", "--output", "b.yaml", "--json"},
                         folder.path()).json();
  CHECK(json["plan"] == "b.yaml");
  CHECK(json["next"] == "rung climb b.yaml");
  CHECK(json["phases"].size() == 1);
  CHECK(entries_of(folder.path()) == 5);
}

TEST_CASE("init in a folder with several apps lists them, with none says what "
          "it looked for",
          "[e2e][init]") {
  const fakes::TempFolder folder;
  const Result nothing = rung({"init"}, folder.path());
  CHECK(nothing.exit == 2);
  CHECK_THAT(nothing.log, Catch::Contains("nothing to propose a plan from; "
                                          "looked for Procfile"));
  write_text(folder.path() / "a/Procfile", "web: ./run\n");
  write_text(folder.path() / "b/Dockerfile", "FROM scratch\n");
  const Result two = rung({"init", "--json"}, folder.path());
  CHECK(two.exit == 2);
  CHECK(nlohmann::json::parse(two.out)["apps"].size() == 2);
  CHECK(rung({"init", "a"}, folder.path()).exit == 0);
  CHECK(fs::exists(folder.path() / "a/plan.yaml"));
  CHECK(rung({"init", "c"}, folder.path()).exit == 128);
}

TEST_CASE("init reads no link, pipe or broken file, and writes nothing there",
          "[e2e][init]") {
  const fakes::TempFolder folder, other;
  write_text(other.path() / "Procfile", "web: ./stolen\n");
  const fs::path app = folder.path() / "app";
  write_text(app / "index.html", std::string("\xff\0<html>", 8));
  fs::create_symlink(other.path() / "Procfile", app / "Procfile");
  fs::create_directory_symlink(app, app / "loop");
  fs::create_directory_symlink(other.path(), app / "out");
  REQUIRE(::mkfifo((app / "package.json").c_str(), 0600) == 0);
  write_text(app / "Dockerfile.\n\x01", "");
  const Result found = rung({"init", "app"}, folder.path());
  CHECK(found.exit == 0);
  CHECK_THAT(found.out, Catch::Contains("a static site"));
  CHECK(entries_of(other.path()) == 1);
}

}  // namespace rung::e2e::init_test
