#include <catch2/catch.hpp>

#include <set>

#include "core/base/error.hpp"
#include "core/serving/served.hpp"
#include "tests/fakes/live_deployment.hpp"
#include "tests/fakes/memory_journal.hpp"

namespace rung::served_test {
namespace {

const WantedRelease kOld{"full", "old"}, kNew{"full", "new"};

/// A place where releases serve, and what may go wrong there.
class FakePlace final : public ServingPlace, public LivePlatform {
 public:
  fakes::MemoryJournal journal;
  std::string target = "web";
  std::set<std::string> unhealthy;  ///< releases that fail their gates
  bool own = false;                 ///< may_restart()
  bool needs_place = false;
  bool no_takeover = false;    ///< the platform keeps the old one in spite
  bool refuses = false;        ///< the platform does not take the new one
  bool heals_on_start = false; ///< what hangs is healthy when started anew
  unsigned kills = 0;          ///< so often somebody kills what serves
  std::optional<std::string> error;  ///< live_platform() calls fail so

  std::optional<std::string> serving;  ///< release id
  unsigned started = 0, stopped = 0;

  Served served() { return Served(*this, WantedRecord(journal, "shop", target)); }
  void wants(const WantedRelease& wanted) {
    WantedRecord(journal, "shop", target).write(wanted);
    serving = wanted.release;
  }

  // ServingPlace
  LivePlatform& live_platform() override { return *this; }
  Bundle bundle(const WantedRelease& wanted, const Release* exact) override {
    Bundle bundle;
    bundle.id = wanted.release;
    if (exact != nullptr) bundle.release = *exact;
    return bundle;
  }
  Observation judge(const WantedRelease& wanted, Deployment&) override {
    Observation seen;
    seen.verdict = unhealthy.count(wanted.release) != 0 ? Verdict::bad
                                                        : Verdict::good;
    if (kills > 0) {
      --kills;
      killed_ = true;
      serving.reset();
      seen.verdict = Verdict::bad;
    }
    return seen;
  }
  bool trials_need_its_place(
      const std::optional<WantedRelease>& wanted) override {
    return needs_place && wanted;
  }
  bool may_restart() const override { return own; }
  const std::string& name() const override { return target; }

  // LivePlatform
  std::optional<LiveRelease> live() override {
    if (error) throw PlatformError(*error);
    if (!serving) return std::nullopt;
    LiveRelease live;
    live.release_id = *serving;
    return live;
  }
  std::unique_ptr<Deployment> attach() override {
    return std::make_unique<fakes::LiveDeployment>();
  }
  ServeResult serve(const Bundle& bundle, std::string_view,
                    const std::function<bool(Deployment&)>& healthy) override {
    if (refuses) return {false, Refused{}};
    ++started;
    killed_ = false;
    if (heals_on_start && stopped > 0) unhealthy.clear();
    const auto before = serving;
    serving = bundle.id;
    fakes::LiveDeployment deployment;
    const bool good = healthy(deployment);
    if (killed_) {
      serving = before;
      throw RemovedError("what was to serve was killed from outside");
    }
    if (!good || no_takeover) serving = before;
    return {good && !no_takeover, {}};
  }
  void stop() override {
    ++stopped;
    serving.reset();
  }
  bool killed() const override { return killed_; }

 private:
  bool killed_ = false;
};

}  // namespace

TEST_CASE("Only what passes its gates and takes over is on record as wanted",
          "[core][serving]") {
  for (const bool healthy : {true, false}) {
    for (const bool takes_over : {true, false}) {
      for (const bool refused : {true, false}) {
        CAPTURE(healthy, takes_over, refused);
        FakePlace place;
        place.wants(kOld);
        if (!healthy) place.unhealthy = {"new"};
        place.no_takeover = !takes_over;
        place.refuses = refused;
        Served served = place.served();
        const Observation seen = served.serve(kNew);
        const bool good = healthy && takes_over && !refused;
        CHECK((seen.verdict == Verdict::good) == good);
        CHECK(served.wanted() == (good ? kNew : kOld));
        CHECK(place.serving == (good ? "new" : "old"));
        if (!takes_over && healthy && !refused) {
          REQUIRE(seen.failure);
          CHECK(seen.failure->message ==
                "its gates passed, but the platform did not make it live");
        }
      }
    }
  }
}

TEST_CASE("What serves already is judged, not started again",
          "[core][serving]") {
  FakePlace place;
  place.wants(kOld);
  CHECK(place.served().serve(kOld).verdict == Verdict::good);
  CHECK(place.started == 0);
}

TEST_CASE("Killed from outside once is no verdict, each time is told",
          "[core][serving]") {
  for (const bool serves : {true, false}) {
    CAPTURE(serves);
    FakePlace place;
    if (serves) place.wants(kNew);
    Served served = place.served();
    SECTION("once") {
      place.kills = 1;
      CHECK(served.serve(kNew).verdict == Verdict::good);
      CHECK(place.serving == "new");
      CHECK(served.take_notes().size() == 1);
      CHECK(served.take_notes().empty());
    }
    SECTION("each time") {
      place.kills = 5;
      CHECK_THROWS_AS(served.serve(kNew), RemovedError);
      CHECK(served.wanted() == (serves ? std::optional(kNew) : std::nullopt));
    }
  }
}

TEST_CASE("Nothing wanted is restored at once", "[core][serving]") {
  FakePlace place;
  CHECK(place.served().restore());
  CHECK(place.started == 0);
}

TEST_CASE("What was removed is put back, and that is told unless rung did it",
          "[core][serving]") {
  for (const bool by_rung : {true, false}) {
    for (const bool own : {true, false}) {
      CAPTURE(by_rung, own);
      FakePlace place;
      place.own = own;
      place.needs_place = true;
      place.wants(kOld);
      Served served = place.served();
      if (by_rung) served.make_room();
      else place.serving.reset();
      CHECK(served.restore());
      CHECK(place.serving == "old");
      // A process of this machine ends with it: nothing to tell.
      CHECK(served.take_notes().empty() == (by_rung || own));
    }
  }
}

TEST_CASE("What hangs is started again where rung may, else left alone",
          "[core][serving]") {
  for (const bool own : {true, false}) {
    CAPTURE(own);
    FakePlace place;
    place.own = own;
    place.wants(kOld);
    place.unhealthy = {"old"};
    place.heals_on_start = true;
    Served served = place.served();
    CHECK(served.restore() == own);
    CHECK(place.stopped == (own ? 1 : 0));
    CHECK(served.wanted() == kOld);
  }
}

TEST_CASE("What should serve goes on serving though its gates fail",
          "[core][serving]") {
  for (const bool own : {true, false}) {
    for (const bool by_rung : {true, false}) {
      CAPTURE(own, by_rung);
      FakePlace place;
      place.own = own;
      place.needs_place = own;
      place.wants(kOld);
      place.unhealthy = {"old"};
      Served served = place.served();
      if (by_rung) served.make_room();
      CHECK_FALSE(served.restore());
      CHECK(served.serves_unproved());
      CHECK(place.serving == "old");
      CHECK(served.wanted() == kOld);
      CHECK(served.take_notes().size() == (own ? 1 : 0));
    }
  }
}

TEST_CASE("A platform that fails leaves what is wanted on record",
          "[core][serving]") {
  FakePlace place;
  place.wants(kOld);
  place.error = "asking what serves: no answer";
  Served served = place.served();
  CHECK_FALSE(served.restore());
  CHECK(served.take_notes() ==
        std::vector<std::string>{"asking what serves: no answer"});
  CHECK(served.wanted() == kOld);
}

TEST_CASE("Room is made only where trials need it, and stop is for good",
          "[core][serving]") {
  FakePlace place;
  place.wants(kOld);
  Served served = place.served();
  served.make_room();
  CHECK(place.serving == "old");
  place.needs_place = true;
  served.make_room();
  CHECK_FALSE(place.serving);
  CHECK(served.wanted() == kOld);
  CHECK(served.restore());
  served.stop();
  CHECK_FALSE(place.serving);
  CHECK_FALSE(served.wanted());
  CHECK(served.restore());
  CHECK_FALSE(place.serving);
}

TEST_CASE("What should serve is on record for each plan and target",
          "[core][serving]") {
  fakes::MemoryJournal journal;
  WantedRecord record(journal, "shop", "web");
  CHECK_FALSE(record.read());
  record.write(kNew);
  CHECK(WantedRecord(journal, "shop", "web").read() == kNew);
  CHECK_FALSE(WantedRecord(journal, "shop", "worker").read());
  CHECK_FALSE(WantedRecord(journal, "blog", "web").read());
  journal.set(JournalFact::wanted("shop", "web"), "{cut");
  CHECK_FALSE(record.read());
  record.clear();
  CHECK_FALSE(record.read());
}

}  // namespace rung::served_test
