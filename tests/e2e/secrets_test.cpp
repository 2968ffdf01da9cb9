// No secret leaves rung, in whatever form a service writes it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/skipped.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::secrets_test {
namespace {

using fakes::GitRepository;
using fakes::TemporaryFolder;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string all_below(const fs::path& folder) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) all += text_of(entry.path());
  }
  return all;
}

const std::vector<std::string> kCanaries = {
    "kQ7/vN2+xT9=wL4mZ8rB",                  // declared
    "plain words only & more",               // declared, nothing random in it
    "hB3nM9qWc5Xz",                          // a password in a URL
    "rE6tY2uI8oP0aS4d",                      // named like a secret
    "MIIEvQIBADANBgkq7hV3kTzpLw9s0aQ1Xc"};   // a key on several lines

/// Writes each of its variables in the forms that programs use.
constexpr const char* kTalks = R"py(
import base64, html, json, os, sys, urllib.parse
for name in ["DECLARED", "PHRASE", "DATABASE_URL", "API_TOKEN", "SIGNING_KEY"]:
    v = os.environ[name]
    u = urllib.parse.quote(v)
    for form in [v, repr(v), json.dumps(v), json.dumps(json.dumps(v)), u,
                 urllib.parse.quote_plus(v), urllib.parse.quote(u, safe=""),
                 u.lower(), html.escape(v), v.upper(), v.encode().hex(),
                 base64.b64encode(v.encode()).decode(),
                 base64.b64encode(b"u:" + v.encode()).decode(),
                 "\n".join(v[i:i + 11] for i in range(0, len(v), 11)),
                 "".join("\\x%02x" % b for b in v.encode())]:
        print("talks of", form, "here", file=sys.stderr, flush=True)
)py";

/// What must not be found: the canaries and their usual forms.
std::vector<std::string> traces() {
  std::vector<std::string> traces;
  for (const std::string& canary : kCanaries) {
    for (std::size_t at = 0; at + 8 <= canary.size(); at += 4) {
      traces.push_back(canary.substr(at, 8));
    }
  }
  // hex, percent and base64 of pieces of the first
  for (const char* form : {"6b51372f764e32", "kQ7%2FvN2", "kQ7%252F",
                           "a1E3L3ZOMit4VDk9d0w0bVo4ckI", "KQ7/VN2+XT9"}) {
    traces.emplace_back(form);
  }
  return traces;
}

void check_clean(const std::string& text) {
  for (const std::string& trace : traces()) {
    const auto at = text.find(trace);
    if (at == text.npos) continue;
    CAPTURE(trace, text.substr(at < 80 ? 0 : at - 80, 200));
    CHECK(false);
  }
}

}  // namespace

TEST_CASE("Whatever a service writes, its secrets stay where they are",
          "[e2e][secrets]") {
  GitRepository repository;
  const std::string key = "-----BEGIN PRIVATE KEY-----\\n" + kCanaries[4] +
                          "\\n-----END PRIVATE KEY-----";
  repository.commit_files(
      {{"talks.py", kTalks},
       {"behaviour", "port PORT\n"},
       {"plan.yaml",
        std::string("rung: 1\nname: shop\nstart: python3 talks.py; exec ") +
            RUNG_TEST_SERVICE +
            "\nenv_files: [.env]\n"
            "secrets: {DECLARED: {from: env, name: A}, PHRASE: {from: env, "
            "name: B}}\n"
            "phases:\n  - name: only\n    gates: [{http: /health, deadline: 3s}]\n"}});
  repository.check_out();
  const fs::path root = repository.root();
  TemporaryFolder home;
  std::ofstream(root / ".env")
      << "DATABASE_URL=postgres://app:" << kCanaries[2] << "@db.test/shop\n"
      << "API_TOKEN=" << kCanaries[3] << "\nSIGNING_KEY=\"" << key << "\"\n";
  const std::map<std::string, std::string> with = {{"A", kCanaries[0]},
                                                   {"B", kCanaries[1]}};
  const Result climbed = rung({"climb", "plan.yaml"}, root, with);
  CAPTURE(climbed.log);
  REQUIRE(climbed.exit == 0);
  const fs::path live = root / ".rung" / "live-local" / "log";
  // Five variables in fifteen forms each.
  const auto talked = [&] {
    const std::string text = text_of(live);
    std::size_t lines = 0;
    for (auto at = text.find("talks of"); at != text.npos;
         at = text.find("talks of", at + 1)) {
      ++lines;
    }
    return lines == 75;
  };
  CHECK(fakes::becomes_true(talked));

  repository.commit_files({{"behaviour", "port PORT\nstatus 500\n"}});
  repository.check_out();
  const Result broke = rung({"climb", "plan.yaml", "--json"}, root, with);
  CAPTURE(broke.log);
  CHECK(broke.exit == 1);
  const Result log = rung({"log", "plan.yaml"}, root, with);
  CHECK(rung({"stop", "plan.yaml"}, root).exit == 0);

  fs::remove(root / ".env");
  check_clean(climbed.log + broke.log + log.log);
  const std::string kept = all_below(root / ".rung");
  CHECK(kept.find("talks of") != kept.npos);
  check_clean(kept);
}

TEST_CASE("diagnose shows no secret of a log that it knows nothing of",
          "[e2e][secrets]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "deploy.log")
      << "Starting service\n"
         "could not connect to postgres://app:"
      << kCanaries[2] << "@db.test/shop: connection refused\n";
  for (const char* form : {"", "--json"}) {
    std::vector<std::string> arguments = {"diagnose", "deploy.log"};
    if (*form != 0) arguments.emplace_back(form);
    const Result found = rung(arguments, folder.path());
    CAPTURE(found.log);
    CHECK(found.exit == 1);
    CHECK(found.log.find("db-unreachable") != std::string::npos);
    check_clean(found.log);
  }
}

}  // namespace rung::e2e::secrets_test
