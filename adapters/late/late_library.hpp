#pragma once

#include <string>

namespace rung {

/// A shared library that is loaded by the first call of one of its functions,
/// not at each start of rung: core/DESIGN.md, section "Libraries".
class LateLibrary {
 public:
  /// `soname`: "libcurl.so.4". `package`: Debian's name of what brings it.
  LateLibrary(const char* soname, const char* package);

  /// The function of this name, with the type that the library's header gives.
  /// Throws AbortError where this machine does not have it.
  template <typename Function>
  [[nodiscard]] Function* get(const char* name) const {
    return reinterpret_cast<Function*>(address_of(name));
  }

 private:
  [[nodiscard]] void* address_of(const char* name) const;

  std::string soname_, package_, why_not_loaded_;
  void* handle_;
};

}  // namespace rung

/// Defines a function of a library under its own name: the first call loads
/// `library`, a function that returns the LateLibrary.
#define RUNG_LATE(library, result, name, parameters, arguments)       \
  result name parameters {                                            \
    static auto* const real = library().get<decltype(::name)>(#name); \
    return real arguments;                                            \
  }
