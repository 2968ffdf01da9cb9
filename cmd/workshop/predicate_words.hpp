#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// The last lines of what a predicate wrote, on one line; "" = it was silent.
std::string last_words(std::string_view log);

/// The files below the checkout that a predicate's command line runs:
/// "check.sh" of `sh check.sh && true`, "./check" of `./check -v`. Relative
/// paths only: what lies elsewhere is the same for each commit. What a command
/// merely reads (`grep -q x notes.txt`) is none of them.
std::vector<std::string> scripts_of(std::string_view command);

/// Of those, the first that is not in `checkout`; "" = all are there.
std::string missing_script(std::string_view command,
                           const std::filesystem::path& checkout);

/// Whether a shell or an interpreter says in `log` that `script` is not there.
bool complains_of(std::string_view log, std::string_view script);

/// The link on the way to `script` that leads out of `checkout`, as "link ->
/// target"; "" = none does. What lies there is no part of a release.
std::string link_out_of(const std::string& script,
                        const std::filesystem::path& checkout);

/// Why a script that is there cannot run: the interpreter that its first line
/// names is not on this machine, most often because lines end as on Windows;
/// "" = that is not why.
std::string interpreter_problem(std::string_view command,
                                const std::filesystem::path& checkout);

}  // namespace rung
