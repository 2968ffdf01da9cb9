#include "adapters/process/interruption.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "adapters/process/process.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/base/error.hpp"

namespace rung::interruption_test {
namespace {

using namespace std::chrono_literals;

ProcessSpec shell(std::string script) {
  return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

}  // namespace

TEST_CASE("A cancellation ends the waits of its thread and of no other",
          "[adapters][interruption]") {
  Cancellation cancellation;
  unsigned ended = 0;
  std::thread worker([&] {
    cancellation.obey();
    for (int i = 0; i < 3; ++i) {
      try {
        run(shell("exec sleep 20"), 20s);
      } catch (const Interrupted&) {
        ++ended;
      }
    }
  });
  cancellation.request();
  worker.join();
  CHECK(ended == 3);  // it holds until it is cleared
  CHECK_FALSE(Interruption::requested());
  CHECK(run(shell("true"), 10s).succeeded());

  cancellation.clear();
  std::thread again([&] {
    cancellation.obey();
    ended = run(shell("true"), 10s).succeeded() ? 10 : 0;
  });
  again.join();
  CHECK(ended == 10);

  SECTION("the user's wish ends them too") {
    Interruption::request();
    std::thread third([&] {
      cancellation.obey();
      CHECK_THROWS_AS(SystemClock().sleep(20s), Interrupted);
    });
    third.join();
    Interruption::clear();
    CHECK_FALSE(cancellation.requested());
  }
}

TEST_CASE("What puts something right is disturbed by the user's second wish "
          "alone, and disturbs nobody else",
          "[adapters][interruption]") {
  const auto waits = [] {
    try {
      SystemClock().sleep(1ms);
      return true;
    } catch (const Interrupted&) {
      return false;
    }
  };
  SECTION("called off by another thread") {
    Cancellation cancellation;
    cancellation.request();
    std::thread([&] {
      cancellation.obey();
      {
        const Uninterrupted putting_right;
        CHECK(waits());
        {
          const Uninterrupted more;
          CHECK(waits());
        }
        CHECK(waits());
        CHECK(run(shell("sleep 0.01"), 10s).succeeded());
      }
      CHECK_FALSE(waits());
    }).join();
    CHECK(cancellation.requested());
    CHECK_FALSE(Interruption::requested());  // nobody else was meant
    CHECK(waits());
  }
  SECTION("called off, or asked to stop, in the middle of it") {
    Cancellation cancellation;
    std::thread([&] {
      cancellation.obey();
      {
        const Uninterrupted putting_right;
        cancellation.request();
        CHECK(waits());
        CHECK(run(shell("sleep 0.01"), 10s).succeeded());
        Interruption::request();
        CHECK(waits());
        CHECK(run(shell("sleep 0.01"), 10s).succeeded());
        Interruption::request();
        CHECK_FALSE(waits());
      }
      CHECK_FALSE(waits());
      Interruption::clear();
      CHECK_FALSE(waits());  // still called off
    }).join();
    CHECK(waits());
  }
  SECTION("by the user, several at a time") {
    Cancellation first, second;
    std::atomic<int> at = 0;
    const auto reached = [&](int step) {
      while (at < step) std::this_thread::yield();
    };
    Interruption::request();
    std::thread one([&] {
      first.obey();
      {
        const Uninterrupted putting_right;
        CHECK(waits());
        at = 1;
        reached(2);
      }
      CHECK_FALSE(waits());
      at = 3;
    });
    std::thread other([&] {
      second.obey();
      reached(1);
      {
        const Uninterrupted putting_right;
        CHECK(waits());
        at = 2;
        reached(3);
        CHECK(waits());  // although the first one is done
        Interruption::request();
        CHECK_FALSE(waits());  // asked once more
      }
      CHECK_FALSE(waits());
    });
    one.join();
    other.join();
    Interruption::clear();
    CHECK(waits());
  }
}

}  // namespace rung::interruption_test
