#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/audit/deployed.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// A package that a file of requirements names.
struct DeclaredPackage {
  std::string place;         ///< FILE
  bool development = false;  ///< for those who work on the project, alone
  bool direct = false;       ///< the file is a list that people keep
};

/// What the files of one tool, in all of a project, say is installed.
struct DeclaredPackages {
  /// By name; those of Python as plain_package() writes them.
  std::map<std::string, DeclaredPackage> packages;
  std::vector<std::string> files;  ///< that name them
  std::set<std::string> folders;   ///< that they are for
  /// Something is installed whose packages are not known here.
  bool open = false;
  /// All that lock files install; empty = there are none.
  std::set<std::string> locked;
  std::set<std::string> aliases;  ///< beginnings of imports that are files
  /// Some sources lie elsewhere, so nothing is known to be unused.
  bool more_sources = false;
  int python = 0;  ///< 12 = Python 3.12; 0 = unknown
  std::string python_place;
};

/// Imports that no requirement provides, and requirements that nothing
/// imports. Tests, scripts and imports that a program can do without do not
/// count.
std::vector<AuditFinding> python_needs(const DeclaredPackages& declared,
                                       const Deployed& deployed,
                                       std::span<const SourceText> files);
std::vector<AuditFinding> node_needs(const DeclaredPackages& declared,
                                     const Deployed& deployed,
                                     std::span<const SourceText> files);

}  // namespace rung
