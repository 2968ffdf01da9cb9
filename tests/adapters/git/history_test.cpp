#include "adapters/git/history.hpp"
#include "adapters/git/branches.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "tests/fakes/git_repository.hpp"

namespace rung::history_test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using fakes::GitRepository;
using fakes::RepositoryFile;
using fakes::TemporaryFolder;

/// stdout of a git command: the reference these tests compare with.
std::string git(const fs::path& folder, const std::string& arguments) {
  const std::string command =
      "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git -C '" +
      folder.string() + "' " + arguments;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  std::array<char, 4096> buffer{};
  while (const auto n = fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.append(buffer.data(), n);
  }
  CAPTURE(command);
  REQUIRE(pclose(pipe) == 0);
  return out;
}

std::set<std::string> lines(const std::string& text) {
  std::set<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.insert(line);
  return all;
}

std::string refusal_of(const fs::path& folder) {
  try {
    const GitHistory history(folder);
  } catch (const HistoryError& error) {
    return error.what();
  }
  return "opened";
}

/// Commits with one to three parents among the recent ones, on no branch.
std::vector<std::string> random_history(GitRepository& repository,
                                        std::mt19937_64& random, int commits) {
  std::vector<std::string> all = {repository.commit_files({{"a", "1"}})};
  for (int i = 1; i < commits; ++i) {
    std::vector<std::string> parents;
    const auto wanted = random() % 20 == 0 ? 0 : 1 + random() % 5 / 3;
    const auto recent = std::min<std::size_t>(all.size(), 8);
    for (std::uint64_t k = 0; k < wanted; ++k) {
      const std::string& parent = all[all.size() - 1 - random() % recent];
      if (std::find(parents.begin(), parents.end(), parent) == parents.end()) {
        parents.push_back(parent);
      }
    }
    all.push_back(repository.commit_tree_of(all.front(), parents));
  }
  return all;
}

}  // namespace

TEST_CASE("What lies between two commits is what git rev-list says",
          "[adapters][git_history]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 12; ++round) {
    GitRepository repository;
    const auto all = random_history(repository, random, 60);
    const GitHistory history(repository.root());
    for (int pair = 0; pair < 6; ++pair) {
      const std::string& good = all[random() % all.size()];
      const std::string& bad = all[random() % all.size()];
      const bool first_parent = random() % 2 == 0;
      CAPTURE(good, bad, first_parent);
      const CommitGraph graph =
          history.between({good}, {bad}, {.first_parent = first_parent});
      std::set<std::string> ours;
      for (std::size_t i = 0; i < graph.size(); ++i) ours.insert(graph.hex(i));
      REQUIRE(ours.size() == graph.size());
      REQUIRE(ours == lines(git(repository.root(),
                                std::string("rev-list ") +
                                    (first_parent ? "--first-parent " : "") +
                                    bad + " ^" + good)));
      if (!ours.empty()) REQUIRE(graph.hex(graph.size() - 1) == bad);
      for (std::size_t i = 0; i < graph.size(); ++i) {
        for (const auto p : graph.parents_of(i)) REQUIRE(p < i);
      }

      const auto bases =
          lines(git(repository.root(),
                    "merge-base --all " + good + " " + bad + " || true"));
      const auto base = history.merge_base({good}, {bad});
      REQUIRE(base.has_value() == !bases.empty());
      if (base) REQUIRE(bases.count(base->hex) == 1);
      REQUIRE(history.is_ancestor({good}, {bad}) == (bases.count(good) == 1));
    }
  }
}

TEST_CASE("The parents in a graph keep their order and leave good's side out",
          "[adapters][git_history]") {
  GitRepository repository;
  const auto good = repository.commit_files({{"a", "1"}});
  const auto main_2 = repository.commit_files({{"a", "2"}});
  repository.branch("side", good);
  const auto side = repository.commit_files({{"b", "1"}});
  repository.branch("main", main_2);
  const auto bad = repository.merge({side});
  const GitHistory history(repository.root());

  const CommitGraph graph = history.between({good}, {bad});
  REQUIRE(graph.size() == 3);
  CHECK(graph.hex(0) == main_2);
  CHECK(graph.hex(1) == side);
  CHECK(graph.hex(2) == bad);
  CHECK(graph.parents_of(0).empty());
  CHECK(graph.parents_of(1).empty());
  REQUIRE(graph.parents_of(2).size() == 2);
  CHECK(graph.parents_of(2)[0] == 0);
  CHECK(graph.parents_of(2)[1] == 1);

  CHECK(history.between({good}, {bad}, {.first_parent = true}).size() == 2);
  CHECK(history.between({bad}, {good}).size() == 0);
  CHECK(history.is_ancestor({good}, {bad}));
  CHECK_FALSE(history.is_ancestor({bad}, {good}));
  CHECK_FALSE(history.is_ancestor({side}, {main_2}));
}

TEST_CASE("Revisions resolve as in git, and unknown ones say what to try",
          "[adapters][git_history]") {
  GitRepository repository;
  const auto one = repository.commit_files({{"a", "1"}}, "first");
  const auto two = repository.commit_files({{"a", "2"}}, "second\n\nbody");
  GitHistory history(repository.root());
  CHECK(history.resolve("HEAD").hex == two);
  CHECK(history.resolve("HEAD~1").hex == one);
  CHECK(history.resolve("main").hex == two);
  CHECK(history.resolve(one.substr(0, 10)).hex == one);
  CHECK_THROWS_WITH(history.resolve("nowhere"),
                    Contains("\"nowhere\"") && Contains("git log"));
  CHECK_THROWS_AS(history.resolve("HEAD~7"), HistoryError);
  CHECK_THROWS_AS(history.resolve("main:a"), HistoryError);
  CHECK_THROWS_AS(history.between({"abc"}, {two}), HistoryError);
  CHECK_THROWS_AS(history.between({std::string(40, '1')}, {two}), HistoryError);

  history.set_tag("rung/shop/mvp", {one});
  CHECK(history.resolve("rung/shop/mvp").hex == one);
  history.set_tag("rung/shop/mvp", {two});
  history.set_tag("rung/shop/mvp", {two});
  CHECK(history.resolve("rung/shop/mvp").hex == two);
  CHECK_THROWS_AS(history.set_tag("a..b", {two}), HistoryError);

  const CommitInfo info = history.info({two});
  CHECK(info.subject == "second");
  CHECK(info.author == "Ada Example");
  CHECK(info.date + "\n" == git(repository.root(), "log -1 --format=%aI"));
}

TEST_CASE("A repository that cannot be judged is refused in one clear line",
          "[adapters][git_history]") {
  const TemporaryFolder folder;
  CHECK_THAT(refusal_of(folder.path() / "absent"), Contains("no folder"));
  CHECK_THAT(refusal_of(folder.path()), Contains("not in a git repository"));

  git(folder.path(), "init -q --bare bare");
  CHECK_THAT(refusal_of(folder.path() / "bare"), Contains("is bare"));

  git(folder.path(), "init -q --object-format=sha256 new-ids");
  CHECK_THAT(refusal_of(folder.path() / "new-ids"), Contains("sha256"));

  GitRepository repository;
  repository.commit_files({{"a", "1"}});
  repository.commit_files({{"a", "2"}});
  git(folder.path(),
      "clone -q --depth 1 file://" + repository.root().string() + " shallow");
  const GitHistory shallow(folder.path() / "shallow");
  CHECK_THROWS_WITH(shallow.resolve("HEAD~1"),
                    Contains("git fetch --unshallow"));

  git(repository.root(), "config uploadpack.allowFilter true");
  git(folder.path(), "clone -q --filter=blob:none file://" +
                         repository.root().string() + " partial");
  const GitHistory partial(folder.path() / "partial");
  CHECK(partial.read_file(partial.resolve("HEAD"), "a") == "2");
  CHECK_THROWS_WITH(partial.read_file(partial.resolve("HEAD~1"), "a"),
                    Contains("partial clone"));
}

TEST_CASE("Linked work trees, packed refs and sub-folders are fine",
          "[adapters][git_history]") {
  GitRepository repository;
  const auto one = repository.commit_files({{"a/b", "1"}});
  const auto two = repository.commit_files({{"a/b", "2"}});
  repository.check_out();
  git(repository.root(), "gc -q");
  git(repository.root(), "pack-refs --all");
  const TemporaryFolder folder;
  git(repository.root(),
      "worktree add -q " + (folder.path() / "w").string() + " " + one);

  const GitHistory inside(repository.root() / "a");
  CHECK(inside.resolve("HEAD").hex == two);
  CHECK(inside.root() == fs::canonical(repository.root()));
  CHECK(inside.path_inside(repository.root() / "a") == "a");
  CHECK(inside.path_inside(repository.root()).empty());
  CHECK_THROWS_AS(inside.path_inside(folder.path()), HistoryError);

  const GitHistory linked(folder.path() / "w");
  CHECK(linked.resolve("HEAD").hex == one);
  CHECK(linked.between({one}, linked.resolve("main")).size() == 1);

  const fs::path apart = folder.path() / "apart";
  git(folder.path(), "clone -q --separate-git-dir its.git " +
                         repository.root().string() + " apart");
  const GitHistory separate(apart);
  CHECK(separate.root() == fs::canonical(apart));
  CHECK(separate.path_inside(apart / "a") == "a");
  CHECK_FALSE(separate.dirty());
}

TEST_CASE("A dirty work tree lists what differs from HEAD",
          "[adapters][git_history]") {
  GitRepository repository;
  repository.commit_files({{"a/x", "1"}, {"b", "1"}, {"c", "1"}});
  repository.check_out();
  git(repository.root(), "reset -q");
  const GitHistory history(repository.root());
  CHECK_FALSE(history.dirty());
  std::ofstream(repository.root() / "untracked") << "x";
  CHECK_FALSE(history.dirty());
  std::ofstream(repository.root() / "a/x") << "changed";
  fs::remove(repository.root() / "c");
  CHECK(history.changed_files() == std::vector<std::string>{"a/x", "c"});
  CHECK(history.changed_files("a") == std::vector<std::string>{"a/x"});
  CHECK(history.dirty());
}

TEST_CASE("What git calls clean is clean, in a sparse checkout and with Git LFS",
          "[adapters][git_history]") {
  GitRepository repository;
  repository.commit_files(
      {{".gitattributes", "*.dat filter=lfs diff=lfs merge=lfs -text\n"},
       {"in/a", "1"},
       {"out/b", "1"},
       {"m.dat", "version https://git-lfs.github.com/spec/v1\n"}});
  repository.check_out();
  git(repository.root(), "reset -q");
  // What git-lfs would have put there.
  std::ofstream(repository.root() / "m.dat") << "the large file itself";
  const GitHistory history(repository.root());
  CHECK_FALSE(history.dirty());

  git(repository.root(), "sparse-checkout set --no-cone /in/ /m.dat");
  REQUIRE_FALSE(fs::exists(repository.root() / "out/b"));
  CHECK_FALSE(history.dirty());
  fs::remove(repository.root() / "in/a");
  CHECK(history.changed_files() == std::vector<std::string>{"in/a"});
}

TEST_CASE("Files and folders of a commit can be read and compared",
          "[adapters][git_history]") {
  GitRepository repository;
  const auto one = repository.commit_files(
      {{"app/main.py", "one"}, {"app/lib/x.py", "x"}, {"docs/a.md", "a"}});
  const auto docs = repository.commit_files({{"docs/a.md", "b"}});
  const auto code = repository.commit_files({{"app/lib/x.py", "y"}});
  const GitHistory history(repository.root());

  CHECK(history.read_file({one}, "app/main.py") == "one");
  CHECK_FALSE(history.read_file({one}, "app"));
  CHECK_FALSE(history.read_file({one}, "app/none"));
  CHECK(history.list_files({one}, "app") ==
        std::vector<std::string>{"app/lib/x.py", "app/main.py"});
  CHECK_THROWS_AS(history.list_files({one}, "nothing"), HistoryError);
  CHECK(history.changed_paths({docs}) == std::vector<std::string>{"docs/a.md"});
  CHECK(history.changed_paths({one}).size() == 3);
  CHECK(history.changed_paths({one}, {code}, "app") ==
        std::vector<std::string>{"app/lib/x.py"});

  CHECK(history.tree_id({one}, "app") == history.tree_id({docs}, "app/"));
  CHECK(history.tree_id({one}, "app") != history.tree_id({code}, "app"));
  CHECK_FALSE(history.tree_id({one}, "nothing"));
  CHECK_THROWS_AS(history.tree_id({one}, "../x"), HistoryError);

  const auto same = [&](std::vector<std::string> inputs, const auto& a,
                        const auto& b) {
    return history.inputs_id({a}, "", inputs) ==
           history.inputs_id({b}, "", inputs);
  };
  CHECK(same({"app"}, one, docs));
  CHECK_FALSE(same({"app"}, one, code));
  CHECK(same({"app/*.py"}, one, code));
  CHECK_FALSE(same({"app/**/*.py"}, one, code));
  CHECK_FALSE(same({"**/x.py"}, one, code));
  CHECK(same({"**/x.py", "app/main.py"}, one, docs));
  CHECK_FALSE(same({}, one, docs));
  CHECK_FALSE(same({"."}, one, docs));
  CHECK(history.inputs_id({one}, "app", {}) ==
        history.inputs_id({docs}, "app", {}));
  CHECK(history.inputs_id({one}, "", {"app"}).size() == 64);
}

TEST_CASE("Commits that do not touch the deployed folder are recognised",
          "[adapters][git_history]") {
  GitRepository repository;
  const auto good = repository.commit_files({{"app/a", "1"}, {"docs", "1"}});
  const auto docs = repository.commit_files({{"docs", "2"}});
  repository.branch("side", good);
  const auto side = repository.commit_files({{"app/a", "2"}});
  repository.branch("main", docs);
  const auto merge = repository.merge({side}, {{"app/a", RepositoryFile{"2"}}});
  const auto last = repository.commit_files({{"docs", "3"}});
  const GitHistory history(repository.root());

  const auto named = [&](const CommitGraph& graph,
                         const std::vector<bool>& flags) {
    std::map<std::string, bool> out;
    for (std::size_t i = 0; i < graph.size(); ++i) out[graph.hex(i)] = flags[i];
    return out;
  };
  const CommitGraph graph = history.between({good}, {last});
  CHECK(named(graph, history.unchanged(graph, "app")) ==
        std::map<std::string, bool>{
            {docs, true}, {side, false}, {merge, false}, {last, true}});
  CHECK(named(graph, history.unchanged(graph, "")) ==
        std::map<std::string, bool>{
            {docs, false}, {side, false}, {merge, false}, {last, false}});
  const CommitGraph main_line =
      history.between({good}, {last}, {.first_parent = true});
  CHECK(
      named(main_line,
            history.unchanged(main_line, "app", {}, {.first_parent = true})) ==
      std::map<std::string, bool>{{docs, true}, {merge, false}, {last, true}});

  // With inputs, as if they were all there is.
  using Inputs = std::vector<std::string>;
  const auto all_but = [&](const std::string& guilty) {
    std::map<std::string, bool> flags;
    for (const auto& id : {docs, side, merge, last}) flags[id] = id != guilty;
    return flags;
  };
  CHECK(named(graph, history.unchanged(graph, "", Inputs{"app/*"})) ==
        named(graph, history.unchanged(graph, "app")));
  CHECK(named(graph, history.unchanged(graph, "app", {"b", "c/**"})) ==
        all_but(""));
  CHECK(history.matches({good}, "", "app"));
  CHECK(history.matches({good}, "app", "*"));
  CHECK_FALSE(history.matches({good}, "app", "b"));

  CHECK(named(graph, beside(history, graph, {good})) ==
        std::map<std::string, bool>{
            {docs, false}, {side, false}, {merge, false}, {last, false}});
  // Another project comes in, and goes on from there.
  const auto root = repository.commit_tree_of(good, {});
  const auto theirs = repository.commit_tree_of(side, {root});
  const auto joined = repository.merge({theirs});
  const CommitGraph both = history.between({last}, {joined});
  CHECK(named(both, beside(history, both, {last})) ==
        std::map<std::string, bool>{
            {root, true}, {theirs, true}, {joined, false}});

  // The side began before the good one.
  const CommitGraph later = history.between({docs}, {last});
  CHECK(
      named(later, beside(history, later, {docs})) ==
      std::map<std::string, bool>{{side, true}, {merge, false}, {last, false}});

  // From docs on, the merge's parents lie outside and inside the graph.
  const CommitGraph upper = history.between({side}, {last});
  CHECK(named(upper, history.unchanged(upper, "docs")) ==
        std::map<std::string, bool>{
            {docs, false}, {merge, false}, {last, false}});
  CHECK(
      named(upper, history.unchanged(upper, "app")) ==
      std::map<std::string, bool>{{docs, true}, {merge, false}, {last, true}});
}

TEST_CASE("Only a folder that is not there is refused",
          "[adapters][git_history]") {
  GitRepository repository;
  const auto plain = repository.commit_files({{"app/a", "1"}});
  const auto submodule = repository.commit_submodule("app/vendored");
  const GitHistory history(repository.root());

  CHECK_FALSE(history.refusal({plain}));
  CHECK_FALSE(history.refusal({submodule}, "app"));
  CHECK_THAT(history.refusal({submodule}, "app/vendored").value(),
             Contains("app/vendored is a submodule"));
  CHECK_THAT(history.refusal({plain}, "none").value(), Contains("no folder"));
}

}  // namespace rung::history_test
