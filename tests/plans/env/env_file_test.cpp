#include "plans/env/env_file.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "core/base/error.hpp"
#include "plans/env/compare.hpp"
#include "plans/env/meaning.hpp"
#include "plans/env/write.hpp"
#include "plans/text_file.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::env_file_test {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kOuter = {{"HOME_X", "home"}};

/// What a dialect makes of the text: the value of `name`, or "!" = refused.
std::string reading(const std::string& text, Dialect dialect,
                    const std::string& name) {
  try {
    const auto values = read_env_text(text, dialect, ".env", kOuter).values();
    const auto it = values.find(name);
    return it == values.end() ? "(unset)" : it->second;
  } catch (const PlanError&) {
    return "!";
  }
}

std::string refusal(const std::string& text, Dialect dialect) {
  try {
    read_env_text(text, dialect, ".env", kOuter);
  } catch (const PlanError& error) {
    return error.what();
  }
  return "";
}

struct Row {
  const char *line, *name;
  const char *docker, *compose, *python, *node, *sh;
};

// Issue 2, section 9, cell by cell.
const Row kTable[] = {
    {R"(A='{"k": "v"}')", "A", R"('{"k": "v"}')", R"({"k": "v"})",
     R"({"k": "v"})", R"({"k": "v"})", R"({"k": "v"})"},
    {"D=val # comment", "D", "val # comment", "val", "val", "val", "val"},
    {"E=val# nocomment", "E", "val# nocomment", "val# nocomment",
     "val# nocomment", "val", "!"},
    {R"(G="a\nb")", "G", R"("a\nb")", "a\nb", "a\nb", "a\nb", R"(a\nb)"},
    {"I=  spaced  ", "I", "  spaced  ", "spaced", "spaced", "spaced", "!"},
    {"export J=x", "J", "!", "x", "x", "x", "x"},
    {"K = v", "K", "!", "v", "v", "v", "!"},
    {"P=pa$$word", "P", "pa$$word", "pa$word", "pa$$word", "pa$$word", "!"},
    {R"(B="a$HOME_X b")", "B", R"("a$HOME_X b")", "ahome b", "a$HOME_X b",
     "a$HOME_X b", "ahome b"},
    {"U=${UNSET:-def}", "U", "${UNSET:-def}", "def", "def", "${UNSET:-def}",
     "def"},
    {"M=\"one\ntwo\"", "M", "\"one", "one\ntwo", "one\ntwo", "one\ntwo",
     "one\ntwo"},
    {"S=a#b", "S", "a#b", "a#b", "a#b", "a", "a#b"},
};

// Further lines that people meet, same columns.
const Row kMore[] = {
    {"A=", "A", "", "", "", "", ""},
    {"A=''", "A", "''", "", "", "", ""},
    {"A=\"x\" # c", "A", "\"x\" # c", "x", "x", "x", "x"},
    {"A=it's", "A", "it's", "it's", "it's", "it's", "!"},
    {"A=\"say \\\"hi\\\"\"", "A", "\"say \\\"hi\\\"\"", "say \"hi\"",
     "say \"hi\"", "say \\\"hi\\\"", "say \"hi\""},
    {"A=C:\\new", "A", "C:\\new", "C:\\new", "C:\\new", "C:\\new", "C:new"},
    {"A='it\\'s'", "A", "'it\\'s'", "it's", "it's", "it\\'s", "!"},
    {"A=`x y`", "A", "`x y`", "`x y`", "`x y`", "x y", "!"},
    {"A=$HOME_X", "A", "$HOME_X", "home", "$HOME_X", "$HOME_X", "home"},
    {"A=${HOME_X}", "A", "${HOME_X}", "home", "home", "${HOME_X}", "home"},
    {"A='${HOME_X}'", "A", "'${HOME_X}'", "${HOME_X}", "home", "${HOME_X}",
     "${HOME_X}"},
    {"A: v", "A", "!", "v", "!", "v", "!"},
    {"A=x y", "A", "x y", "x y", "x y", "x y", "!"},
    {"A=\"unclosed", "A", "\"unclosed", "!", "!", "\"unclosed", "!"},
    {"A=$(id)", "A", "$(id)", "!", "$(id)", "$(id)", "!"},
    {"A=x\r", "A", "x", "x", "x", "x", "!"},
    {"A=x # y\r\nB=1\r\n", "A", "x # y", "x", "x", "x", "!"},
    {"A=\"x\r\ny\"\r\nB=1\r\n", "A", "\"x", "x\r\ny", "x\ny", "x\ny", "!"},
    {"A=\"x\r\ny\"\r\nB=1\r\n", "B", "1", "1", "1", "1", "!"},
    {"2CAPTCHA_KEY=x", "2CAPTCHA_KEY", "x", "x", "x", "x", "!"},
    {"A=x\n9aZbc=", "A", "!", "!", "!", "!", "!"},
    {"A=\"\\$HOME_X\"", "A", "\"\\$HOME_X\"", "$HOME_X", "\\$HOME_X",
     "\\$HOME_X", "$HOME_X"},
    {"B=1\nA=${B}2", "A", "${B}2", "12", "12", "${B}2", "12"},
};

void check_rows(const Row& row) {
  const char* const expected[] = {row.docker, row.compose, row.python, row.node,
                                  row.sh};
  for (std::size_t i = 0; i < std::size(kDialects); ++i) {
    CAPTURE(row.line, to_string(kDialects[i]));
    CHECK(reading(std::string(row.line) + "\n", kDialects[i], row.name) ==
          expected[i]);
    CHECK(reading(row.line, kDialects[i], row.name) == expected[i]);
    CHECK(reading("# first\n\n" + std::string(row.line) + "\nZ=1\n",
                  kDialects[i], row.name) == expected[i]);
  }
}

/// Random env files from the characters that matter.
std::string random_text(std::mt19937_64& random) {
  static const char* const kPieces[] = {
      "A",  "B",    "C_1",   "=",      "=",       "=",   " ",   " ",
      "\n", "\n",   "'",     "'",      "\"",      "\"",  "#",   " #",
      "\\", "$",    "${",    "}",      "$A",      "${B", ":-",  "-",
      "n",  "xy",   "`",     "\t",     "export ", "\\n", "\\'", "\\\"",
      "A=", "\nB=", "\nC='", "\nA=\"", "\"\n",    "'\n"};
  std::string text;
  for (auto n = 1 + random() % 14; n > 0; --n) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text;
}

struct TemporaryFolder {
  fs::path path;
  TemporaryFolder() {
    std::string pattern =
        (fs::temp_directory_path() / "rung-plans-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~TemporaryFolder() { fs::remove_all(path); }
};

/// Runs a program that reads texts.json (a list of texts) and writes
/// values.json (a list of objects); nullopt = it cannot run here.
std::optional<nlohmann::json> readings_by(
    const std::string& command, const std::string& program,
    const std::vector<std::string>& texts) {
  const TemporaryFolder folder;
  std::ofstream(folder.path / "texts.json") << nlohmann::json(texts).dump();
  std::ofstream(folder.path / "program") << program;
  const std::string line =
      "cd '" + folder.path.string() + "' && " + command + " >/dev/null 2>log";
  if (std::system(line.c_str()) != 0) return std::nullopt;
  return nlohmann::json::parse(
      read_text_file(folder.path / "values.json", 64 << 20));
}

std::optional<nlohmann::json> readings_by_python(
    const std::vector<std::string>& texts) {
  const std::string program = R"(
import io, json, logging, os
from dotenv.main import DotEnv
logging.disable(logging.CRITICAL)
os.environ.clear()
os.environ["HOME_X"] = "home"
def read(text):
    values = DotEnv(None, io.StringIO(text, newline=None), override=False)
    return {k: v for k, v in values.dict().items() if v is not None}
json.dump([read(t) for t in json.load(open("texts.json"))], open("values.json", "w"))
)";
  auto theirs = readings_by("/usr/bin/python3 program", program, texts);
  if (!theirs) theirs = readings_by("python3 program", program, texts);
  return theirs;
}

std::optional<nlohmann::json> readings_by_node(
    const std::vector<std::string>& texts) {
  // Where scripts/install puts it.
  return readings_by("NODE_PATH='" RUNG_SOURCE_DIR
                     "/.tools/prism/node_modules' node program",
                     R"(
const fs = require('fs'), dotenv = require('dotenv')
const texts = JSON.parse(fs.readFileSync('texts.json'))
fs.writeFileSync('values.json', JSON.stringify(texts.map(t => dotenv.parse(t))))
)",
                     texts);
}

/// REQUIRES: assignments only; a shell runs them.
std::vector<std::map<std::string, std::string>> readings_by_sh(
    const std::vector<std::string>& texts) {
  const TemporaryFolder folder;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::ofstream(folder.path / (std::to_string(i) + ".env")) << texts[i];
  }
  const std::string line =
      "cd '" + folder.path.string() +
      "' && env -i HOME_X=home sh -c 'for f in *.env; do (set -a; . ./$f; "
      "/usr/bin/env -0 > $f.out) || exit 1; done' >log 2>&1";
  REQUIRE(std::system(line.c_str()) == 0);
  std::vector<std::map<std::string, std::string>> all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto& theirs = all.emplace_back();
    const auto out =
        read_text_file(folder.path / (std::to_string(i) + ".env.out"), 1 << 20);
    for (std::size_t at = 0; at < out.size();) {
      const auto entry = out.substr(at, out.find('\0', at) - at);
      at += entry.size() + 1;
      const auto equal = entry.find('=');
      theirs[entry.substr(0, equal)] = entry.substr(equal + 1);
    }
    for (const char* own : {"HOME_X", "PWD", "OLDPWD", "_", "SHLVL", "f"}) {
      theirs.erase(own);
    }
  }
  return all;
}

/// Compares with the dialect's own program wherever rung reads the text.
void check_against(const nlohmann::json& theirs, Dialect dialect,
                   const std::vector<std::string>& texts,
                   const std::map<std::string, std::string>& outer) {
  std::size_t read = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(texts[i], to_string(dialect));
    nlohmann::json ours = nlohmann::json::object();
    try {
      for (const auto& [name, value] :
           read_env_text(texts[i], dialect, ".env", outer).values()) {
        ours[name] = value;
      }
    } catch (const PlanError&) {
      continue;
    }
    ++read;
    CHECK(ours == theirs[i]);
  }
  // Not by refusing everything.
  CHECK(read > texts.size() / 5);
}

std::vector<std::string> random_texts(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> texts;
  for (const Row& row : kTable) texts.push_back(row.line);
  for (const Row& row : kMore) texts.push_back(row.line);
  while (texts.size() < count) texts.push_back(random_text(random));
  return texts;
}

}  // namespace

TEST_CASE("Each dialect reads each line of the table as its program does",
          "[plans][env_file]") {
  for (const Row& row : kTable) check_rows(row);
}

TEST_CASE("Each dialect reads further lines as its program does",
          "[plans][env_file]") {
  for (const Row& row : kMore) check_rows(row);
}

TEST_CASE("What versions of python-dotenv read differently is told",
          "[plans][env_file]") {
  const auto notes = [](const char* text) {
    return read_env_text(text, Dialect::dotenv_python, ".env", kOuter).notes;
  };
  for (const char* text : {"A= # c", "A=\t#c", "export A = # c"}) {
    CAPTURE(text);
    REQUIRE(notes(text).size() == 1);
    CHECK(notes(text)[0].find("python-dotenv before 1.2") != std::string::npos);
  }
  for (const char* text : {"A=#c", "A=v # c", "A= \"v\" # c", "A=", "# c"}) {
    CAPTURE(text);
    CHECK(notes(text).empty());
  }
}

TEST_CASE("Env files read as python-dotenv itself reads them",
          "[plans][env_file]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const auto texts = random_texts(4000, seed);
  const auto theirs = readings_by_python(texts);
  if (!theirs) {
    fakes::skipped("no python3 with python-dotenv (package python3-dotenv)");
    return;
  }
  check_against(*theirs, Dialect::dotenv_python, texts, kOuter);
}

TEST_CASE("Env files read as node dotenv itself reads them",
          "[plans][env_file]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const auto texts = random_texts(4000, seed);
  const auto theirs = readings_by_node(texts);
  if (!theirs) {
    fakes::skipped("no node with dotenv (scripts/install test)");
    return;
  }
  check_against(*theirs, Dialect::dotenv_node, texts, kOuter);
}

TEST_CASE("Env files read as sh itself reads them", "[plans][env_file]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  // Only what rung accepts, which is assignments, is given to a shell.
  std::vector<std::string> texts;
  for (const auto& text : random_texts(6000, seed)) {
    if (reading(text, Dialect::sh, "A") != "!") texts.push_back(text);
  }
  REQUIRE(texts.size() > 300);
  const auto theirs = readings_by_sh(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(texts[i]);
    CHECK(read_env_text(texts[i], Dialect::sh, ".env", kOuter).values() ==
          theirs[i]);
  }
}

TEST_CASE("What no env file can hold is refused with its line",
          "[plans][env_file]") {
  for (const Dialect dialect : kDialects) {
    CAPTURE(to_string(dialect));
    CHECK(refusal(std::string("A=1\nB=x\0y\n", 10), dialect) ==
          ".env:2: a NUL byte, which no environment variable can hold (saved "
          "as UTF-16? save it as UTF-8)");
    CHECK(refusal("A=1\nB=\xff\n", dialect) ==
          ".env:2: not UTF-8; save the file as UTF-8");
    CHECK(refusal(std::string(kMaxEnvFile + 1, 'x'), dialect) ==
          ".env:1: larger than 1024 KiB: not an env file?");
    CHECK(refusal("", dialect).empty());
    CHECK(refusal("\n# only a comment", dialect).empty());
  }
  CHECK(refusal("\xef\xbb\xbf"
                "A=1",
                Dialect::sh)
            .find("byte order mark") != std::string::npos);
  CHECK(reading("\xef\xbb\xbf"
                "A=1",
                Dialect::docker, "A") == "1");
  CHECK(refusal("A=1\n\nB=\"x\n\ny", Dialect::compose) ==
        ".env:3: the quote of B is never closed");
  CHECK(refusal("A=1\nrm -rf x\n", Dialect::sh).substr(0, 27) ==
        ".env:2: sh would run a comm");
}

TEST_CASE("Lines that double the one above are refused before they fill memory",
          "[plans][env_file]") {
  const auto [dialect, twice] = GENERATE(table<Dialect, std::string>(
      {{Dialect::compose, "${A}$A"}, {Dialect::compose, "\"${A:-x}${A:+$A}\""},
       {Dialect::dotenv_python, "${A}${A:-x}"}, {Dialect::sh, "\"$A${A-x}\""}}));
  std::string text = "V0=sixteen_letters_\n";
  for (int i = 1; i <= 64; ++i) {
    std::string value = twice;
    for (auto at = value.find('A'); at != value.npos; at = value.find('A', at)) {
      value.replace(at, 1, "V" + std::to_string(i - 1));
    }
    text += "V" + std::to_string(i) + "=" + value + "\n";
  }
  CHECK(refusal(text, dialect) ==
        ".env:17: its values, with their variables filled in, are larger than "
        "1024 KiB");
}

TEST_CASE("What is not quite UTF-8 is refused in every dialect",
          "[plans][env_file]") {
  const Dialect dialect = GENERATE(from_range(std::begin(kDialects),
                                              std::end(kDialects)));
  // A surrogate, a slash written too long, beyond the last character.
  for (const char* bytes : {"\xed\xa0\x80", "\xe0\x80\xaf", "\xf4\x90\x80\x80"}) {
    CHECK(refusal(std::string("A=1\nB=") + bytes + "\n", dialect) ==
          ".env:2: not UTF-8; save the file as UTF-8");
  }
}

TEST_CASE("No refusal and no note repeats what a file holds",
          "[plans][env_file]") {
  // Every dialect, values in every disguise: the text must not come back.
  const std::string secret = "hunter2";
  const std::string lines[] = {secret,
                               "-----BEGIN KEY-----\n" + secret + "\n",
                               "A=\"" + secret,
                               "A='" + secret,
                               "A=$" + secret,
                               "A=x$" + secret + "y",
                               "A=${" + secret,
                               "A=${" + secret + "?x}",
                               "A=x " + secret,
                               "A=`" + secret + "`",
                               "A=$(" + secret + ")",
                               "A b=" + secret,
                               "A=1\nA=" + secret,
                               secret + "/+=",
                               "A=x;" + secret,
                               "A='x'" + secret + "'"};
  for (const auto& line : lines) {
    for (const Dialect dialect : kDialects) {
      CAPTURE(line, to_string(dialect));
      CHECK(refusal(line, dialect).find(secret) == std::string::npos);
      try {
        for (const auto& note : read_env_text(line, dialect, ".env").notes) {
          CHECK(note.find(secret) == std::string::npos);
        }
        for (const auto& warning : dialect_warnings(line, dialect, ".env")) {
          CHECK(warning.declared_shape.find(secret) == std::string::npos);
          CHECK(warning.other_shape.find(secret) == std::string::npos);
        }
      } catch (const PlanError&) {
        // its text was looked at above
      }
    }
  }
}

TEST_CASE("A variable set twice keeps its place and its last value",
          "[plans][env_file]") {
  const auto read = read_env_text("A=1\nB=2\nA=3\n", Dialect::compose, ".env");
  REQUIRE(read.vars.size() == 2);
  CHECK(read.vars[0].name == "A");
  CHECK(read.vars[0].value == "3");
  CHECK(read.vars[0].line == 3);
  CHECK(read.notes == std::vector<std::string>{
                          ".env:3: A is set again (before: line 1); the last "
                          "counts"});
}

TEST_CASE("A value that another dialect reads differently gets a warning",
          "[plans][env_file]") {
  const Dialect docker[] = {Dialect::docker};
  const auto warnings = dialect_warnings("PLAIN=x\nQ=\"a b\"\nK = v\n",
                                         Dialect::compose, ".env", docker);
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].line == 2);
  CHECK(warnings[0].text() ==
        "Q: 3 bytes here (compose), but 5 bytes, in quotes to docker");
  CHECK(warnings[1].text() ==
        "K: 1 byte here (compose), but refused to docker");
  CHECK(dialect_warnings("A=x\nB=10000\nURL=http://h:1/p\n", Dialect::docker,
                         ".env")
            .empty());
}

TEST_CASE("A file of many thousand variables is compared in seconds",
          "[plans][env_file]") {
  std::string text;
  for (int i = 0; i < 5'000; ++i) {
    text += "VARIABLE_" + std::to_string(i) + "='x'\n";
  }
  const std::clock_t from = std::clock();
  CHECK(dialect_warnings(text, Dialect::docker, ".env").size() == 20'000);
  const auto told = read_env_told(text, Dialect::docker, ".env");
  CHECK(told.read.vars.size() == 5'000);
  CHECK((std::clock() - from) / CLOCKS_PER_SEC < 20);
}

TEST_CASE("What is written reads back as it was, or is refused by name",
          "[plans][env_file]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  static const char* const kPieces[] = {"a", " ",  "'",    "\"", "\\", "$",
                                        "{", "}",  "#",    "\n", "`",  "=",
                                        "n", "$A", "${A}", "\t", "é"};
  std::map<Dialect, int> written;
  for (int round = 0; round < 3000; ++round) {
    std::string value;
    for (auto n = random() % 7; n > 0; --n) {
      value += kPieces[random() % std::size(kPieces)];
    }
    for (const Dialect dialect : kDialects) {
      CAPTURE(value, to_string(dialect));
      const std::map<std::string, std::string> values = {
          {"A", "first"}, {"NAME", value}, {"Z", "last"}};
      try {
        const auto text = write_env_text(values, dialect, {{"Z", "phase"}});
        ++written[dialect];
        CHECK(read_env_text(text, dialect, ".env").values() == values);
      } catch (const PlanError& error) {
        CHECK(std::string(error.what()) ==
              "NAME: the dialect " + std::string(to_string(dialect)) +
                  " cannot express this name or value; choose another dialect");
      }
    }
  }
  CHECK(written[Dialect::sh] == 3000);       // single and double quotes do
  CHECK(written[Dialect::compose] == 3000);  // escapes do
  CHECK(written[Dialect::docker] > 1500);    // no line breaks
  CHECK(written[Dialect::dotenv_python] > 2000);
  CHECK(written[Dialect::dotenv_node] > 2000);
}

TEST_CASE("What ends in a backslash is written before what has quotes",
          "[plans][env_file]") {
  for (const Dialect dialect : kDialects) {
    CAPTURE(to_string(dialect));
    const std::map<std::string, std::string> values = {
        {"A", "a7n\\\\\\"}, {"B", "_-'#;../"}, {"C", "say \"x\""}};
    CHECK(read_env_text(write_env_text(values, dialect), dialect, ".env")
              .values() == values);
  }
  CHECK_THROWS_AS(write_env_text({{"UID", "7"}}, Dialect::sh), PlanError);
}

TEST_CASE("What is written is read back by the dialect's own program",
          "[plans][env_file]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  static const char* const kPieces[] = {"a", " ", "'", "\"", "\\", "\\",
                                        "$", "{", "}", "#",  "\n", "\r",
                                        "`", "=", "n", "$A", "${A}", "\t",
                                        "é", "~", ":", "*",  ";",  "\\n"};
  static const char* const kNames[] = {"A", "B_1", "exportX", "export", "n"};
  const Dialect dialect =
      GENERATE(Dialect::dotenv_python, Dialect::dotenv_node, Dialect::sh);
  std::vector<std::string> texts;
  std::vector<std::map<std::string, std::string>> written;
  for (int round = 0; round < 1500; ++round) {
    std::map<std::string, std::string> values;
    for (const char* name : kNames) {
      std::string value;
      for (auto n = random() % 6; n > 0; --n) {
        value += kPieces[random() % std::size(kPieces)];
      }
      if (random() % 2 == 0) values[name] = value;
    }
    try {
      texts.push_back(write_env_text(values, dialect));
      written.push_back(values);
    } catch (const PlanError&) {
      // refused is fine
    }
  }
  REQUIRE(texts.size() > 300);
  nlohmann::json theirs;
  if (dialect == Dialect::sh) {
    theirs = readings_by_sh(texts);
  } else {
    const auto read = dialect == Dialect::dotenv_node
                          ? readings_by_node(texts)
                          : readings_by_python(texts);
    if (!read) {
      fakes::skipped("no " + std::string(to_string(dialect)) + " here");
      return;
    }
    theirs = *read;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(texts[i], to_string(dialect));
    CHECK(theirs[i] == nlohmann::json(written[i]));
  }
}

}  // namespace rung::env_file_test
