#include "adapters/late/late_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "core/base/error.hpp"

namespace rung {
namespace {

std::string last_error() {
  const char* text = dlerror();
  return text == nullptr ? "no reason given" : text;
}

}  // namespace

LateLibrary::LateLibrary(const char* soname, const char* package)
    : soname_(soname),
      package_(package),
      handle_(dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) why_not_loaded_ = last_error();
}

void* LateLibrary::address_of(const char* name) const {
  if (handle_ == nullptr) {
    throw AbortError(fmt::format("{} cannot be loaded ({}); install {}",
                                 soname_, why_not_loaded_, package_));
  }
  void* found = dlsym(handle_, name);
  if (found == nullptr) {
    throw AbortError(
        fmt::format("{} is too old: it lacks {} ({}); install a newer {}",
                    soname_, name, last_error(), package_));
  }
  return found;
}

}  // namespace rung
