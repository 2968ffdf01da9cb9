#include "adapters/process/boot_id.hpp"

#include <fstream>

namespace rung {

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id;
}

}  // namespace rung
