// rung is killed at any moment, then given the same command again: it goes on
// where it was. The moments are random; RUNG_SEED repeats a run.
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "adapters/journal/sqlite_journal.hpp"
#include "adapters/process/sockets.hpp"
#include "adapters/process/system_clock.hpp"
#include "adapters/process/tree.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/answers.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/effort.hpp"
#include "tests/fakes/skipped.hpp"
#include "tests/fakes/text_of.hpp"

namespace rung::e2e::kill_test {
namespace {

namespace fs = std::filesystem;
using fakes::becomes_true;
using namespace std::chrono_literals;
using std::chrono::microseconds;

using fakes::text_of;

// Programs that run in `folder` or below it; a zombie has no folder.
std::vector<std::string> programs_in(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code error;
    const std::string cwd = fs::read_symlink(entry.path() / "cwd", error);
    if (error || cwd.rfind(folder.string(), 0) != 0) continue;
    const std::string program = fs::read_symlink(entry.path() / "exe", error);
    if (!error) found.push_back(fs::path(program).filename().string());
  }
  return found;
}

std::size_t services_in(const fs::path& folder) {
  const auto programs = programs_in(folder);
  return static_cast<std::size_t>(
      std::count(programs.begin(), programs.end(), "rung_test_service"));
}

// The same all the time of a test run, and told with every failure.
unsigned seed() {
  static const unsigned chosen = [] {
    return static_cast<unsigned>(fakes::seed_or(std::random_device{}()));
  }();
  return chosen;
}

/// A folder with an application of 13 commits, the ninth of which breaks it,
/// and a plan beside it. Whatever serves from it is stopped at the end.
class World {
 public:
  World() : app_(root_.path() / "app") {
    fs::create_directories(plan_folder());
    app_.commit_files({{"behaviour", "port PORT\n" + kRules},
                       {"number", "0"}});
    commits_.push_back(app_.head());
    for (int i = 1; i <= 12; ++i) {
      std::map<std::string, std::string> files = {{"number",
                                                   std::to_string(i)}};
      if (i == 9) {
        files["behaviour"] = "port PORT\ndie 1 Error: no such module: nine\n";
      }
      app_.commit_files(files);
      commits_.push_back(app_.head());
    }
  }
  ~World() {
    if (fs::exists(plan())) RunningRung({"stop", plan()}, root()).result();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] const fs::path& root() const { return root_.path(); }
  [[nodiscard]] fs::path plan_folder() const { return root() / "plan"; }
  [[nodiscard]] const fs::path& app() const { return app_.root(); }
  [[nodiscard]] std::string plan() const { return plan_folder() / "plan.yaml"; }
  [[nodiscard]] const std::string& commit(std::size_t i) const {
    return commits_.at(i);
  }

  /// Three phases; `third` is what the third adds to the environment. All use
  /// the commit before the first, so only the environment can break it.
  void write_plan(const std::string& port, const std::string& third,
                  bool with_service = false) const {
    const std::string gate =
        "[{http: /health, status: 200, deadline: 10s, interval: 5ms}]";
    std::ofstream out(plan());
    // Inside of root(): what still runs is found by where it stands.
    out << "rung: 1\nname: ladder\ntrials: ../trials\nsource: {repo: ../app, commit: "
        << commit(0) << "}\nruntime: other\nstart: exec " RUNG_TEST_SERVICE
        << "\ntargets:\n  local: {adapter: local, port: " << port
        << ", inject_port: true}\ngates: " << gate << "\n";
    if (with_service) {
      fs::create_directories(plan_folder());
      std::ofstream(plan_folder() / "behaviour") << "port PORT\n";
      out << "services:\n  store:\n    start: exec " RUNG_TEST_SERVICE
             "\n    ready: {tcp: \"127.0.0.1:$PORT\", interval: 5ms}\n";
    }
    out << "phases:\n  - name: bare\n  - name: settled\n    env: {MODE: on}\n"
        << "  - name: full\n    env: {A: 1, B: 2, C: 3" << third << "}\n";
  }

  [[nodiscard]] std::vector<std::string> climb() const {
    return {"climb", plan(), "--json"};
  }
  [[nodiscard]] std::vector<std::string> bisect(const fs::path& state) const {
    return {"bisect",     "--source", app_.root(),  "--start",
            "echo >> " + (root() / "starts").string() +
                "; exec " RUNG_TEST_SERVICE,
            "--gate",     "http /health status=200 interval=5ms deadline=10s",
            "--good",     commit(0),  "--bad",      commit(12),
            "--state",    state,      "--json"};
  }

 private:
  static inline const std::string kRules =
      "if-set BREAK: die 1 Error: BREAK is not supported\n";
  fakes::TemporaryFolder root_;
  fakes::GitRepository app_;
  std::vector<std::string> commits_;
};

Result finished(const std::vector<std::string>& arguments,
                const fs::path& cwd) {
  return RunningRung(arguments, cwd).result();
}

/// Every run and probe on record, oldest first, without times and ids.
std::vector<std::string> record_of(const fs::path& folder) {
  const nlohmann::json log =
      finished({"log", folder, "--json"}, folder).json();
  std::vector<std::string> lines;
  for (auto run = log["runs"].rbegin(); run != log["runs"].rend(); ++run) {
    lines.push_back(run->at("command").get<std::string>() + " " +
                    run->at("outcome").get<std::string>());
    for (const auto& probe : run->at("probes")) {
      lines.push_back("  " + probe["label"].get<std::string>() + " " +
                      probe["purpose"].get<std::string>() + " " +
                      probe["verdict"].get<std::string>());
    }
  }
  return lines;
}

void check_journal(const fs::path& folder) {
  const Result checked = rung({"status", folder, "--json"}, folder);
  CHECK(checked.exit == 0);
  CHECK(checked.json()["unfinished"].empty());
  // Opening it runs the quick check of SQLite; the lock must be free.
  const auto journal = SqliteJournal::open(folder);
  CHECK_NOTHROW(journal->lock());
}

/// Checks that the first question on record in `folder` is `expected`, and
/// returns how many were asked after it. One killed when its end was on record
/// already, at its last word or just before, is answered: the same command is
/// then a new question, with controls of its own.
std::size_t asked_again(const fs::path& folder,
                        const std::vector<std::string>& expected) {
  auto record = record_of(folder);
  const auto runs =
      std::count(record.begin(), record.end(), expected.front());
  if (record.size() > expected.size()) record.resize(expected.size());
  CHECK(record == expected);
  return runs > 0 ? static_cast<std::size_t>(runs - 1) : 0;
}

/// Runs a command again and again, killed after a random part of `whole`,
/// `kills` times at most; then to its end. Adds to `killed`.
Result with_kills(const std::vector<std::string>& command,
                  const fs::path& cwd, microseconds whole, int kills,
                  std::mt19937& random, int& killed) {
  std::uniform_int_distribution<std::int64_t> moment(0, whole.count());
  for (int i = 0; i < kills; ++i) {
    RunningRung running(command, cwd);
    if (running.ended_within(microseconds(moment(random)))) {
      return running.result();
    }
    running.signal(SIGKILL);
    const Result result = running.result();
    if (result.exit != 128 + SIGKILL) return result;  // it was quicker
    ++killed;
    if (result.out.ends_with("}\n")) break;  // it had shown its answer
  }
  return finished(command, cwd);
}

template <typename Work>
microseconds time_of(Work&& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<microseconds>(
      std::chrono::steady_clock::now() - begun);
}

std::size_t lines_of(const fs::path& file) {
  const std::string text = text_of(file);
  return static_cast<std::size_t>(
      std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("A bisect killed at any moment goes on where it was",
          "[e2e][kill]") {
  constexpr int kKillsPerRun = 5;
  const auto kills = static_cast<int>(fakes::effort(12));
  const World world;
  std::mt19937 random(seed());
  CAPTURE(seed());
  fs::create_directories(world.root() / "calm");
  Result calm;
  const auto whole = time_of([&] {
    calm = finished(world.bisect(world.root() / "calm"), world.root());
  });
  REQUIRE(calm.exit == 1);
  REQUIRE(calm.json()["culprits"][0][0]["id"] == world.commit(9));
  const auto expected = record_of(world.root() / "calm");
  const std::size_t starts = lines_of(world.root() / "starts");

  int killed = 0;
  for (int i = 0; killed < kills; ++i) {
    const fs::path state = world.root() / ("killed-" + std::to_string(i));
    fs::create_directories(state);
    fs::remove(world.root() / "starts");
    const int before = killed;
    const Result result = with_kills(world.bisect(state), world.root(), whole,
                                     kKillsPerRun, random, killed);
    CAPTURE(i, killed - before, result.log);
    REQUIRE(result.exit == 1);
    CHECK(result.json()["culprits"] == calm.json()["culprits"]);
    const std::size_t again = asked_again(state, expected);
    // What was under way may be asked once more, nothing else.
    CHECK(lines_of(world.root() / "starts") <=
          starts + static_cast<std::size_t>(killed - before) +
              2 * again);
    CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
    check_journal(state);
    fs::remove_all(state);
  }
}

TEST_CASE("A climb killed at any moment goes on and leaves the known good "
          "serving",
          "[e2e][kill]") {
  constexpr int kKillsPerRun = 5;
  const auto kills = static_cast<int>(fakes::effort(10));
  const World world;
  world.write_plan("auto", ", BREAK: 4, D: 5", true);
  std::mt19937 random(seed());
  CAPTURE(seed());
  Result calm;
  const auto whole =
      time_of([&] { calm = finished(world.climb(), world.root()); });
  CAPTURE(calm.log);
  REQUIRE(calm.exit == 1);
  REQUIRE(calm.json()["culprits"][0][0]["name"] == "BREAK");
  const auto expected = record_of(world.plan_folder());

  int killed = 0;
  for (int i = 0; killed < kills; ++i) {
    REQUIRE(finished({"stop", world.plan()}, world.root()).exit == 0);
    // The release and its backing service, and all that looked after them.
    CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
    fs::remove_all(world.plan_folder() / ".rung");
    const int before = killed;
    const Result result = with_kills(world.climb(), world.root(), whole,
                                     kKillsPerRun, random, killed);
    CAPTURE(i, killed - before, result.log);
    REQUIRE(result.exit == 1);
    CHECK(result.json()["culprits"] == calm.json()["culprits"]);
    CHECK(result.json()["restored"] == true);
    asked_again(world.plan_folder(), expected);
    const auto status =
        finished({"status", world.plan(), "--json"}, world.root()).json();
    REQUIRE(status["serving"].size() == 1);
    CHECK(status["serving"][0]["phase"] == "settled");
    CHECK(fakes::answers(status["serving"][0]["url"]));
    CHECK(becomes_true([&] { return services_in(world.root()) == 2; }));
    check_journal(world.plan_folder());
  }
}

TEST_CASE("A climb killed while the live release makes room for trials brings "
          "it back",
          "[e2e][kill]") {
  constexpr int kKillsPerRun = 6;
  const auto kills = static_cast<int>(fakes::effort(10));
  const World world;
  const std::uint16_t port = free_port();
  const std::string fixed = std::to_string(port);
  std::mt19937 random(seed());
  CAPTURE(seed(), port);
  microseconds whole{0};
  std::vector<std::string> expected;
  nlohmann::json culprits;
  int killed = 0;
  for (int i = 0; killed < kills; ++i) {
    fs::remove_all(world.plan_folder() / ".rung");
    world.write_plan(fixed, "");
    const Result top = finished(world.climb(), world.root());
    CAPTURE(i, top.log);
    REQUIRE(top.exit == 0);
    const auto wanted = top.json()["known_good"];
    REQUIRE(fakes::answers("http://127.0.0.1:" + fixed));

    world.write_plan(fixed, ", D: 5, BREAK: 4");
    Result result;
    if (i == 0) {  // undisturbed
      whole = time_of([&] { result = finished(world.climb(), world.root()); });
      expected = record_of(world.plan_folder());
      culprits = result.json()["culprits"];
    } else {
      result = with_kills(world.climb(), world.root(), whole, kKillsPerRun,
                          random, killed);
    }
    CAPTURE(killed, result.log);
    REQUIRE(result.exit == 1);
    CHECK(result.json()["culprits"] == culprits);
    CHECK(result.json()["culprits"][0][0]["name"] == "BREAK");
    asked_again(world.plan_folder(), expected);
    CHECK(result.json()["known_good"] == wanted);
    CHECK(fakes::answers("http://127.0.0.1:" + fixed));
    CHECK(becomes_true([&] { return services_in(world.root()) == 1; }));
    REQUIRE(finished({"stop", world.plan()}, world.root()).exit == 0);
    CHECK(becomes_true([&] { return port_free(port); }));
    CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
  }
}

TEST_CASE("A polite signal ends rung in order, and it can be resumed",
          "[e2e][kill]") {
  const int signal_number = GENERATE(SIGINT, SIGTERM);
  const World world;
  const std::string fixed = std::to_string(free_port());
  CAPTURE(signal_number, seed());
  std::mt19937 random(seed());
  world.write_plan(fixed, "");
  REQUIRE(finished(world.climb(), world.root()).exit == 0);
  world.write_plan(fixed, ", D: 5, BREAK: 4");
  microseconds whole = time_of([&] {
    REQUIRE(finished(world.climb(), world.root()).exit == 1);
  });
  auto command = world.climb();
  command.push_back("--fresh");  // else every verdict is remembered
  int interrupted = 0;
  for (int i = 0; interrupted < 10; ++i) {
    REQUIRE(i < 100);
    RunningRung running(command, world.root());
    const bool installed = becomes_true([&] {
      return running.ended_within(0us) ||
             programs_in(world.root()).size() > 2;  // its launcher is there
    });
    REQUIRE(installed);
    const microseconds moment(std::uniform_int_distribution<std::int64_t>(
        0, whole.count())(random));
    const auto begun = std::chrono::steady_clock::now();
    if (running.ended_within(moment)) {
      // The machine may have been busier when `whole` was measured.
      whole = std::min(whole, std::chrono::duration_cast<microseconds>(
                                  std::chrono::steady_clock::now() - begun));
      continue;
    }
    running.signal(signal_number);
    const Result result = running.result();
    if (result.exit == 1) continue;  // it was quicker
    CAPTURE(i, result.log);
    // Killed before main() began. (SIGINT's 128 + 2 is also rung's own code.)
    if (result.exit == 128 + signal_number &&
        result.log.find("rung:") == std::string::npos) {
      continue;
    }
    ++interrupted;
    CHECK(result.exit == 130);
    CHECK(result.log.find("rung: interrupted") != std::string::npos);
    CHECK(fakes::answers("http://127.0.0.1:" + fixed));
    CHECK(becomes_true([&] { return services_in(world.root()) == 1; }));
  }
  const Result end = finished({"resume", world.plan_folder()}, world.root());
  CAPTURE(end.log);
  CHECK((end.exit == 1 || end.log.find("nothing to resume") !=
                              std::string::npos));
  CHECK(fakes::answers("http://127.0.0.1:" + fixed));
  check_journal(world.plan_folder());
}

TEST_CASE("Two rungs do not work on one journal", "[e2e][kill]") {
  const World world;
  const fs::path state = world.root() / "state";
  fs::create_directories(state);
  // The first one waits in a trial that never answers.
  std::vector<std::string> slow = world.bisect(state);
  for (std::string& word : slow) {
    if (word.find("exec ") != std::string::npos) word = "exec sleep 100";
  }
  RunningRung first(slow, world.root());
  REQUIRE(becomes_true([&] {
    const auto programs = programs_in(world.root());
    return std::count(programs.begin(), programs.end(), "sleep") == 1;
  }));
  const Result second = finished(world.bisect(state), world.root());
  CAPTURE(second.log);
  CHECK(second.exit == 128);
  CHECK(second.log.find("pid " + std::to_string(first.pid())) !=
        std::string::npos);
  CHECK(second.json()["exit"] == 128);
  // Looking on is allowed.
  CHECK(finished({"status", state}, state).exit == 0);

  first.signal(SIGTERM);
  CHECK(first.result().exit == 130);
  CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
  CHECK(finished(world.bisect(state), world.root()).exit == 1);
}

TEST_CASE("What served comes back when its supervisor was killed",
          "[e2e][kill]") {
  const World world;
  const std::uint16_t port = free_port();
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  world.write_plan(std::to_string(port), "", true);
  REQUIRE(finished(world.climb(), world.root()).exit == 0);
  REQUIRE(fakes::answers(url));
  const auto serving = nlohmann::json::parse(
      text_of(world.plan_folder() / ".rung" / "live-local" / "serving.json"));
  REQUIRE(kill(serving["pid"].get<int>(), SIGKILL) == 0);
  CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
  CHECK(becomes_true([&] { return port_free(port); }));
  const auto status =
      finished({"status", world.plan(), "--json"}, world.root()).json();
  CHECK(status["serving"].empty());
  REQUIRE(status["lost"].size() == 1);
  CHECK(status["lost"][0]["phase"] == "full");
  CHECK_THAT(finished({"status", world.plan()}, world.root()).out,
             Catch::Contains("was serving, its supervisor is gone: rung serve"));

  const bool by_climbing = GENERATE(true, false);
  const Result again = finished(
      by_climbing ? world.climb()
                  : std::vector<std::string>{"serve", world.plan(), "--json"},
      world.root());
  CAPTURE(again.log);
  CHECK(again.exit == 0);
  CHECK(again.json()["outcome"] == "healthy");
  if (by_climbing) CHECK(again.json()["probes"]["total"] == 0);
  CHECK(finished({"status", world.plan(), "--json"}, world.root())
            .json()["lost"].empty());
  CHECK(fakes::answers(url));
  CHECK(becomes_true([&] { return services_in(world.root()) == 2; }));
}

TEST_CASE("What serves is known as such when its launcher was killed",
          "[e2e][kill]") {
  const World world;
  world.write_plan("auto", "", true);
  REQUIRE(finished(world.climb(), world.root()).exit == 0);
  const fs::path record =
      world.plan_folder() / ".rung" / "live-local" / "serving.json";
  const auto before = nlohmann::json::parse(text_of(record));
  const auto pid = before["pid"].get<int>();
  std::vector<pid_t> below(64);
  below.resize(descendants_of(pid, below));
  const auto launcher = std::find_if(below.begin(), below.end(), [](pid_t one) {
    return command_name(one) == "launcher";
  });
  REQUIRE(launcher != below.end());
  REQUIRE(kill(*launcher, SIGKILL) == 0);
  std::vector<pid_t> orphans(1);
  REQUIRE(
      becomes_true([&] { return descendants_of(*launcher, orphans) == 0; }));

  const Result again =
      finished({"serve", world.plan(), "--json"}, world.root());
  CAPTURE(again.log);
  CHECK(again.exit == 0);
  const auto after = nlohmann::json::parse(text_of(record));
  CHECK(after == before);  // nothing was started anew
  CHECK(fakes::answers(after["url"].get<std::string>()));
  CHECK(finished({"stop", world.plan()}, world.root()).exit == 0);
  CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
}

TEST_CASE("A climb starts what is to serve again when its supervisor is killed "
          "meanwhile",
          "[e2e][kill]") {
  const World world;
  // The service tells of its start and is slow: that is when it is met.
  std::ofstream(world.plan_folder() / "slow.sh")
      << "case $PWD in */live-local/*) sleep 2;; esac\nexec "
         RUNG_TEST_SERVICE "\n";
  world.write_plan("auto", "");
  std::string plan = text_of(world.plan());
  const std::string exec = "exec " RUNG_TEST_SERVICE;
  plan.replace(plan.find(exec), exec.size(),
               "exec sh " + (world.plan_folder() / "slow.sh").string());
  std::ofstream(world.plan()) << plan;

  RunningRung climb(world.climb(), world.root());
  nlohmann::json serving;
  REQUIRE(becomes_true([&] {
    serving = nlohmann::json::parse(
        text_of(world.plan_folder() / ".rung" / "live-local" / "serving.json"),
        nullptr, false);
    return serving.is_object() || climb.ended_within(0us);
  }));
  REQUIRE(serving.is_object());
  kill(serving["pid"].get<int>(), SIGKILL);
  const Result result = climb.result();
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(result.json()["outcome"] == "healthy");
  const auto status =
      finished({"status", world.plan(), "--json"}, world.root()).json();
  // On a machine that is very busy the climb may have been over.
  if (status["lost"].empty()) {
    REQUIRE(status["serving"].size() == 1);
    CHECK(fakes::answers(status["serving"][0]["url"]));
    CHECK(becomes_true([&] { return services_in(world.root()) == 1; }));
  }
}

TEST_CASE("A command that was killed is begun once more", "[e2e][kill]") {
  const World world;
  const fs::path state = world.root() / "state";
  fs::create_directories(state);
  const std::string marker = (world.root() / "was-killed").string();
  const Result result = finished(
      {"bisect", "--source", world.app(), "--good", world.commit(0), "--bad",
       world.commit(12), "--state", state, "--json", "--command",
       "test -e " + marker + " || { touch " + marker + "; kill -KILL $$; }; " +
           "test $(cat number) -lt 9"},
      world.root());
  CAPTURE(result.log);
  REQUIRE(result.exit == 1);
  CHECK(result.json()["culprits"][0][0]["id"] == world.commit(9));
}

TEST_CASE("A rollback serves the known good before, and stop ends it",
          "[e2e][kill]") {
  const World world;
  const std::uint16_t port = free_port();
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  world.write_plan(std::to_string(port), "");
  REQUIRE(finished(world.climb(), world.root()).exit == 0);
  const Result back = finished(
      {"rollback", world.plan(), "--to", "bare", "--json"}, world.root());
  CAPTURE(back.log);
  CHECK(back.exit == 0);
  CHECK(back.json()["known_good"]["phase"] == "bare");
  CHECK(fakes::answers(url));
  const auto status =
      finished({"status", world.plan(), "--json"}, world.root()).json();
  REQUIRE(status["serving"].size() == 1);
  CHECK(status["serving"][0]["phase"] == "bare");
  CHECK(services_in(world.root()) == 1);

  CHECK(finished({"stop", world.plan()}, world.root()).exit == 0);
  CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
  CHECK(port_free(port));
  CHECK_FALSE(fakes::answers(url));
}

TEST_CASE("A full disk is one line, and the bisect goes on when there is room",
          "[e2e][kill]") {
  const World world;
  const fs::path state = world.root() / "small";
  fs::create_directories(state);
  if (mount("rung-test", state.c_str(), "tmpfs", 0, "size=512k") != 0) {
    fakes::skipped("mounting a small file system is not permitted here");
    return;
  }
  struct Unmounted {
    fs::path folder;
    ~Unmounted() { umount2(folder.c_str(), MNT_DETACH); }
  } const unmounted{state};
  const fs::path ballast = state / "ballast";
  int refused = 0;
  Result result;
  for (int free_kib = 0; free_kib < 512; free_kib += 64) {
    {
      std::ofstream out(ballast, std::ios::binary | std::ios::trunc);
      out << std::string(512u * 1024u, 'x');  // as much as there is room for
    }
    std::error_code error;
    const auto filled = fs::file_size(ballast, error);
    const auto wanted = static_cast<std::uintmax_t>(free_kib) * 1024;
    fs::resize_file(ballast, filled > wanted ? filled - wanted : 0, error);
    result = finished(world.bisect(state), world.root());
    CAPTURE(free_kib, result.log);
    CHECK(becomes_true([&] { return programs_in(world.root()).empty(); }));
    if (result.exit == 1) break;
    ++refused;
    CHECK(result.exit == 128);
    CHECK(result.log.find("rung: ") != std::string::npos);
  }
  CHECK(refused > 0);
  fs::remove(ballast);
  if (result.exit != 1) result = finished(world.bisect(state), world.root());
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(result.json()["culprits"][0][0]["id"] == world.commit(9));
  check_journal(state);
}

}  // namespace rung::e2e::kill_test
