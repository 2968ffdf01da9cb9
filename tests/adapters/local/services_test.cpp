#include "adapters/local/services.hpp"

#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "adapters/gates/health_checks.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/gates/gate_words.hpp"
#include "core/model/gate.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace fs = std::filesystem;

namespace rung::services_test {

TEST_CASE("A service that was killed is started again where it was",
          "[adapters][services]") {
  const fakes::TempFolder folder;
  std::ofstream(folder.path() / "behaviour") << "port PORT\n";
  ServiceSpec spec;
  spec.name = "store";
  spec.start = "echo $$ > $DATA_DIR/pid; exec " RUNG_TEST_SERVICE;
  spec.ready = parse_gate("tcp 127.0.0.1:$PORT interval=5ms deadline=60s");
  SystemClock clock;
  Services services(
      folder.path() / "services", folder.path(),
      [&](const Gate& gate) { return make_health_check(gate, folder.path()); },
      clock);
  services.require({spec});
  const auto addresses = services.addresses();
  const fs::path pid_file =
      fs::path(addresses.at("services.store.data_dir")) / "pid";
  const auto pid = [&] {
    pid_t number = 0;
    std::ifstream(pid_file) >> number;
    return number;
  };
  const pid_t first = pid();
  REQUIRE(first > 0);
  CHECK(services.revive().empty());
  REQUIRE(kill(first, SIGKILL) == 0);
  std::vector<std::string> revived;
  CHECK(fakes::becomes_true([&] {
    revived = services.revive();
    return !revived.empty();
  }));
  CHECK(revived == std::vector<std::string>{"store"});
  CHECK(pid() != first);
  CHECK(services.addresses() == addresses);
  CHECK(services.revive().empty());
}

}  // namespace rung::services_test
