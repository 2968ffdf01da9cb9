#include "core/model/verdict.hpp"

#include <array>

#include "core/text/enum_word.hpp"

namespace rung {
namespace {

constexpr std::array<std::string_view, 8> kStages = {
    "source", "build", "release", "start",
    "listen", "health", "soak",   "network"};
constexpr std::array<std::string_view, 4> kVerdicts = {"good", "bad", "skip",
                                                       "infra"};

}  // namespace

std::string_view to_string(Stage stage) {
  return kStages.at(static_cast<std::size_t>(stage));
}
std::optional<Stage> stage_from(std::string_view word) {
  return enum_from(word, Stage::network);
}
std::string_view to_string(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}
std::optional<Verdict> verdict_from(std::string_view word) {
  return enum_from(word, Verdict::infra);
}

std::string found_and_likely(const Failure& failure) {
  return failure.message +
         (failure.likely.empty() ? "" : "; likely: " + failure.likely);
}

}  // namespace rung
