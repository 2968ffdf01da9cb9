#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What reads text that others wrote, one function for each kind of text; any
/// bytes go in. Each holds its parser to what its header promises and throws
/// Broken when it is not kept, or lets through what the parser should not have
/// thrown. libFuzzer calls them with inputs of its own (scripts/fuzz), the
/// tests with the seeds.
namespace rung::fuzz {

class Broken : public std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool kept, const char* promise) {
  if (!kept) throw Broken(promise);
}

/// The parts of an input that wants several texts: "%%" on a line of its own
/// stands between them. Never empty.
std::vector<std::string_view> parts_of(std::string_view input);
/// Takes the first line off.
std::string_view first_line(std::string_view& input);

void answer(std::string_view input);
void docker(std::string_view input);
void env(std::string_view input);
void gate(std::string_view input);
void log(std::string_view input);
void npm(std::string_view input);
void pip(std::string_view input);
void plan(std::string_view input);
void source(std::string_view input);
void text(std::string_view input);

struct Target {
  std::string_view name;  ///< of the file, and of the folder with its seeds
  void (*run)(std::string_view input);
};
inline constexpr Target kTargets[] = {
    {"answer", answer}, {"docker", docker}, {"env", env},
    {"gate", gate},     {"log", log},       {"npm", npm},
    {"pip", pip},       {"plan", plan},     {"source", source},
    {"text", text}};

}  // namespace rung::fuzz
