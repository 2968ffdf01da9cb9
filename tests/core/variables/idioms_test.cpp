// The idioms that programs read their environment by, and texts that only look
// like it, as two lists: "### PATH NAME...", then the text.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/variables/variable_use.hpp"

namespace rung::idioms_test {
namespace {

struct Idiom {
  std::string path, text;
  std::set<std::string> names;
};

std::vector<Idiom> idioms_in(const std::string& file) {
  std::ifstream in(RUNG_SOURCE_DIR "/tests/core/variables/" + file);
  std::vector<Idiom> all;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("### ")) {
      std::istringstream words(line.substr(4));
      Idiom one;
      words >> one.path;
      one.names = {std::istream_iterator<std::string>(words), {}};
      all.push_back(std::move(one));
    } else if (!all.empty()) {
      all.back().text += line + '\n';
    }
  }
  return all;
}

std::set<std::string> read(const Idiom& one) {
  std::set<std::string> names;
  const SourceReads reads = reads_of(one.path, one.text);
  for (const VariableUse& use : reads.uses) names.insert(use.name);
  return names;
}

}  // namespace

TEST_CASE("The usual ways to read the environment are found",
          "[core][variables]") {
  const auto all = idioms_in("idioms.txt");
  REQUIRE(all.size() >= 220);
  std::size_t found = 0;
  std::string missed, wrong;
  for (const Idiom& one : all) {
    const auto names = read(one);
    bool whole = true;
    for (const auto& name : one.names) whole = whole && names.count(name) != 0;
    for (const auto& name : names) {
      if (one.names.count(name) == 0) {
        wrong += one.path + " " + name + ":\n" + one.text;
      }
    }
    if (whole) {
      ++found;
    } else {
      missed += one.path + ":\n" + one.text;
    }
  }
  INFO(found << " of " << all.size() << "; missed:\n" << missed);
  CHECK(found * 100 >= all.size() * 95);
  CHECK(wrong == "");
}

TEST_CASE("What only looks like a read is none", "[core][variables]") {
  const auto all = idioms_in("no_readers.txt");
  REQUIRE(all.size() >= 45);
  for (const Idiom& one : all) {
    CAPTURE(one.path, one.text);
    CHECK(read(one).empty());
  }
}

}  // namespace rung::idioms_test
