#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/variables/variable_use.hpp"

namespace rung {

/// What an environment has for a variable; never the value.
struct AuditCell {
  std::string hash;  ///< keyed, to compare values within one run
  bool empty = false, placeholder = false;
  bool unknown = false;  ///< a secret that is kept elsewhere: it is set
  std::string file;      ///< that sets it; "" = the column's
  int line = 0;
};

/// A cell for a value. `key` is the run's own: nobody can try values with it.
AuditCell audit_cell(std::string_view key, std::string_view value, int line);

/// An environment: a column of the matrix.
struct AuditColumn {
  std::string name;  ///< ".env.production", or the plan's name
  std::string file;  ///< for messages
  /// .env.example and the like: says what there is, sets nothing.
  bool example = false;
  std::map<std::string, AuditCell> cells;
};

/// A place that has a variable's name and reads nothing that rung knows of.
struct AuditMention {
  std::string file;
  int line = 0;
};

/// A variable that an env file had at the commit that is compared with.
struct AuditRemoval {
  std::string name, file;
  int line = 0;  ///< there, at that commit
};

enum class AuditLevel { error, warning, note };
std::string_view to_string(AuditLevel level);

struct AuditFinding {
  AuditLevel level = AuditLevel::note;
  std::string kind;    ///< "missing", "unread", "look-alike", ... Stable
  std::string name;    ///< the variable; "" = none in particular
  std::string place;   ///< FILE:LINE, or FILE
  std::string text;    ///< what is the matter, one line
  std::string action;  ///< what to do; "" = nothing
};

struct AuditInput {
  std::vector<AuditColumn> columns;
  SourceReads reads;                                        ///< of all files
  std::map<std::string, std::vector<AuditMention>> mentions;  ///< by name
  std::vector<AuditRemoval> removed;  ///< since `against`
  std::string against;                ///< as the user wrote it; "" = none
  /// What the sources read at `against`; nullopt = nobody asked.
  std::optional<SourceReads> read_before;
  /// What was found where values and texts are at hand; see findings_of().
  std::vector<AuditFinding> found;
  std::vector<std::string> notes;  ///< about dialects, files left out
  std::size_t files = 0;           ///< that were read
  std::size_t unread_files = 0;    ///< that could not be read
  /// What nobody wrote (packages, build output), looked through for names.
  std::size_t left_out_files = 0;
  std::vector<std::string> closed_files;  ///< that hide their text
  bool left_out_rest = false;             ///< there are more than rung reads
};

/// Whether a variable can be deleted. `safe`: nothing can read it, as far as
/// the sources and what is known of platforms and libraries go.
enum class AuditDelete { no, unknown, safe };

std::string_view to_string(AuditDelete verdict);

struct AuditKey {
  std::string name;
  /// One for each column: "equal", "different", "empty", "placeholder",
  /// "missing", "set" (it is the only one that sets it), "unknown".
  std::vector<std::string> states;
  std::vector<VariableUse> readers;
  bool has_default = false;  ///< of some reader
  AuditDelete can_delete = AuditDelete::no;
  std::vector<std::string> against_deleting, for_deleting;  ///< reasons
};

struct Audit {
  std::vector<AuditColumn> columns;  ///< cells left out
  std::vector<AuditKey> keys;        ///< by name
  std::vector<AuditFinding> findings;  ///< errors first
  std::size_t files = 0, unread_files = 0;
  [[nodiscard]] std::size_t count(AuditLevel level) const;
};

/// Compares what the sources read with what the environments set.
Audit audited(const AuditInput& input);

}  // namespace rung
