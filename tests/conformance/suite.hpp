#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/gates/probe.hpp"
#include "tests/conformance/platform_conformance.hpp"

/// What both halves of the suite say in the same words.
namespace rung::conformance {

inline constexpr std::string_view kSecret = "pa55-w0rd+of/the=suite";

void add_secret(Bundle& bundle);
Bundle with_secret(World& world, Behaviour behaviour);
/// As it is, or encoded as a URL or as JSON or base64 would have it.
bool tells_secret(std::string_view text);

inline std::vector<std::string> none() { return {}; }

/// FAILs the test with the reason when the platform refuses.
std::unique_ptr<Deployment> deployed(Platform& platform, const Bundle& bundle);
/// Whether its /health answers 200, within half a minute.
Observation judged(Deployment& deployment);
/// The whole probe, redacted as rung would.
ProbeEvidence probed(Platform& platform, const Bundle& bundle);
/// At most half a minute.
void wait_for_exit(Deployment& deployment);

}  // namespace rung::conformance
