#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rung {

/// A module of Python's own library, in some version of Python 3.
bool is_python_module(std::string_view name);
/// A module that Node has, without "node:".
bool is_node_module(std::string_view name);

/// The version of Python 3 that left a module of its library out; 0 = none.
int python_without(std::string_view module);

/// The packages that provide an import of another name, with blanks between
/// them, the usual one first: "yaml" -> "PyYAML"; "" = it is not known.
std::string_view known_packages_of(std::string_view import);

/// An import that many packages bring, so that projects rarely name it.
bool is_usually_brought(std::string_view import);

/// Whether a package is known to bring the one that provides an import.
bool is_brought_by(std::string_view package, std::string_view import);

/// PEP 503: lower case, runs of - _ . become one -.
std::string plain_package(std::string_view name);

/// Whether a package of Python may provide an import, by its name.
bool may_provide(std::string_view package, std::string_view import);

}  // namespace rung
