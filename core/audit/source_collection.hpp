#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// Looks for names in programs, scripts and unknown files, and for what env
/// files expand; not in documents and lists of packages, which read nothing.
class MentionSearch {
 public:
  explicit MentionSearch(const std::set<std::string>& names);
  void look_into(std::string_view path, std::string_view text);
  /// At most five places a name.
  [[nodiscard]] const std::map<std::string, std::vector<AuditMention>>& found()
      const {
    return found_;
  }

 private:
  void add(std::string_view name, std::string_view path, int line);

  std::set<std::string, std::less<>> names_;
  std::size_t shortest_ = 0, longest_ = 0;  ///< of the names, in bytes
  std::map<std::string, std::vector<AuditMention>> found_;
};

/// Files of a project, and what all of them together read. A function of one
/// file that reads the variable it is given is known in all.
class SourceCollection {
 public:
  void add(const std::string& path, const std::string& text);
  [[nodiscard]] std::size_t size() const { return files_.size(); }
  [[nodiscard]] SourceReads reads() const;
  /// All of them; they live as long as this, and until the next add().
  [[nodiscard]] std::vector<SourceText> texts() const;
  void look_for_mentions(MentionSearch& search) const;

 private:
  std::vector<std::pair<std::string, std::string>> files_;
};

/// ".env", ".env.production", "prod.env", "env.example".
bool is_env_file_name(std::string_view name);
/// One of those that documents variables: ".env.example", ".env.sample".
bool is_example_name(std::string_view name);

}  // namespace rung
