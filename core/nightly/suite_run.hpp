#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rung {

/// How one test of a suite ended. `skipped`: the suite did not judge it.
enum class TestVerdict { passed, failed, skipped };

/// One test as a report tells of it.
struct TestResult {
  std::string group;  ///< class, file or package; "" = the report names none
  std::string name;
  TestVerdict verdict = TestVerdict::skipped;
  std::string message;  ///< of a failure: its first line, can be empty
  double seconds = 0;
};

/// Results by id; see test_id().
using TestResults = std::map<std::string, TestResult>;

/// "GROUP::NAME", or NAME if the group is empty or the same. "GROUP :: NAME" if
/// the name has a "::" itself, so that two tests do not get one id.
std::string test_id(const std::string& group, const std::string& name);
/// The name in such an id, by the size of its group (0 = it has none).
std::string name_in_id(const std::string& id, std::size_t group_size);
/// Adds a result. If the id is there (a test that is repeated, or two of one
/// name), a failure wins over a pass, and a pass over skipped.
void add_result(TestResults& results, TestResult result);

/// The build, and the suite as a whole, are judged like tests of these names.
/// No report can name them: a name there is never in parentheses alone.
inline const std::string kBuildTest = "(build)";
/// Fails if the suite ended with an error that no failing test explains, or
/// left reports that cannot be read. Skipped if it claims success without one.
inline const std::string kSuiteTest = "(suite)";

/// What one run of a suite at one commit told.
struct SuiteRun {
  /// With kBuildTest and, if the whole suite ran, kSuiteTest. If the build
  /// failed, only kBuildTest.
  TestResults tests;
  /// Why nothing was learned: killed from outside, no space, time used up.
  std::optional<std::string> infra;
  bool out_of_time = false;  ///< infra, because the budget ended
  bool killed = false;       ///< infra, because a process was killed
  bool whole = false;        ///< the whole suite ran, not some tests alone
  bool built = false;        ///< a build was made (else it stood there)
  double build_seconds = 0, suite_seconds = 0;
  std::vector<std::string> notes;
};

/// Runs a suite at commits. Throws what adapters throw (Interrupted,
/// AbortError, HistoryError, PlatformError).
class SuiteJudge {
 public:
  virtual ~SuiteJudge() = default;
  /// Checks the commit (full id) out, with no file that an earlier run left,
  /// builds it, and runs these tests; empty = the whole suite. A commit that
  /// stands there is used as it is; if kBuildTest is asked, it is built again.
  /// May run more than was asked; if kSuiteTest is asked, it runs all.
  virtual SuiteRun judge(const std::string& commit,
                         const std::vector<std::string>& tests) = 0;
  /// What stands there is not used again: the next run begins from nothing.
  virtual void forget_checkout() {}
  /// Whether a test may end in another way alone, or in a checkout that was
  /// used, than in the whole suite and a fresh one. If not, kSuiteTest is never
  /// asked together with tests.
  [[nodiscard]] virtual bool alone_differs() const { return true; }
};

}  // namespace rung
