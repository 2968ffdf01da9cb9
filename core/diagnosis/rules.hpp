#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/verdict.hpp"

namespace rung {

/// A regular expression (RE2, over bytes), compiled when first needed:
/// most rules of the book never match a given log.
class Pattern {
 public:
  explicit Pattern(std::string text);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool matches(std::string_view line) const;
  /// The group called "e", else the first group that took part, else "";
  /// nullopt = no match.
  /// Thread-safe.
  [[nodiscard]] std::optional<std::string_view> evidence(
      std::string_view line) const;
  /// The whole of what matches, "" when nothing does.
  [[nodiscard]] std::string_view whole(std::string_view line) const;
  /// Why it does not compile; "" when it does.
  [[nodiscard]] std::string problem() const;

 private:
  struct Compiled;
  std::string text_;
  std::unique_ptr<Compiled> compiled_;
};

/// A second look around the line that matched.
struct Near {
  Pattern pattern;
  std::size_t before = 0, after = 0;  ///< lines looked at, nearest first
  bool joined = false;    ///< the line and those after it, as one text
  bool required = false;  ///< no match here = the rule does not apply
  bool wins = false;  ///< its group is the evidence even if the line has one
};

/// One family of messages. The documentation of the fields for those who write
/// rules is in diagnosis_rules.json.
struct Rule {
  std::string id, cause, hint;
  std::string evidence;        ///< literal, when no group gives one
  std::optional<Stage> stage;  ///< where such a deploy stops, if nothing says
  bool fixed = false;          ///< `stage` always, whatever surrounds it
  bool loud = false;           ///< counts in a warning, too
  int weight = 80;             ///< the heaviest wins, then the earliest
  std::vector<Pattern> patterns;
  std::vector<Pattern> unless;
  std::optional<Near> near;
};

/// How far the deploy is at a line.
enum class DeployPhase { source, build, release, start, up, live };

/// A line that tells where we are rather than what went wrong.
struct Mark {
  std::vector<Pattern> patterns;
  std::vector<Pattern> unless;
  std::optional<DeployPhase> phase;  ///< from this line on
  bool at_least = false;       ///< never goes back to an earlier phase
  bool ok = false;             ///< the deploy, or this process, did well
  bool end = false;            ///< the deploy ended badly here ...
  std::optional<Stage> stage;  ///< ... in this stage, if the line shows it
  bool noise = false;          ///< no rule but a loud one applies to this line
};

struct CauseText {
  std::string id, meaning, hint;
  std::vector<std::string> looks, fixes, platforms;
};

/// Rules, marks and the vocabulary. Thread-safe.
class RuleBook {
 public:
  /// Throws RulesError: "diagnosis rules: RULE: what is wrong".
  static std::unique_ptr<const RuleBook> parse(std::string_view json);
  /// The one compiled in.
  static const RuleBook& builtin();
  ~RuleBook();

  struct Hit {
    const Rule* rule = nullptr;  ///< one of the two
    const Mark* mark = nullptr;
    const Pattern* pattern = nullptr;
  };
  /// Every rule and mark of which a pattern matches; one pass over the line.
  void match(std::string_view line, std::vector<Hit>& hits) const;
  [[nodiscard]] std::span<const CauseText> causes() const { return causes_; }

 private:
  RuleBook();
  struct Set;
  static std::unique_ptr<const RuleBook> read(std::string_view json);
  /// The patterns compiled, at the first match.
  const Set& ready() const;
  std::vector<Rule> rules_;
  std::vector<Mark> marks_;
  std::vector<CauseText> causes_;
  std::unique_ptr<Set> set_;
};

}  // namespace rung
