#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

namespace rung::e2e::bisect_options_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

const std::string kDies = "die 1 Error: Cannot find module 'paint'\n";

}  // namespace

TEST_CASE("bisect goes into a merge, and with --first-parent stays outside",
          "[e2e][bisect_options]") {
  BrokenService service;
  auto& repository = service.repository();
  const auto main_line = service.commits(4);
  repository.branch("topic", main_line[1]);
  const auto fine = service.commits(3);
  const auto broken = service.commits(3, kDies);
  repository.branch("main", main_line.back());
  service.commits(2);
  const std::string merge = repository.merge(
      {broken.back()},
      {{"behaviour", fakes::RepositoryFile{"port PORT\n" + kDies}}});
  const std::string bad = service.commit(kDies);
  std::vector<std::string> arguments = {"--good", main_line.front(), "--bad",
                                        bad};

  const Result whole = service.bisect(arguments);
  CAPTURE(whole.log);
  CHECK(culprits(whole.json()) == Sets{{"commit " + broken.front()}});
  check_probes(whole.json(), whole.json()["between"]["commits"]);

  arguments.emplace_back("--first-parent");
  const Result line = service.bisect(arguments);
  CAPTURE(line.log);
  CHECK(line.exit == 1);
  CHECK(culprits(line.json()) == Sets{{"commit " + merge}});
}

TEST_CASE("Commits that change nothing of the declared inputs are no suspects",
          "[e2e][bisect_options]") {
  BrokenService service;
  auto& repository = service.repository();
  const auto noted = [&](const std::string& words) {
    for (int i = 0; i < 20; ++i) {
      repository.commit_files({{"notes.md", words + std::to_string(i)}});
    }
  };
  const auto fine = service.commits(1);
  noted("before");
  const std::string broken = service.commit(kDies);
  noted("after");
  const std::vector<std::string> arguments = {"--good", fine.front(), "--bad",
                                              "HEAD", "--inputs"};
  const auto with = [&](const std::string& input) {
    auto all = arguments;
    all.push_back(input);
    return service.bisect(all);
  };
  const Result result = with("behav*");
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(culprits(json) == Sets{{"commit " + broken}});
  CHECK(json["between"]["commits"] == 2);  // the bad end is always one
  CHECK(json["probes"]["search"] == 0);

  const Result typo = with("behavoir");
  CHECK(typo.exit == 128);
  CHECK(typo.log.find("input behavoir matches no file of either end") !=
        std::string::npos);
}

TEST_CASE("bisect with three workers finds the same culprit",
          "[e2e][bisect_options]") {
  BrokenService service;
  const auto fine = service.commits(17);
  const auto broken = service.commits(13, kDies);
  const Result result = service.bisect({"--good", fine.front(), "--bad",
                                        broken.back(), "--workers", "3"});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) == Sets{{"commit " + broken.front()}});
  // Three at a time quarter what is left: log4(29) rounds of three, and a
  // probe that a better one overtook counts as well.
  CHECK(json["probes"]["search"].get<int>() <= 3 * 3);
}

TEST_CASE("A probe that an answer made useless is called off",
          "[e2e][bisect_options]") {
  BrokenService service;
  const auto ids = service.commits(40);
  // The upper places searched would never answer: nobody writes the pipe.
  const auto pipe = (service.folder() / "pipe").string();
  REQUIRE(ran({"mkfifo", pipe}, service.folder()).exit == 0);
  const Result result = service.bisect(
      {"--good", ids.front(), "--bad", ids.back(), "--workers", "3",
       "--command",
       "n=$(cat number); [ $n -le 12 ] || [ $n -eq 40 ] || cat " + pipe +
           "; [ $n -lt 5 ]"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(result.json()) == Sets{{"commit " + ids[4]}});
  CHECK(result.log.find("called off") != std::string::npos);
}

TEST_CASE("several workers and one fixed port are refused",
          "[e2e][bisect_options]") {
  BrokenService service;
  const auto ids = service.commits(3);
  const Result result =
      rung({"bisect", "--source", service.root().string(), "--start",
            "exec " RUNG_TEST_SERVICE, "--gate",
            "http http://127.0.0.1:18999/health", "--good", ids.front(),
            "--bad", ids.back(), "--workers", "2"},
           service.folder());
  CHECK(result.exit == 129);
  CHECK(result.log.find("18999") != std::string::npos);
}

TEST_CASE("bisect stops when its budget is used up and goes on later",
          "[e2e][bisect_options]") {
  BrokenService service;
  const auto fine = service.commits(23);
  const auto broken = service.commits(17, kDies);
  const std::vector<std::string> ends = {"--good", fine.front(), "--bad",
                                         broken.back()};
  auto limited = ends;
  limited.insert(limited.end(), {"--max-probes", "4"});
  const Result first = service.bisect(limited);
  const auto partial = first.json();
  CAPTURE(first.log);
  CHECK(first.exit == 4);
  CHECK(partial["outcome"] == "budget");
  CHECK(partial["probes"]["total"] == 4);
  CHECK(partial["left"]["candidates"].get<int>() > 1);
  CHECK(partial["left"]["candidates"].get<int>() < 20);
  CHECK(partial["left"]["probes_low"] <= partial["left"]["probes_high"]);
  CHECK(partial["left"]["seconds_expected"].get<double>() > 0);
  CHECK(partial["likeliest"]["probability"].get<double>() ==
        Approx(1.0 / partial["left"]["candidates"].get<double>()));
  CHECK(partial["estimate"]["probes_expected"].get<double>() >
        partial["left"]["probes_expected"].get<double>());

  // What was learned is not asked again: only the controls are.
  const Result second = service.bisect(ends);
  const auto json = second.json();
  CAPTURE(second.log);
  CHECK(second.exit == 1);
  CHECK(culprits(json) == Sets{{"commit " + broken.front()}});
  CHECK(json["probes"]["cached"].get<int>() +
            json["probes"]["total"].get<int>() <=
        6 + 2 + 4);
  CHECK(json["probes"]["cached"] == 2);

  SECTION("a third time everything but the controls is remembered") {
    const Result third = service.bisect(ends);
    CAPTURE(third.log);
    CHECK(culprits(third.json()) == culprits(json));
    CHECK(third.json()["probes"]["total"] == 2);
    CHECK(third.json()["probes"]["controls"] == 2);
  }
  SECTION("--fresh asks everything again") {
    auto fresh = ends;
    fresh.emplace_back("--fresh");
    const Result third = service.bisect(fresh);
    CAPTURE(third.log);
    CHECK(culprits(third.json()) == culprits(json));
    CHECK(third.json()["probes"]["cached"] == 0);
    CHECK(third.json()["probes"]["total"].get<int>() > 4);
  }
}

TEST_CASE("git bisect run with rung probe finds what rung bisect finds",
          "[e2e][bisect_options]") {
  BrokenService service;
  auto fine = service.commits(7);
  const auto broken = service.commits(9, kDies);
  service.repository().check_out();
  const auto git = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "git");
    return ran(words, service.root(),
               {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                {"GIT_CONFIG_NOSYSTEM", "1"}});
  };
  REQUIRE(git({"bisect", "start", broken.back(), fine.front()}).exit == 0);
  const Result result =
      git({"bisect", "run", RUNG_BINARY, "probe", "--source", ".", "--port",
           "0", "--start", "exec " RUNG_TEST_SERVICE, "--gate",
           "http /health status=200 deadline=20s"});
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(result.log.find(broken.front() + " is the first bad commit") !=
        std::string::npos);
  REQUIRE(git({"bisect", "reset"}).exit == 0);
  CHECK(culprits(service
                     .bisect({"--good", fine.front(), "--bad", broken.back()})
                     .json()) == Sets{{"commit " + broken.front()}});
}

TEST_CASE("probe says good, bad and cannot be judged with its exit code",
          "[e2e][bisect_options]") {
  BrokenService service;
  const std::string fine = service.commit("");
  const std::string broken = service.commit(kDies);
  const auto probe = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"probe", "--source", service.root().string(),
                               "--json"});
    return rung(more, service.folder());
  };
  const std::vector<std::string> deploy = {
      "--port", "auto", "--start", "exec " RUNG_TEST_SERVICE, "--gate",
      "http /health status=200 deadline=20s", "--commit"};
  auto with_fine = deploy, with_broken = deploy;
  with_fine.push_back(fine);
  with_broken.push_back(broken);
  CHECK(probe(with_fine).exit == 0);
  const Result bad = probe(with_broken);
  CHECK(bad.exit == 1);
  CHECK(bad.json()["failure"]["cause"] == "missing-module");
  CHECK(probe({"--command", "exit 125"}).exit == 125);
}

TEST_CASE("In a plan the gates of the lowest phase that is named judge",
          "[e2e][bisect_options]") {
  BrokenService service;
  const std::string commit =
      service.commit("if-unset KEPT: die 1 gone\nif-set MORE: log more\n");
  service.file(".env", "KEPT=1\nSPARE=1\nOLD=1\n");
  service.file("plan.yaml",
               "rung: 1\nname: ladder\nsource: {repo: app, commit: " + commit +
                   "}\nruntime: other\nstart: exec " RUNG_TEST_SERVICE
                   "\nenv_files: [.env]\n"
                   "targets: {local: {port: auto, inject_port: true}}\n"
                   "phases:\n"
                   "  - {name: low, gates: [{http: /health}]}\n"
                   "  - {name: high, env: {MORE: 1},\n"
                   "     gates: [{log: {present: more}, deadline: 2s}]}\n");
  const Result climbed =
      rung({"climb", "plan.yaml", "--no-serve"}, service.folder());
  CAPTURE(climbed.log);
  REQUIRE(climbed.exit == 0);
  std::string low;
  const auto status = nlohmann::json::parse(
      rung({"status", ".", "--json"}, service.folder()).out);
  for (const auto& good : status["known_good"]) {
    if (good["phase"] == "low") low = good["release"];
  }
  service.file(".env", "OLD=1\n");
  for (const std::string& end : {std::string("low"), low}) {
    const Result result = rung({"bisect", "plan.yaml", "--good", low, "--bad",
                                end == low ? "high" : "low", "--json"},
                               service.folder());
    CAPTURE(result.log);
    CHECK(culprits(result.json()) == Sets{{"env KEPT removed"}});
  }
}

TEST_CASE("A predicate sees the requirements of the release on trial",
          "[e2e][bisect_options]") {
  BrokenService service;
  auto& repository = service.repository();
  const std::string good = repository.commit_files(
      {{"requirements.txt", "paint==0\nbrush==0\n"}, {"state", "fine\n"}});
  repository.commit_files({{"notes", "1"}});
  const std::string guilty = repository.commit_files({{"state", "broken\n"}});
  const std::string bad = repository.commit_files({{"notes", "2"}});
  const auto bisect = [&](const std::string& last,
                          const std::string& predicate) {
    return rung(
        {"bisect", "--json", "--source", service.root().string(), "--good",
         good, "--bad", last, "--good-requirements",
         service.file("good.txt", "paint==1\nbrush==1\n"), "--bad-requirements",
         service.file("bad.txt", "paint==2\nbrush==2\n"), "--command",
         predicate},
        service.folder());
  };
  const Result alone =
      bisect(good, "cat requirements.txt && grep -q brush==1 requirements.txt");
  CAPTURE(alone.log);
  CHECK(culprits(alone.json()) == Sets{{"requirement brush ==1 -> ==2"}});
  // A commit and a requirement that break only together, in a tree that git
  // calls changed for that file alone.
  const Result both = bisect(
      bad,
      "test \"$(git status --porcelain)\" = ' M requirements.txt' || exit 125;"
      "! grep -q broken state || grep -q brush==1 requirements.txt");
  CAPTURE(both.log);
  CHECK(culprits(both.json()) ==
        Sets{{"commit " + guilty, "requirement brush ==1 -> ==2"}});
}

TEST_CASE("A predicate that takes longer than its deadline fails",
          "[e2e][bisect_options]") {
  BrokenService service;
  auto& repository = service.repository();
  const std::string good = repository.commit_files({{"check", "true\n"}});
  const std::string guilty =
      repository.commit_files({{"check", "echo begun; sleep 1000\n"}});
  const std::string bad = repository.commit_files({{"notes", "1"}});
  const Result result =
      rung({"bisect", "--json", "--source", service.root().string(), "--good",
            good, "--bad", bad, "--deadline", "2s", "--command", "sh check"},
           service.folder());
  CAPTURE(result.log);
  const auto json = result.json();
  CHECK(culprits(json) == Sets{{"commit " + guilty}});
  const std::string message = json["failure"]["message"];
  CHECK(message == "the command did not end within 2 s: begun");
}

TEST_CASE("A build beside a predicate is refused with the way to have it",
          "[e2e][bisect_options]") {
  BrokenService service;
  const std::string good = service.commit("");
  const Result result =
      rung({"bisect", "--source", service.root().string(), "--good", good,
            "--build", "make x", "--command", "./t 'a b'"},
           service.folder());
  CHECK(result.exit == 129);
  CHECK(result.log.find("(make x) || exit 125; ./t") != std::string::npos);
}

}  // namespace rung::e2e::bisect_options_test
