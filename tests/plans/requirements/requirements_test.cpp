#include "plans/requirements/requirements.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>

#include "core/base/error.hpp"
#include "plans/requirements/npm.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/requirements/pip_requirement.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::requirements_test {
namespace {

using Files = std::map<std::string, std::string>;

ReadFile reader(const Files& files) {
  return [files](const std::filesystem::path& path) {
    const auto it = files.find(path.string());
    if (it == files.end()) {
      throw PlanError(path.string() + ": there is no such file");
    }
    return it->second;
  };
}

Requirements pip(const std::string& text, const Files& files = {}) {
  return parse_pip_file(text, "r/requirements.txt", reader(files));
}

template <class Work>
std::string refusal(Work&& work) {
  try {
    work();
  } catch (const PlanError& error) {
    return error.what();
  }
  return "";
}

std::string pip_refusal(const std::string& text, const Files& files = {}) {
  return refusal([&] { pip(text, files); });
}

}  // namespace

TEST_CASE("Package names are compared as PEP 503 says",
          "[plans][requirements]") {
  CHECK(normalised_package("Flask_SQLAlchemy") == "flask-sqlalchemy");
  CHECK(normalised_package("zope.interface") == "zope-interface");
  CHECK(normalised_package("a-_.b") == "a-b");
}

TEST_CASE("A requirement file gives package and what follows its name",
          "[plans][requirements]") {
  const Requirements expected = {
      {"fastapi", "==0.92.0"},
      {"uvicorn", "[standard]>=0.17,<1"},
      {"sqlalchemy", ""},
      {"psycopg2", "==2.9.5 ; python_version >= '3.8'"},
      {"zope-interface", "~=5.0"},
      {"hashed", "==1 --hash=sha256:aa --hash=sha256:bb"},
      {"direct", " @ https://host/direct-1.tar.gz"},
      {"vcs", " @ git+https://host/vcs.git@v1#egg=vcs"},
      {"wheel-pkg", " @ ./wheels/wheel_pkg-1.0-py3-none-any.whl"},
      {"edit", " @ git+https://host/edit.git#egg=edit"},
      {"more", "[x,y] @ git+https://host/m.git#egg=more[y,x]"},
      {"tight", "[x] @ git+https://host/t.git@v1 ; python_version > '3'"},
      {"--no-index", ""},
      {"--find-links", " ./wheels"},
  };
  CHECK(pip(R"(# a comment
fastapi==0.92.0   # trailing comment
Uvicorn[standard] >= 0.17, < 1
SQLAlchemy

psycopg2 ( ==2.9.5 ) ;  python_version >= '3.8'
zope.interface~=5.0
hashed==1 \
    --hash=sha256:aa \
    --hash=sha256:bb
direct @ https://host/direct-1.tar.gz
git+https://host/vcs.git@v1#egg=vcs
./wheels/wheel_pkg-1.0-py3-none-any.whl
-e git+https://host/edit.git#egg=edit
-e git+https://host/m.git#egg=more[y,x]
tight[x]@git+https://host/t.git@v1 ; python_version > '3'
--no-index
-f ./wheels
)") == expected);
}

TEST_CASE("Line ends, marks and blanks of other systems do no harm",
          "[plans][requirements]") {
  CHECK(pip("\xef\xbb\xbf"
            "a==1\r\n\r\n\tb==2  \r\nc==3") ==
        Requirements{{"a", "==1"}, {"b", "==2"}, {"c", "==3"}});
  CHECK(pip_refusal(std::string("\xff\xfe"
                                "a\0=\0",
                                6)) ==
        "r/requirements.txt:1: not UTF-8 but UTF-16, as PowerShell's > writes; "
        "save it as UTF-8");
}

TEST_CASE("Files are included and constraints kept apart",
          "[plans][requirements]") {
  const Files files = {{"r/base.txt", "a==1\n-r more/other.txt\n"},
                       {"r/more/other.txt", "b==2\n"},
                       {"r/limits.txt", "c<3\nA<2\n"}};
  CHECK(pip("-r base.txt\n-c limits.txt\nc\n", files) ==
        Requirements{{"a", "==1"},
                     {"b", "==2"},
                     {"c", ""},
                     {"-c a", "<2"},
                     {"-c c", "<3"}});
  CHECK(pip_refusal("x\n-r gone.txt\n") ==
        "r/requirements.txt:2: r/gone.txt: there is no such file");
  CHECK(pip_refusal("-r loop.txt\n", {{"r/loop.txt", "-r loop.txt\n"}}) ==
        "r/loop.txt:1: includes itself");
  CHECK(pip_refusal("-r base.txt\n", {{"r/base.txt", "ok\n=bad\n"}})
            .substr(0, 14) == "r/base.txt:2: ");
}

TEST_CASE("Files that each name the next one twice are refused",
          "[plans][requirements]") {
  Files files;
  for (int i = 1; i <= 40; ++i) {
    const std::string next = "-r " + std::to_string(i + 1) + ".txt\n";
    files["r/" + std::to_string(i) + ".txt"] = next + next;
  }
  files["r/41.txt"] = "a==1\n";
  CHECK_THAT(pip_refusal("-r 1.txt\n", files),
             Catch::Contains("more than 100 files"));
}

TEST_CASE("All lines of a package have to hold, as pip takes them",
          "[plans][requirements]") {
  CHECK(pip("a==1\nA==1\n") == Requirements{{"a", "==1"}});
  CHECK(pip("a\nA==1\n") == Requirements{{"a", "==1"}});
  CHECK(pip("-r base.txt\nx-y==1\n", {{"r/base.txt", "X_y>=1\n-c c.txt\n"},
                                       {"r/c.txt", "x-y<3\nx-y!=2\n"}}) ==
        Requirements{{"x-y", "==1\n>=1"}, {"-c x-y", "!=2\n<3"}});
  const auto both =
      pip("n==1; python_version<'3.9'\nn==2; python_version>='3.9'");
  CHECK(both.at("n") ==
        "==1 ; python_version<'3.9'\n==2 ; python_version>='3.9'");
  const PipFiles files = write_pip_files({{"x-y", "==1\n>=1"}}, "c.txt");
  CHECK(files.requirements == "x-y==1\nx-y>=1\n");
}

TEST_CASE("Files of other tools are refused by name, with what exports them",
          "[plans][requirements]") {
  fakes::TempFolder folder;
  struct Case {
    const char *file, *says;
  };
  const auto c = GENERATE(values<Case>({
      {"poetry.lock", "poetry export"},
      {"uv.lock", "uv export"},
      {"pdm.lock", "pdm export"},
      {"Pipfile.lock", "pipenv requirements"},
      {"pyproject.toml", "pip-compile"},
      {"environment.yml", "pip freeze"},
      {"yarn.lock", "npm install --package-lock-only"},
      {"pnpm-lock.yaml", "npm install --package-lock-only"},
      {"bun.lock", "npm install --package-lock-only"},
      {"Gemfile.lock", "bisect those"},
      {"go.mod", "bisect those"},
      {"go.sum", "bisect those"},
      {"Cargo.lock", "bisect those"},
      {"composer.json", "bisect those"},
      {"bower.json", "bisect those"},
      {"composer.lock", "bisect those"},
      {"other.lock", "rung reads requirements.txt"},
  }));
  const auto file = folder.path() / c.file;
  std::ofstream(file) << "{}\n";
  const auto message = refusal([&] { read_requirements(file); });
  CAPTURE(message);
  CHECK(message.find(c.file) != std::string::npos);
  CHECK(message.find(c.says) != std::string::npos);
}

TEST_CASE("Copies of other tools' files are known by name or by content",
          "[plans][requirements]") {
  fakes::TempFolder folder;
  struct Case {
    const char *file, *text, *says;
  };
  const auto c = GENERATE(values<Case>({
      {"poetry.lock.old", "x", "poetry export"},
      {"old-yarn.lock", "x", "package-lock.json"},
      {"good_pnpm-lock.yaml", "x", "package-lock.json"},
      {"a", "# This file is automatically @generated by Poetry 1.7.1 and\n",
       "poetry export"},
      {"a", "[[package]]\nname = \"a\"\npython-versions = \"*\"\n",
       "poetry export"},
      {"a", "version = 1\nrevision = 2\nrequires-python = \">=3.11\"\n",
       "uv export"},
      {"a", "# made by uv\nlock-version = \"1.0\"\n", "uv pip sync"},
      {"a", "# AUTOGENERATED\n# yarn lockfile v1\n", "package-lock.json"},
      {"a", "# by yarn\n\n__metadata:\n  version: 8\n", "package-lock.json"},
      {"a", "lockfileVersion: '9.0'\n", "package-lock.json"},
      {"a.json", "{\"_meta\": {\"hash\": {}, \"pipfile-spec\": 6}}",
       "pipenv requirements"},
      {"a", "[project]\nname = \"a\"\n", "pip-compile"},
      {"a", "GEM\n  remote: https://rubygems.org/\n", "bisect those"},
      {"a", "# This file is automatically @generated by Cargo.\n",
       "bisect those"},
      {"a", "github.com/a/b v1.2.3 h1:abc=\n", "bisect those"},
      {"a", "module example.com/a\n\ngo 1.22\n", "bisect those"},
      {"a", "# frozen\nsource \"https://rubygems.org\"\n", "bisect those"},
      {"a", "# $ conda create --name <env> --file <this file>\na=1=b\n",
       "conda run pip freeze"},
      {"a", "# platform: linux-64\n@EXPLICIT\nhttps://h/a.conda\n",
       "conda run pip freeze"},
      {"prod.yml", "name: a\nchannels: [b]\ndependencies:\n  - c\n",
       "conda run pip freeze"},
      {"a", "Package    Version\n---------- -------\npip        23.2.1\n",
       "pip freeze > requirements.txt"},
  }));
  const auto file = folder.path() / c.file;
  std::ofstream(file) << c.text;
  const auto message = refusal([&] { read_requirements(file); });
  CAPTURE(message);
  CHECK(message.find(c.says) != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("What is pip's own format is read, whatever exported it",
          "[plans][requirements]") {
  fakes::TempFolder folder;
  for (const char* name :
       {"requirements.lock", "requirements-dev.lock", "poetry.lock.txt"}) {
    std::ofstream(folder.path() / name)
        << "# by uv export\nclick==8.1.7\n    # via shop\n";
    CHECK(read_requirements(folder.path() / name) ==
          Requirements{{"click", "==8.1.7"}});
  }
}

TEST_CASE("A line that cannot be a requirement is refused with its place",
          "[plans][requirements]") {
  struct Case {
    const char *line, *says;
  };
  const auto c = GENERATE(values<Case>({
      {"fastapi=0.92", "\"=0.92\" is not a version comparison"},
      {"fastapi 0.92", "\"0.92\" is not a version comparison"},
      {"fastapi==", "\"==\" is not a version comparison"},
      {"==1", "does not begin with the name of a package"},
      {"a[b==1", "\"[\" is never closed"},
      {"a==1;", "\";\" needs a marker after it"},
      {"-e .", "an editable folder is part of the code"},
      {"-e /home/me/x", "an editable folder is part of the code"},
      {".", "a folder is part of the code"},
      {"./here", "a folder is part of the code"},
      {"https://host/archive/main", "does not say which package"},
      {"--no-indx", "unknown option --no-indx (did you mean \"--no-index\"?)"},
      {"--index-url", "--index-url takes a value"},
  }));
  CAPTURE(c.line);
  const auto message = pip_refusal(std::string("ok==1\n") + c.line + "\n");
  CHECK(message.substr(0, 22) == "r/requirements.txt:2: ");
  CHECK(message.find(c.says) != std::string::npos);
}

TEST_CASE("A comment is no value of an option", "[plans][requirements]") {
  CHECK(pip_refusal("-f#x\n") ==
        "r/requirements.txt:1: --find-links takes a value, not a comment");
  CHECK(pip("-fx#y\n") == Requirements{{"--find-links", " x#y"}});
}

TEST_CASE("A password in a URL is refused and not repeated",
          "[plans][requirements]") {
  for (const std::string line :
       {"--index-url https://me:hunter2@host/simple",
        "a @ https://me:hunter2@host/a.whl",
        "git+https://me:hunter2@host/a.git#egg=a",
        "--extra-index-url=https://hunter2hunter2hunter2@host/"}) {
    const auto message = pip_refusal(line);
    CAPTURE(line);
    CHECK(message.find("write ${NAME}") != std::string::npos);
    CHECK(message.find("hunter2") == std::string::npos);
  }
  CHECK(
      pip_refusal("--index-url https://${USER}:${TOKEN}@host/simple").empty());
  CHECK(pip_refusal("a @ git+ssh://git@host/a.git").empty());
}

TEST_CASE("A written requirement file reads back the same",
          "[plans][requirements]") {
  const Requirements all = pip(
      "b[y,x]==1\na\n--no-index\n-f ./w1\n-f ./w2\n./d/p_q-1-py3-none-any.whl\n"
      "m==1; python_version<'3.9'\nm==2; python_version>='3.9'\n"
      "u @ https://host/u.whl ; os_name=='posix'\n"
      "v @ git+https://host/v.git#egg=v\n-c limits.txt",
      {{"r/limits.txt", "t<9\n"}});
  const PipFiles files =
      write_pip_files(all, "requirements.constraints.txt",
                      {{"a", "first"}, {"b", "second"}, {"-c t", "second"}});
  CHECK(files.requirements ==
        "--find-links ./w1\n"
        "--find-links ./w2\n"
        "--no-index\n"
        "-c requirements.constraints.txt\n"
        "a  # first\n"
        "b[x,y]==1  # second\n"
        "m==1 ; python_version<'3.9'\n"
        "m==2 ; python_version>='3.9'\n"
        "./d/p_q-1-py3-none-any.whl\n"
        "u @ https://host/u.whl ; os_name=='posix'\n"
        "v @ git+https://host/v.git#egg=v\n");
  CHECK(files.constraints == "t<9  # second\n");
  CHECK(pip(files.requirements,
            {{"r/requirements.constraints.txt", files.constraints}}) == all);
}

TEST_CASE("package.json gives its sections", "[plans][requirements]") {
  const auto found = parse_package_json(R"({
    "name": "x",
    "dependencies": {"express": "^4.18.0", "@scope/a": "1.0.0"},
    "devDependencies": {"jest": "*"},
    "optionalDependencies": {"fsevents": "~2"}})",
                                        "package.json");
  CHECK(found == Requirements{{"express", "^4.18.0"},
                              {"@scope/a", "1.0.0"},
                              {"dev:jest", "*"},
                              {"optional:fsevents", "~2"}});
  const auto broken = [](const char* text) {
    return refusal([&] { parse_package_json(text, "package.json"); });
  };
  CHECK(broken("{\n\"a\": 1,\n}") ==
        "package.json:3: not JSON; is the file whole?");
  CHECK(broken("[]") == "package.json: not a JSON object");
  CHECK(broken(R"({"dependencies": {"a": 1}})") ==
        "package.json: a: expected a version as a string");
  const auto secret =
      broken(R"({"dependencies": {"a": "git+https://u:hunter2@h/a.git"}})");
  CHECK(secret.find("a password or token in a URL") != std::string::npos);
  CHECK(secret.find("hunter2") == std::string::npos);
}

TEST_CASE("An npm version is one line, so that none passes for a lock's entry",
          "[plans][requirements]") {
  CHECK_THAT(refusal([] { parse_npm_requirement("a@1\n{"); }),
             Catch::Contains("not an npm requirement"));
  CHECK(refusal([] {
          parse_package_json(R"({"dependencies": {"a": "1\n{"}})", "f");
        }) == "f: a: a version of several lines");
}

TEST_CASE("A package.json or lock file that nests without end is refused",
          "[plans][requirements]") {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "{\"a\":";
  deep += "1" + std::string(200'000, '}');
  for (const char* begin : {R"({"dependencies": {}, "x": )",
                            R"({"lockfileVersion": 3, "packages": )"}) {
    const std::string text = begin + deep + "}";
    CHECK(refusal([&] { parse_package_json(text, "f"); }) ==
          "f: nests deeper than npm writes it");
    CHECK(refusal([&] { parse_package_lock(text, "f"); }) ==
          "f: nests deeper than npm writes it");
  }
}

TEST_CASE("A package.json keeps what is not a dependency",
          "[plans][requirements]") {
  const std::string existing =
      R"({"name": "x", "type": "module", "dependencies": {"old": "1"},
          "devDependencies": {"jest": "29"}, "scripts": {"a": "b"}})";
  const auto text = write_package_json(
      {{"express", "^4"}, {"a>b", "1"}, {"a>b>c", "2"}}, existing, "p");
  CHECK(text == R"({
  "name": "x",
  "type": "module",
  "dependencies": {
    "express": "^4"
  },
  "devDependencies": {
    "jest": "29"
  },
  "scripts": {
    "a": "b"
  },
  "overrides": {
    "a": {
      "b": {
        ".": "1",
        "c": "2"
      }
    }
  }
}
)");
  CHECK(parse_package_json(
            write_package_json({{"express", "4"}, {"dev:jest", "29"}}, "", "p"),
            "p") == Requirements{{"express", "4"}, {"dev:jest", "29"}});
}

TEST_CASE("An npm requirement is a name and a range", "[plans][requirements]") {
  CHECK(parse_npm_requirement("express@^4.18.0").rest == "^4.18.0");
  CHECK(parse_npm_requirement("@scope/a@1").package == "@scope/a");
  CHECK(parse_npm_requirement("ws").rest == "*");
  CHECK(!refusal([] { parse_npm_requirement("a b"); }).empty());
  CHECK(!refusal([] { parse_npm_requirement("a@"); }).empty());
}

TEST_CASE("No bytes make the requirement readers misbehave",
          "[plans][requirements]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  static const char* const kPieces[] = {
      "a",       "A_b",      "==1", "==", "[",    "]",    ";",  "@",
      " @ ",     "https://", "\n",  "#",  " #",   "\\\n", "-r", "-e",
      "--hash=", "(",        ")",   ",",  "{",    "}",    "\"", ":",
      ".whl",    "/",        "\r",  "\t", "git+", "#egg="};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto n = random() % 12; n > 0; --n) {
      text += kPieces[random() % std::size(kPieces)];
    }
    CAPTURE(text);
    try {
      const auto first = pip(text);
      const auto written = write_pip_files(first, "c.txt");
      CHECK(pip(written.requirements, {{"r/c.txt", written.constraints}}) ==
            first);
    } catch (const PlanError&) {
      // a refusal is an answer
    }
    try {
      parse_package_json(text, "p");
    } catch (const PlanError&) {
    }
  }
}

}  // namespace rung::requirements_test
