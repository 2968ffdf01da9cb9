#pragma once

namespace rung {

/// "rung 0.1.0 (COMMIT, DATE)". scripts/version.cmake writes it.
extern const char* const kVersion;

}  // namespace rung
