#include <charconv>

#include "core/base/error.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/requirements/pip_requirement.hpp"
#include "plans/requirements/requirements.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

const std::string kConstraints = "constraints.txt";

Requirements read_back(const PipFiles& files) {
  return parse_pip_file(files.requirements, "/p/requirements.txt",
                        [&](const std::filesystem::path& file) {
                          require(file.filename() == kConstraints,
                                  "no other file is named");
                          return files.constraints;
                        });
}

}  // namespace

// A requirement file, and those it names: 1.txt is the part behind the first
// line "%%", 2.txt that behind the second.
void pip(std::string_view input) {
  const auto parts = parts_of(input);
  const auto read = [&](const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    std::size_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number >= parts.size()) throw PlanError("there is no such file");
    return std::string(parts[number]);
  };
  Requirements found;
  try {
    found = parse_pip_file(parts[0], "/p/requirements.txt", read);
  } catch (const PlanError& error) {
    require(std::string_view(error.what()).starts_with("/"),
            "a refusal names the place");
    return;
  }
  std::map<std::string, std::string> origins;
  for (const auto& [name, rest] : found) {
    origins[name] = "phase";
    if (!name.starts_with('-')) {
      require(normalised_package(name) == name, "names are normalised");
    }
    require(joined_requirement(rest, rest) == joined_requirement(rest, ""),
            "a line that comes twice counts once");
  }
  require(read_back(write_pip_files(found, kConstraints)) == found,
          "what is written is read back");
  require(read_back(write_pip_files(found, kConstraints, origins)) == found,
          "comments change nothing");
}

}  // namespace rung::fuzz
