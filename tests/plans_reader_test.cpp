#include "plans/reader.hpp"

#include <catch2/catch.hpp>
#include <iostream>

namespace rung {

TEST_CASE("scratch", "[.scratch]") {
  const char* file = std::getenv("PLAN");
  try {
    const Plan plan = read_plan(file);
    for (const auto& p : plan.phases) {
      std::cout << p.name << "\n";
      for (const auto& [k, v] : p.requirements) std::cout << "  " << k << v << "\n";
      for (const auto& g : p.gates) std::cout << "  " << g.text << "\n";
    }
    for (const auto& w : plan.warnings) std::cout << "warning " << w << "\n";
  } catch (const std::exception& e) {
    std::cout << e.what() << "\n";
  }
}

}  // namespace rung
