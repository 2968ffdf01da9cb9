#include "core/model/verdict.hpp"

#include <array>

namespace rung {
namespace {

constexpr std::array<std::string_view, 8> kStages = {
    "source", "build", "release", "start",
    "listen", "health", "soak",   "network"};
constexpr std::array<std::string_view, 4> kVerdicts = {"good", "bad", "skip",
                                                       "infra"};

template <class Enum, std::size_t N>
std::optional<Enum> from(const std::array<std::string_view, N>& words,
                         std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Stage stage) {
  return kStages.at(static_cast<std::size_t>(stage));
}
std::optional<Stage> stage_from(std::string_view word) {
  return from<Stage>(kStages, word);
}
std::string_view to_string(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}
std::optional<Verdict> verdict_from(std::string_view word) {
  return from<Verdict>(kVerdicts, word);
}

FoundAndLikely parts_of(const Failure& failure) {
  const std::string_view message = failure.message;
  const auto at = message.find(kLikely);
  if (at == std::string_view::npos) return {message, {}};
  return {message.substr(0, at), message.substr(at + kLikely.size())};
}

}  // namespace rung
