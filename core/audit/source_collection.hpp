#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/audit/audit.hpp"

namespace rung {

/// Files of a project, and what all of them together read. A function of one
/// file that reads the variable it is given is known in all.
class SourceCollection {
 public:
  /// Leaves out env files, which set variables.
  void add(const std::string& path, const std::string& text);
  [[nodiscard]] std::size_t size() const { return files_.size(); }
  [[nodiscard]] SourceReads reads() const;
  /// Where names stand that reads() has not: in programs, scripts and unknown
  /// files, not in documents, env files and lists of packages.
  [[nodiscard]] std::map<std::string, std::vector<AuditMention>> mentions(
      const std::set<std::string>& names) const;

 private:
  std::vector<std::pair<std::string, std::string>> files_;
};

/// ".env", ".env.production", "prod.env", "env.example".
bool is_env_file_name(std::string_view name);
/// One of those that documents variables: ".env.example", ".env.sample".
bool is_example_name(std::string_view name);

}  // namespace rung
