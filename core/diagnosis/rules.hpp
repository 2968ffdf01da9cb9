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
  /// The group named "e", else the first group that matched, else ""; nullopt =
  /// no match. Thread-safe.
  [[nodiscard]] std::optional<std::string_view> evidence(
      std::string_view line) const;
  /// The whole match; "" if there is none.
  [[nodiscard]] std::string_view whole(std::string_view line) const;
  /// Why the pattern does not compile; "" if it does.
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
  bool forbidden = false;  ///< a match here = the rule does not apply
  bool wins = false;  ///< its group is the evidence even if the line has one
};

/// One family of messages. core/diagnosis/rules.json documents the fields for
/// authors of rules.
struct Rule {
  std::string id, cause, hint;
  std::string evidence;        ///< literal, when no group gives one
  std::optional<Stage> stage;  ///< where such a deploy stops by default
  bool fixed = false;          ///< always `stage`, whatever surrounds it
  bool loud = false;           ///< also counts in a warning
  int weight = 80;             ///< the heaviest wins, then the earliest
  std::vector<Pattern> patterns;
  std::vector<Pattern> unless;
  std::vector<std::string> follows;  ///< rules that name its root
  std::optional<Pattern> same;  ///< ... if its group is the same in both lines
  std::optional<Near> near;
};

/// How far the deploy has got at a line.
enum class DeployPhase { source, build, release, start, up, live };

/// A line that tells how far the deploy has got, not what went wrong.
struct Mark {
  std::vector<Pattern> patterns;
  std::vector<Pattern> unless;
  std::optional<DeployPhase> phase;  ///< from this line on
  bool at_least = false;       ///< never goes back to an earlier phase
  bool holds = false;          ///< no at_least mark ends this phase
  bool ok = false;             ///< the deploy, or this process, succeeded
  bool end = false;            ///< the deploy ended badly here ...
  std::optional<Stage> stage;  ///< ... in this stage, if the line shows it
  bool noise = false;          ///< only a loud rule applies to this line
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
  /// The rule book that is compiled in.
  static const RuleBook& builtin();
  ~RuleBook();

  struct Hit {
    const Rule* rule = nullptr;  ///< one of the two
    const Mark* mark = nullptr;
    const Pattern* pattern = nullptr;
  };
  /// Finds each rule and mark with a matching pattern, in one pass over the
  /// line.
  void match(std::string_view line, std::vector<Hit>& hits) const;
  [[nodiscard]] std::span<const CauseText> causes() const { return causes_; }

 private:
  RuleBook();
  struct Set;
  static std::unique_ptr<const RuleBook> read(std::string_view json);
  /// The patterns, compiled at the first match.
  const Set& ready() const;
  std::vector<Rule> rules_;
  std::vector<Mark> marks_;
  std::vector<CauseText> causes_;
  std::unique_ptr<Set> set_;
};

}  // namespace rung
