#include "core/model/journal_fact.hpp"

#include <catch2/catch.hpp>

#include "core/model/probe_history.hpp"

namespace rung::journal_fact_test {

TEST_CASE("Journals of today find what earlier ones kept",
          "[core][journal_fact]") {
  CHECK(JournalFact::wanted("mvp", "local").key() == "wanted mvp local");
  CHECK(JournalFact::approved("mvp", "full").key() == "approved mvp full");
  CHECK(JournalFact::times("1f").key() == "times 1f");
  CHECK(JournalFact::trials("20261129T1-7").key() == "trials 20261129T1-7");
  CHECK(JournalFact::usual_lines("20261129T1-7").key() ==
        "usual lines 20261129T1-7");
  CHECK(JournalFact::usual_lines("shop", "app", "local", "").key() ==
        "usual lines of shop, app, local, ");
}

TEST_CASE("Purposes come back from their words", "[core][journal_fact]") {
  for (const auto purpose : {ProbePurpose::control, ProbePurpose::search,
                             ProbePurpose::proof, ProbePurpose::climb}) {
    CHECK(probe_purpose_from(to_string(purpose)) == purpose);
  }
  CHECK(to_string(ProbePurpose::climb) == "climb");
  CHECK_FALSE(probe_purpose_from(""));
}

}  // namespace rung::journal_fact_test
