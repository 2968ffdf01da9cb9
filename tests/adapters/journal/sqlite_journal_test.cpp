#include "adapters/journal/sqlite_journal.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "core/base/error.hpp"
#include "tests/fakes/failing_disk.hpp"
#include "tests/fakes/memory_journal.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::sqlite_journal_test {
namespace {

namespace fs = std::filesystem;
using fakes::TempFolder;

ProbeRecord probe_number(int i) {
  ProbeRecord probe;
  probe.run = "r1";
  probe.release_id = "release-" + std::to_string(i);
  probe.gate_id = "gates";
  probe.purpose = ProbePurpose::search;
  probe.label = "commit " + std::to_string(i);
  probe.observation.verdict = i % 2 == 0 ? Verdict::good : Verdict::bad;
  if (i % 2 != 0) {
    probe.observation.failure = Failure{Stage::listen, "wrong-port", "3000",
                                        "bound to 3000", "listen/wrong-port"};
    probe.observation.failure->ending = Ending::too_slow;
    probe.observation.failure->redirected_to = "/login";
    probe.observation.failure->likely = "listening on 3000";
  }
  probe.observation.duration = std::chrono::milliseconds(i);
  probe.observation.notes = {"also binds 8081"};
  probe.at_ms = 1'700'000'000'000 + i;
  return probe;
}

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const JournalError& error) {
    return error.what();
  }
  return "no error";
}

/// As another program sees the file.
std::string ask(const fs::path& dir, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / ".rung/journal.db").c_str(), &db) == SQLITE_OK);
  std::string answer;
  char* problem = nullptr;
  const int code = sqlite3_exec(
      db, sql,
      [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) += values[0] ? values[0] : "NULL";
        return 0;
      },
      &answer, &problem);
  if (code != SQLITE_OK) answer = problem ? problem : "error";
  sqlite3_free(problem);
  sqlite3_close(db);
  return answer;
}

struct Sqlite {
  TempFolder folder;
  std::unique_ptr<Journal> journal = SqliteJournal::open(folder.path());
};
struct Memory {
  std::unique_ptr<Journal> journal = std::make_unique<fakes::MemoryJournal>();
};

}  // namespace

TEMPLATE_TEST_CASE("A journal gives back what it was told",
                   "[adapters][sqlite_journal]", Sqlite, Memory) {
  TestType world;
  Journal& journal = *world.journal;

  SECTION("a verdict that a person corrected") {
    for (int i = 0; i < 4; ++i) journal.add_probe(probe_number(i));
    const auto before = journal.probes("r1");
    Observation seen;
    seen.verdict = Verdict::good;
    seen.notes = {"was bad"};
    journal.correct(before[1].id, seen);
    const auto after = journal.probes("r1");
    REQUIRE(after.size() == 4);
    CHECK(after[1].observation.verdict == Verdict::good);
    CHECK_FALSE(after[1].observation.failure);
    CHECK(after[1].observation.notes == seen.notes);
    CHECK(after[1].observation.duration == before[1].observation.duration);
    CHECK(after[2].observation.verdict == before[2].observation.verdict);
    CHECK(journal.probes_under(before[0].gate_id).size() >= 1);
    CHECK(journal.probes_under("no such gate").empty());
    CHECK_THROWS_AS(journal.correct(4711, seen), JournalError);
  }
  SECTION("a run that was opened again") {
    RunRecord run;
    run.run = "r1";
    run.question = "q";
    run.started_ms = 1;
    journal.begin_run(run);
    journal.end_run("r1", "culprit", "{}");
    REQUIRE_FALSE(journal.unfinished("q"));
    journal.reopen_run("r1");
    REQUIRE(journal.unfinished("q"));
    CHECK(journal.unfinished("q")->outcome.empty());
  }
  SECTION("probes, oldest first, with all their evidence") {
    for (int i = 0; i < 4; ++i) journal.add_probe(probe_number(i));
    const auto probes = journal.probes("r1");
    REQUIRE(probes.size() == 4);
    CHECK(probes[3].id > probes[2].id);
    const ProbeRecord expected = probe_number(3);
    const ProbeRecord& got = probes[3];
    CHECK(got.run == expected.run);
    CHECK(got.release_id == expected.release_id);
    CHECK(got.gate_id == expected.gate_id);
    CHECK(got.purpose == expected.purpose);
    CHECK(got.label == expected.label);
    CHECK(got.observation.verdict == Verdict::bad);
    CHECK(got.observation.failure == expected.observation.failure);
    CHECK(got.observation.duration == expected.observation.duration);
    CHECK(got.observation.notes == expected.observation.notes);
    CHECK(got.at_ms == expected.at_ms);
    CHECK_FALSE(probes[2].observation.failure);
    CHECK(journal.probes("another run").empty());
  }

  SECTION("the last verdict of a release under the same gates, never infra") {
    ProbeRecord probe = probe_number(1);
    CHECK_FALSE(journal.remembered(probe.release_id, probe.gate_id));
    probe.observation.verdict = Verdict::infra;
    journal.add_probe(probe);
    CHECK_FALSE(journal.remembered(probe.release_id, probe.gate_id));
    probe.observation.verdict = Verdict::skip;
    journal.add_probe(probe);
    probe.observation.verdict = Verdict::bad;
    journal.add_probe(probe);
    probe.observation.verdict = Verdict::infra;
    journal.add_probe(probe);
    const auto seen = journal.remembered(probe.release_id, probe.gate_id);
    REQUIRE(seen);
    CHECK(seen->observation.verdict == Verdict::bad);
    CHECK_FALSE(journal.remembered(probe.release_id, "other gates"));
    CHECK_FALSE(journal.remembered("other release", probe.gate_id));
  }

  SECTION("runs, newest first, and the one to go on with") {
    journal.begin_run({"r1", "bisect", "q1", "[\"bisect\"]", "", "", 10, 0});
    journal.begin_run({"r2", "bisect", "q1", "[\"bisect\"]", "", "", 20, 0});
    journal.begin_run({"r3", "climb", "q2", "[\"climb\"]", "", "", 30, 0});
    REQUIRE(journal.unfinished("q1"));
    CHECK(journal.unfinished("q1")->run == "r2");
    journal.end_run("r2", "culprit", "{\"rung\":1}");
    CHECK(journal.unfinished("q1")->run == "r1");
    journal.end_run("r1", "healthy", "{}");
    CHECK_FALSE(journal.unfinished("q1"));
    CHECK_FALSE(journal.unfinished("q3"));
    const auto runs = journal.runs();
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].run == "r3");
    CHECK(runs[1].outcome == "culprit");
    CHECK(runs[1].report == "{\"rung\":1}");
    CHECK(runs[1].arguments == "[\"bisect\"]");
    CHECK(runs[1].ended_ms > 0);
  }

  SECTION("a release whole, but for declared secrets") {
    Release release;
    release.commit.hex = std::string(40, 'a');
    release.env = {{"PORT", "10000"},
                   {"PASSWORD", "hunter2"},
                   {"BYTES", std::string("\xff\0\n", 3)}};
    release.requirements = {{"fastapi", "==0.92.0"}};
    release.config = {{"start", "run"}, {"file:Procfile", "web: run\n"}};
    journal.keep_release(release, {"PASSWORD", "NOT_SET"});
    const std::string id = journal.id_of(release);
    Release expected = release;
    expected.env["PASSWORD"] = "";
    for (const std::string& asked : {id, id.substr(0, 8)}) {
      const auto kept = journal.kept_release(asked);
      REQUIRE(kept);
      CHECK(kept->release == expected);
      CHECK(kept->secret_hashes ==
            std::map<std::string, std::string>{
                {"PASSWORD", journal.keyed_hash("hunter2")}});
    }
    CHECK_FALSE(journal.kept_release(""));
    CHECK_FALSE(journal.kept_release("nothing"));
    release.env["PORT"] = "3000";
    CHECK(journal.id_of(release) != id);
    CHECK_FALSE(journal.kept_release(journal.id_of(release)));
  }

  SECTION("a prefix that names several releases is refused") {
    Release release;
    for (int i = 0; i < 17; ++i) {  // 17 ids: two begin with the same digit
      release.env["N"] = std::to_string(i);
      journal.keep_release(release, {});
    }
    std::string problem = "no error";
    for (const char c : std::string("0123456789abcdef")) {
      const std::string said =
          error_of([&] { (void)journal.kept_release(std::string(1, c)); });
      if (said != "no error") problem = said;
    }
    CHECK_THAT(problem, Catch::Contains("several releases begin with"));
  }

  SECTION("known goods, newest first, by plan, phase and target") {
    journal.add_known_good({"mvp", "one", "local", "id1", 1});
    journal.add_known_good({"mvp", "two", "local", "id2", 2});
    journal.add_known_good({"mvp", "two", "staging", "id3", 3});
    journal.add_known_good({"other", "two", "staging", "id4", 4});
    const auto all = journal.known_goods("mvp", "", "");
    REQUIRE(all.size() == 3);
    CHECK(all[0].release_id == "id3");
    CHECK(all[2].release_id == "id1");
    CHECK(all[0].at_ms == 3);
    CHECK(journal.known_goods("mvp", "two", "").size() == 2);
    CHECK(journal.known_goods("mvp", "", "local").size() == 2);
    CHECK(journal.known_goods("mvp", "one", "staging").empty());
    CHECK(journal.known_goods("", "", "").size() == 4);
  }

  SECTION("facts, the last word of each") {
    const auto fact = JournalFact::approved("mvp", "full");
    CHECK_FALSE(journal.get(fact));
    journal.set(fact, "");
    CHECK(journal.get(fact) == "");
    journal.set(fact, "yes");
    CHECK(journal.get(fact) == "yes");
  }
}

TEST_CASE("A journal opened again knows everything, and is private",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  Release release;
  release.env = {{"PORT", "10000"}};
  std::string id;
  const mode_t before = ::umask(0);
  {
    const auto journal = SqliteJournal::open(folder.path());
    journal->add_probe(probe_number(1));
    journal->keep_release(release, {});
    id = journal->id_of(release);
    const fs::path rung = folder.path() / ".rung";
    CHECK(journal->folder() == rung);
    CHECK(mode_of(rung) == 0700);
    for (const char* file :
         {"journal.db", "journal.db-wal", "journal.db-shm", "key"}) {
      CHECK(mode_of(rung / file) == 0600);
    }
    CHECK(slurp(rung / ".gitignore") == "*\n");
    CHECK(slurp(rung / "key").size() == 32);
  }
  ::umask(before);
  fs::permissions(folder.path() / ".rung", fs::perms(0755));
  fs::permissions(folder.path() / ".rung/key", fs::perms(0644));
  const auto journal = SqliteJournal::open(folder.path());
  CHECK(mode_of(folder.path() / ".rung") == 0700);
  CHECK(mode_of(folder.path() / ".rung/key") == 0600);
  CHECK(journal->id_of(release) == id);
  CHECK(journal->probes("r1").size() == 1);
  CHECK(journal->kept_release(id)->release == release);
}

TEST_CASE("Two journals name the same release differently",
          "[adapters][sqlite_journal]") {
  const Sqlite one, two;
  CHECK(one.journal->id_of({}) != two.journal->id_of({}));
  CHECK(one.journal->keyed_hash("x") != two.journal->keyed_hash("x"));
}

TEST_CASE("No value of a variable is found in the journal's files",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  const std::string value = "pl/nted value+42~x";
  // Base64 has three shapes, by the offset a value begins at: their middles.
  const std::vector<std::string> forms = {value,
                                          "pl%2Fnted%20value%2B42~x",
                                          "pl%2Fnted+value%2B42%7Ex",
                                          "pl\\/nted value+42~x",
                                          "bnRlZCB2YWx1ZSs0",
                                          "L250ZWQgdmFsdWUrNDJ",
                                          "bC9udGVkIHZhbHVlKzQy"};
  const auto found = [&] {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder.path() / ".rung")) {
      const std::string content = slurp(entry.path());
      for (const std::string& form : forms) {
        count += content.find(form) != std::string::npos;
      }
    }
    return count;
  };
  {
    const auto journal = SqliteJournal::open(folder.path());
    Release release;
    release.env = {{"A", value}, {"SECRET", value + "!"}};
    journal->keep_release(release, {"SECRET"});
    journal->set(JournalFact::times("secret"), journal->keyed_hash(value));
    ProbeRecord probe = probe_number(1);
    probe.release_id = journal->id_of(release);
    journal->add_probe(probe);
    journal->add_known_good({"mvp", "one", "local", probe.release_id, 1});
    release.env["A"] = "changed";
    journal->keep_release(release, {"A", "SECRET"});
    CHECK(found() == 0);  // with the write-ahead log
  }
  CHECK(found() == 0);  // and after it was folded in

  // The search itself can find: a value somebody stored in the clear.
  const auto journal = SqliteJournal::open(folder.path());
  journal->set(JournalFact::times("careless"), value);
  journal->set(JournalFact::times("careless, in base64"),
               "AHBsL250ZWQgdmFsdWUrNDJ+eA==");
  CHECK(found() == 2);
}

TEST_CASE("A verdict is synced to the disk before add_probe returns",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  fakes::FailingDisk disk;
  const auto journal = SqliteJournal::open(folder.path());
  for (int i = 0; i < 20; ++i) {
    const long before = disk.writes;
    journal->add_probe(probe_number(i));
    CHECK(disk.writes > before);
    CHECK(disk.log_is_synced);
  }
}

TEST_CASE("A disk that fills up at any write loses nothing acknowledged",
          "[adapters][sqlite_journal]") {
  for (long room = 0; room < 40; ++room) {
    CAPTURE(room);
    const TempFolder folder;
    fakes::FailingDisk disk;
    int acknowledged = 0;
    std::string problem;
    {
      const auto journal = SqliteJournal::open(folder.path());
      disk.writes_left = room;
      problem = error_of([&] {
        for (;;) {
          journal->add_probe(probe_number(acknowledged));
          ++acknowledged;
        }
      });
      CHECK(journal->probes("r1").size() ==
            static_cast<std::size_t>(acknowledged));
    }
    CHECK_THAT(problem, Catch::Contains("journal.db") &&
                            Catch::Contains("recording a verdict") &&
                            Catch::Contains("disk is full") &&
                            Catch::Contains("free some space"));
    CHECK(problem.find('\n') == std::string::npos);
    disk.writes_left = 1'000'000;
    const auto journal = SqliteJournal::open(folder.path());
    CHECK(journal->probes("r1").size() ==
          static_cast<std::size_t>(acknowledged));
    journal->add_probe(probe_number(acknowledged));
    CHECK(ask(folder.path(), "PRAGMA integrity_check") == "ok");
  }
}

TEST_CASE("A disk that is full from the start makes no half journal",
          "[adapters][sqlite_journal]") {
  for (long room = 0; room < 30; ++room) {
    CAPTURE(room);
    const TempFolder folder;
    fakes::FailingDisk disk;
    disk.writes_left = room;
    const std::string problem =
        error_of([&] { (void)SqliteJournal::open(folder.path()); });
    if (problem != "no error") CHECK_THAT(problem, Catch::Contains("is full"));
    disk.writes_left = 1'000'000;
    const auto journal = SqliteJournal::open(folder.path());
    journal->add_probe(probe_number(0));
    Release release;
    journal->keep_release(release, {});
    CHECK(journal->kept_release(journal->id_of(release)));
  }
}

TEST_CASE("Killed at any moment, a writer loses nothing it acknowledged",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  int on_record = 0;
  for (int round = 0; round < 60; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      try {
        const auto journal = SqliteJournal::open(folder.path());
        const auto held = journal->lock();
        for (int i = on_record;; ++i) {
          journal->add_probe(probe_number(i));
          if (::write(ends[1], &i, sizeof i) != sizeof i) ::_exit(0);
        }
      } catch (const std::exception&) {
        ::_exit(1);
      }
    }
    ::close(ends[1]);
    int last = on_record - 1;
    // Also in the middle of opening: the first rounds read nothing at all.
    for (auto count = random() % 12; count > 0; --count) {
      REQUIRE(::read(ends[0], &last, sizeof last) == sizeof last);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    for (int i = 0; ::read(ends[0], &i, sizeof i) == sizeof i;) last = i;
    ::close(ends[0]);

    const auto journal = SqliteJournal::open(folder.path());
    const auto held = journal->lock();  // the kernel has released the child's
    const auto probes = journal->probes("r1");
    CAPTURE(round, last);
    // All that was acknowledged, and at most the one that was being written.
    REQUIRE(static_cast<int>(probes.size()) >= last + 1);
    REQUIRE(static_cast<int>(probes.size()) <= last + 2);
    on_record = static_cast<int>(probes.size());
    for (int i = 0; i < on_record; ++i) {
      REQUIRE(probes[static_cast<std::size_t>(i)].release_id ==
              probe_number(i).release_id);
    }
  }
  CHECK(on_record > 60);
  CHECK(ask(folder.path(), "PRAGMA integrity_check") == "ok");
}

TEST_CASE("Processes that make one journal at the same moment share a key",
          "[adapters][sqlite_journal]") {
  for (int round = 0; round < 10; ++round) {
    const TempFolder folder;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        int code = 1;
        try {
          const auto journal = SqliteJournal::open(folder.path());
          journal->add_probe(probe_number(i));
          journal->keep_release({}, {});
          code = journal->kept_release(journal->id_of({})) ? 0 : 2;
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s\n", error.what());
        }
        ::_exit(code);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    const auto journal = SqliteJournal::open(folder.path());
    CHECK(journal->probes("r1").size() == 4);
    CHECK(journal->kept_release(journal->id_of({})));
  }
}

TEST_CASE("Threads may share a journal", "[adapters][sqlite_journal]") {
  Sqlite world;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        world.journal->add_probe(probe_number(100 * t + i));
        (void)world.journal->remembered(probe_number(i).release_id, "gates");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(world.journal->probes("r1").size() == 100);
}

TEST_CASE("One run at a time: the second is told whom to wait for",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  const auto one = SqliteJournal::open(folder.path());
  const auto two = SqliteJournal::open(folder.path());
  {
    const auto held = one->lock();
    const std::string problem = error_of([&] { (void)two->lock(); });
    CHECK_THAT(problem,
               Catch::Contains("(pid " + std::to_string(::getpid()) + ")"));
    two->add_probe(probe_number(0));  // reading and writing still work
  }
  CHECK(error_of([&] { (void)two->lock(); }) == "no error");
}

TEST_CASE("A journal that cannot be used says why and what to try",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  const fs::path rung = folder.path() / ".rung";
  const auto open = [&] { (void)SqliteJournal::open(folder.path()); };

  SECTION("no such folder") {
    CHECK_THAT(error_of([&] {
                 (void)SqliteJournal::open(folder.path() / "not there");
               }),
               Catch::Contains("No such file") && Catch::Contains("make the"));
  }
  SECTION("not a database") {
    open();
    std::ofstream(rung / "journal.db") << std::string(8192, 'x');
    CHECK_THAT(error_of(open), Catch::Contains("journal.db") &&
                                   Catch::Contains("damaged") &&
                                   Catch::Contains("move it away"));
  }
  SECTION("a page overwritten") {
    {
      const auto journal = SqliteJournal::open(folder.path());
      for (int i = 0; i < 100; ++i) journal->add_probe(probe_number(i));
    }
    const auto size = fs::file_size(rung / "journal.db");
    {
      std::fstream file(rung / "journal.db",
                        std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(4096);
      file << std::string(size - 4096, '\x5a');
    }
    const std::string problem = error_of([&] {
      const auto journal = SqliteJournal::open(folder.path());
      (void)journal->probes("r1");
    });
    CHECK_THAT(problem, Catch::Contains("damaged"));
  }
  SECTION("a database of another program") {
    fs::create_directory(rung);
    CHECK(ask(folder.path(), "CREATE TABLE theirs(x)").empty());
    CHECK_THAT(error_of(open), Catch::Contains("another program"));
    CHECK(ask(folder.path(), "PRAGMA journal_mode") == "delete");  // untouched
  }
  SECTION("a newer format") {
    open();
    ask(folder.path(), "PRAGMA user_version = 99");
    CHECK_THAT(error_of(open),
               Catch::Contains("format 99") && Catch::Contains("newer rung"));
  }
  SECTION("a verdict nobody knows") {
    SqliteJournal::open(folder.path())->add_probe(probe_number(1));
    ask(folder.path(), "UPDATE probe SET verdict = 17");
    CHECK_THAT(error_of([&] {
                 (void)SqliteJournal::open(folder.path())->probes("r1");
               }),
               Catch::Contains("17"));
  }
  SECTION("a link in place of the folder, or of the key") {
    const TempFolder elsewhere;
    fs::create_directory_symlink(elsewhere.path(), rung);
    CHECK_THAT(error_of(open), Catch::Contains("not a folder"));
    CHECK(fs::is_empty(elsewhere.path()));
    fs::remove(rung);
    open();
    fs::rename(rung / "key", elsewhere.path() / "key");
    fs::create_symlink(elsewhere.path() / "key", rung / "key");
    CHECK_THAT(error_of(open), Catch::Contains("key"));
  }
  SECTION("a key of the wrong size") {
    open();
    std::ofstream(rung / "key") << "short";
    CHECK_THAT(error_of(open), Catch::Contains("not a key"));
  }
}

TEST_CASE("A folder that may not be written is one clear line",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  SqliteJournal::open(folder.path())->add_probe(probe_number(0));
  const bool with_journal = GENERATE(true, false);
  if (with_journal) {
    fs::permissions(folder.path() / ".rung", fs::perms(0777));
    fs::permissions(folder.path() / ".rung/journal.db", fs::perms(0444));
  } else {
    fs::remove_all(folder.path() / ".rung");
  }
  fs::permissions(folder.path(), fs::perms(0555));

  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Root may write anywhere: be nobody for this.
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(1);
    const std::string said =
        error_of([&] { (void)SqliteJournal::open(folder.path()); });
    (void)!::write(ends[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  char said[1000] = {};
  const ssize_t size = ::read(ends[0], said, sizeof said - 1);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  fs::permissions(folder.path(), fs::perms(0755));
  REQUIRE(size > 0);
  CHECK_THAT(said, Catch::Contains(".rung") && Catch::Contains("(make ") &&
                       !Catch::Contains("\n"));
}

TEST_CASE("Without its key a journal is listed but nothing is restored",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  Release release;
  release.env = {{"PORT", "10000"}};
  std::string id;
  {
    const auto journal = SqliteJournal::open(folder.path());
    journal->keep_release(release, {});
    id = journal->id_of(release);
    journal->add_known_good({"mvp", "one", "local", id, 1});
  }
  const fs::path key = folder.path() / ".rung/key";
  const bool replaced = GENERATE(false, true);
  fs::remove(key);
  if (replaced) std::ofstream(key) << std::string(32, 'k');

  const auto journal = SqliteJournal::open(folder.path());
  CHECK(journal->known_goods("mvp", "", "").size() == 1);
  CHECK_FALSE(journal->kept_release("0123abcd"));  // not there is not there
  for (const std::string& problem :
       {error_of([&] { (void)journal->kept_release(id); }),
        error_of([&] { (void)journal->id_of(release); }),
        error_of([&] { journal->keep_release(release, {}); }),
        error_of([&] { (void)journal->keyed_hash("x"); })}) {
    CHECK_THAT(problem,
               Catch::Contains("its key") && Catch::Contains("backup") &&
                   Catch::Contains(replaced ? "not the one" : "missing"));
  }
  CHECK(fs::exists(key) == replaced);  // no new key in place of the lost one
}

TEST_CASE(
    "A finding and the log's line that format 2 held in one are told apart",
    "[adapters][sqlite_journal]") {
  const TempFolder folder;
  SqliteJournal::open(folder.path())->add_probe(probe_number(1));
  ask(folder.path(),
      "UPDATE probe SET message = message || '; likely: ' || likely;"
      "ALTER TABLE probe DROP COLUMN likely; PRAGMA user_version = 2");
  const auto probes = SqliteJournal::open(folder.path())->probes("r1");
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].observation.failure == probe_number(1).observation.failure);
}

TEST_CASE("An older format is brought up step by step, or not at all",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  const fs::path file = folder.path() / "j.db";
  std::ofstream(file).flush();
  sqlite::Database db(file);
  const std::string_view formats[] = {
      "CREATE TABLE a(x); INSERT INTO a VALUES(1);",
      "ALTER TABLE a ADD COLUMN y DEFAULT 2;", "this is no SQL;"};
  const auto up_to = [&](std::size_t count) {
    sqlite::Transaction transaction(db, "testing");
    sqlite::migrate(db, std::span(formats).first(count));
    transaction.commit();
  };
  up_to(1);
  CHECK(sqlite::format_of(db) == 1);
  up_to(2);
  CHECK(sqlite::format_of(db) == 2);
  up_to(2);  // nothing to do
  CHECK_THROWS_AS(up_to(3), JournalError);
  CHECK(sqlite::format_of(db) == 2);
  auto row = db.query("testing", "SELECT x + y FROM a");
  REQUIRE(row.step());
  CHECK(row.integer(0) == 3);
}

TEST_CASE("Ten thousand verdicts are all replayed",
          "[adapters][sqlite_journal]") {
  const TempFolder folder;
  (void)SqliteJournal::open(folder.path());
  // In one transaction, as only a test has them all at once.
  ask(folder.path(),
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
      "WHERE i < 10000) INSERT INTO probe SELECT NULL, 'r1', 'release-' || i, "
      "'gates', 'search', 'commit ' || i, 1, 4, 'wrong-port', '3000', "
      "'bound to 3000, the platform routes to 10000', 'listen/wrong-port', "
      "100, '[\"also binds 8081\"]', 1, 4, '', '' FROM n");
  const auto journal = SqliteJournal::open(folder.path());
  CHECK(journal->probes("r1").size() == 10'000);
  for (int i = 0; i < 10'000; i += 100) {
    REQUIRE(journal->remembered("release-" + std::to_string(i + 1), "gates"));
  }
}

}  // namespace rung::sqlite_journal_test
