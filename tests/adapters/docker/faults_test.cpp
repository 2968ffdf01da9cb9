#include <catch2/catch.hpp>

#include "tests/conformance/docker_world.hpp"
#include "tests/fakes/docker_faults.hpp"
#include "tests/fakes/effort.hpp"
#include "tests/fakes/fake_docker_engine.hpp"

namespace rung::faults_test {
namespace {

/// A world whose engine is the fake.
class FakeWorld final : public conformance::World {
 public:
  std::unique_ptr<Platform> another_rung() override {
    return world_.another_rung();
  }
  Bundle bundle(conformance::Behaviour behaviour) override {
    return world_.bundle(behaviour);
  }
  std::map<Stage, Bundle> refused() override { return world_.refused(); }
  std::vector<std::string> existing() override { return world_.existing(); }
  std::size_t starts() override { return world_.starts(); }
  bool arrange(conformance::Trouble trouble, std::size_t nth) override {
    return world_.arrange(trouble, nth);
  }
  bool happened() override { return world_.happened(); }
  bool down(bool is) override { return world_.down(is); }
  std::string overheard() override { return world_.overheard(); }

 private:
  fakes::TemporaryFolder folder_;
  fakes::FakeDockerEngine engine_{folder_.path() / "engine"};
  conformance::DockerWorld world_{engine_.socket()};
};

conformance::MakeWorld fake_engine() {
  return [] { return std::make_unique<FakeWorld>(); };
}

}  // namespace

TEST_CASE("The docker adapter keeps its promises (fake engine)",
          "[adapters][docker][conformance]") {
  conformance::check_platform(fake_engine());
}

TEST_CASE("The docker adapter keeps a release serving (fake engine)",
          "[adapters][docker][conformance]") {
  conformance::check_live_platform(fake_engine());
}

TEST_CASE("Faults on the wire do no harm (fake engine)",
          "[adapters][docker][faults]") {
  // rung_docker_faults_bench makes more of them.
  const std::uint64_t runs = fakes::effort(200);
  const auto seen = fakes::run_docker_faults(1, runs);
  for (const std::string& line : seen.first) UNSCOPED_INFO(line);
  UNSCOPED_INFO(seen.faults << " faults in " << seen.calls << " calls; "
                            << seen.good << " good, " << seen.bad << " bad, "
                            << seen.no_verdict << " without a verdict, "
                            << seen.served << " served, " << seen.kept
                            << " kept");
  CHECK(seen.clean());
  CHECK(seen.runs == runs);
  CHECK(seen.faults > runs / 2);
  CHECK(seen.good > runs / 20);
  CHECK(seen.bad > runs / 20);
  CHECK(seen.served > runs / 67);
}

}  // namespace rung::faults_test
