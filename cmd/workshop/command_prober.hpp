#pragma once

#include <cstddef>
#include <memory>

#include "cmd/hunting/prober.hpp"
#include "cmd/workshop/deploy_prober.hpp"

namespace rung {

/// Judges a release by a command that runs in a checkout of its commit, as
/// `git bisect run` does: 0 good, 125 skip, 1-124 bad, 128 and above stops
/// (AbortError). What could not be run at all (126, 127, a script that this
/// commit has not) is a skip. Throws UsageError for what sh cannot read. The
/// command gets the caller's environment, the release's, and RUNG_COMMIT; `git`
/// works in the checkout (a repository that borrows the source's objects),
/// where the release's requirement files replace the commit's. `worker` numbers
/// its private folder.
std::unique_ptr<Prober> make_command_prober(const Bench& bench,
                                            std::size_t worker);

}  // namespace rung
