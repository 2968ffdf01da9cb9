#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/build_variables.hpp"
#include "core/model/emulation.hpp"
#include "core/model/gate.hpp"
#include "core/model/release.hpp"

namespace rung {

/// How a line of an env file is read; section "dialects" of the README.
enum class Dialect { docker, compose, dotenv_python, dotenv_node, sh };

struct EnvFile {
  std::filesystem::path file;  ///< absolute
  Dialect dialect = Dialect::compose;
  /// The variables it sets, read with the plan. Can hold secrets.
  std::map<std::string, std::string> values;
};

/// Source of a secret; its value never enters a journal or report.
struct SecretSource {
  enum class From { env, file, command } from = From::env;
  std::string what;  ///< variable name, absolute path, or command line
};

/// A backing service: started once per run of rung, on a private port.
struct ServiceSpec {
  std::string name;
  std::string start;  ///< sh command line; gets PORT, DATA_DIR, and `env`
  std::string prepare;  ///< sh, run once when DATA_DIR is new ("" = none)
  std::map<std::string, std::string> env;
  std::optional<Gate> ready;
};

struct Target {
  std::string name;
  std::string adapter = "local";
  Emulation emulate = Emulation::none;  ///< local only; never docker
  std::uint16_t port = 0;  ///< what the platform routes to; 0 = auto
  bool port_given = false;
  /// Whether the platform sets PORT if the release does not; nullopt = what the
  /// emulated platform does.
  std::optional<bool> inject_port;
  std::map<std::string, std::string> options;  ///< adapter's own, as text
};

/// A file that rung writes: a built-in format or the user's Mustache template.
struct FileSpec {
  std::string path;      ///< relative to the deployed folder
  /// dotenv | procfile | dockerfile | render.yaml | cloudrun | template
  std::string format;
  std::filesystem::path template_file;  ///< absolute; empty = not from a file
  /// The Mustache template, read with the plan; used when format is
  /// "template".
  std::string content;
  Dialect dialect = Dialect::compose;   ///< for dotenv
};

/// One rung: what it adds to the rung below.
struct Phase {
  std::string name;
  /// Requirements to add, or to change from those of a phase below.
  std::map<std::string, std::string> requirements;
  std::vector<std::string> removed_requirements;
  std::map<std::string, std::string> env;
  std::vector<std::string> unset;  ///< env keys to remove
  std::vector<EnvFile> env_files;
  std::map<std::string, SecretSource> secrets;
  std::map<std::string, std::string> config;  ///< build, start, platform:...
  std::vector<FileSpec> files;
  std::vector<ServiceSpec> services;
  std::vector<Gate> gates;  ///< added to those of the phases below
  std::string commit;       ///< revision to deploy; "" = the plan's
  bool approve = false;
};

/// A plan file, checked as a whole; const from then on.
struct Plan {
  std::filesystem::path file;  ///< absolute
  std::string name;
  std::filesystem::path repo;  ///< absolute; the repository deployed
  std::string path;            ///< the folder inside it that is deployed
  /// Paths in that folder that the release depends on; none = all of it.
  std::vector<std::string> inputs;
  std::string commit = "HEAD";
  std::string runtime = "other";
  /// Relative to the deployed folder; "" = rung does not write requirements.
  std::string requirements_file;
  std::string build, start;
  /// How long a release must stay up after its gates have passed.
  std::chrono::milliseconds settle{1000};
  /// Paths (relative to the deployed folder) that the build reads and makes.
  /// Empty inputs = the whole folder; empty outputs = whatever it makes.
  std::vector<std::string> build_inputs, build_outputs;
  BuildEnv build_env;  ///< which variables the build gets and reads
  std::map<std::string, std::string> env;
  std::vector<EnvFile> env_files;
  std::map<std::string, SecretSource> secrets;
  std::vector<Target> targets;  ///< in the order written; local first
  std::vector<Phase> phases;
  /// Folder for trials, absolute; "" = the user's cache folder.
  std::filesystem::path trials;
  /// Variables, and "~/FILE", that trials get from this machine.
  std::vector<std::string> inherit;
  std::vector<std::string> warnings;  ///< e.g. values two dialects read apart
};

}  // namespace rung
