#include "adapters/late/late_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "core/base/error.hpp"

namespace rung {

LateLibrary::LateLibrary(const char* soname, const char* package)
    : soname_(soname),
      package_(package),
      handle_(dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {}

void* LateLibrary::address_of(const char* name) const {
  void* found = handle_ == nullptr ? nullptr : dlsym(handle_, name);
  if (found == nullptr) {
    throw AbortError(
        fmt::format("{} cannot be loaded; install {}", soname_, package_));
  }
  return found;
}

}  // namespace rung
