#include "core/audit/package_needs.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/audit/imports.hpp"
#include "core/audit/package_names.hpp"
#include "tests/core/audit/findings_text.hpp"

namespace rung::package_needs_test {
namespace {

using audit_tests::Files;
using audit_tests::texts_of;

DeclaredPackages declared(const std::vector<const char*>& names,
                          const char* file) {
  DeclaredPackages all;
  for (const char* name : names) all.packages[name] = {file, false, true};
  all.files = {file};
  all.folders = {""};
  return all;
}

std::string told(const std::vector<AuditFinding>& findings) {
  std::string all;
  for (const AuditFinding& f : findings) {
    all +=
        std::string(to_string(f.level)) + ' ' + f.kind + ' ' + f.place + '\n';
  }
  return all;
}

std::string python(const char* text, const std::vector<const char*>& names = {},
                   const char* path = "app.py") {
  const Files files = {{path, text}, {"own/part.py", ""}};
  return told(
      python_needs(declared(names, "requirements.txt"), {}, texts_of(files)));
}

}  // namespace

TEST_CASE("Imports are read with what is known of their place",
          "[core][audit]") {
  const auto read = [](const char* text, Language language) {
    std::string all;
    for (const Import& one :
         imports_of(tokens_of(text, language, "a"), language)) {
      all += one.name + (one.optional ? "?" : "") + (one.inner ? "()" : "") +
             (one.types_only ? ":T" : "") + ' ';
    }
    return all;
  };
  CHECK(read("import a.b, c as d\nfrom ..e import (f,\n  g)\nfrom . import h",
             kPython) == "a.b c ..e . ");
  CHECK(read("'''\nimport a\n'''\n# import b\nx = yield_from(c)", kPython)
            .empty());
  CHECK(read("try:\n    import a\nexcept ImportError:\n    import b\n"
             "if TYPE_CHECKING:\n    import c\ndef f():\n    import d",
             kPython) == "a? b? c?:T d() ");
  CHECK(read("import a, { b } from 'c'; import 'd'\nexport * from './e'",
             kNode) == "c d ./e ");
  CHECK(read("import type { A } from 'a'; import { type B } from 'b'\n"
             "import { type C, d } from 'c'",
             kNode) == "a:T b:T c ");
  CHECK(read("const a = require('a')\ntry { require('b') } catch {}\n"
             "function f() { require('c') }\nawait import('d')",
             kNode) == "a b? c() d() ");
}

TEST_CASE("An import of Python needs a package that provides it",
          "[core][audit]") {
  const std::string missing = "warning requirement app.py:1\n";
  CHECK(python("import yaml") == missing);
  CHECK(python("import yaml", {"pyyaml"}).empty());
  CHECK(python("import cv2", {"opencv-python-headless"}).empty());
  CHECK(python("from google.cloud import storage", {"google-cloud-storage"})
            .empty());
  CHECK(python("import flask_cors", {"flask-cors"}).empty());
  CHECK(python("import flask_cors", {"flask"}) == missing);
  CHECK(python("import flask_sqlalchemy", {"sqlalchemy", "flask"}) == missing);
  CHECK(python("import strawberry_django", {"strawberry-graphql-django"})
            .empty());
  CHECK(python("import os, json, zoneinfo, own, app, __future__").empty());
  CHECK(python("import own.part\nfrom .x import y").empty());
  CHECK(python("try:\n    import yaml\nexcept ImportError:\n    pass").empty());
  // app/jwt.py is no module "jwt", but beside it is one.
  const Files inside = {{"app/__init__.py", ""}, {"app/jwt.py", "import jwt"}};
  CHECK(told(python_needs(declared({}, "requirements.txt"), {},
                          texts_of(inside))) ==
        "warning requirement app/jwt.py:1\n");
  const Files beside = {{"app/__init__.py", ""},
                        {"app/jwt.py", ""},
                        {"app/main.py", "import jwt"}};
  CHECK(python_needs(declared({}, "requirements.txt"), {}, texts_of(beside))
            .empty());
  // Other packages bring these.
  CHECK(python("import numpy, starlette", {"pandas"}).empty());
  CHECK(python("import taggit", {"wagtail"}).empty());
  for (const char* path : {"tests/a.py", "scripts/a.py", "setup.py",
                           "docs/conf.py", "x/{{ name }}/a.py"}) {
    CAPTURE(path);
    CHECK(python("import yaml", {}, path).empty());
  }
  // Nobody says what is installed.
  DeclaredPackages open = declared({}, "requirements.txt");
  open.open = true;
  const Files files = {{"app.py", "import yaml"}};
  CHECK(python_needs(open, {}, texts_of(files)).empty());
  CHECK(python_needs({}, {}, texts_of(files)).empty());
}

TEST_CASE("What is missing is an error if it is certain", "[core][audit]") {
  const Files files = {{"app.py", "import lib\ndef f():\n    import cv2\n"},
                       {"lib.py", "import yaml"},
                       {"job.py", "import bs4"}};
  Deployed deployed;
  deployed.starts = {{"gunicorn app:app", "Procfile:1"}};
  DeclaredPackages packages = declared({"flask"}, "pyproject.toml");
  packages.locked = {"flask"};
  CHECK(told(python_needs(packages, deployed, texts_of(files))) ==
        "warning requirement job.py:1\nwarning requirement app.py:3\n"
        "error requirement lib.py:1\n");
  packages.locked = {"flask", "pyyaml", "beautifulsoup4", "opencv-python"};
  CHECK(python_needs(packages, deployed, texts_of(files)).empty());
}

TEST_CASE("Python without a module of its library is told", "[core][audit]") {
  const Files files = {{"app.py", "import imp\nimport cgi"}};
  DeclaredPackages packages = declared({"flask"}, "requirements.txt");
  packages.python = 12;
  packages.python_place = "runtime.txt";
  const auto found = python_needs(packages, {}, texts_of(files));
  REQUIRE(found.size() == 1);
  CHECK(found[0].place == "app.py:1");
  CHECK(found[0].text ==
        "imports imp, which Python has no more since 3.12, "
        "and runtime.txt asks for 3.12");
}

TEST_CASE("A requirement that nothing names is a note", "[core][audit]") {
  const DeclaredPackages packages =
      declared({"flask", "arrow", "boltons", "gunicorn"}, "requirements.txt");
  const auto unused = [&](const Files& files) {
    std::string all;
    for (const AuditFinding& f : python_needs(packages, {}, texts_of(files))) {
      if (f.kind == "unused-requirement") all += f.text;
    }
    return all;
  };
  CHECK_THAT(unused({{"app.py", "import flask, arrow"}}),
             Catch::EndsWith("names it: boltons"));
  CHECK(unused({{"app.py", "import flask, arrow\nPLUGINS = ['boltons.x']"}})
            .empty());
  DeclaredPackages django =
      declared({"django", "django-cors-headers"}, "requirements.txt");
  CHECK(python_needs(django, {},
                     texts_of({{"a.py", "import django\nA = ['corsheaders']"}}))
            .empty());
  // Then the list has all that is installed.
  CHECK(unused({{"app.py", "import flask"}}).empty());
}

}  // namespace rung::package_needs_test
