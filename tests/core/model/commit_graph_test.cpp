#include "core/model/commit_graph.hpp"

#include <catch2/catch.hpp>

namespace rung::commit_graph_test {

TEST_CASE("Commits that changed nothing are left out of the history",
          "[core][commit_graph]") {
  // 0 - 1 - 2 - 4 (merge of 2 and 3) - 5;  3 grows from 1
  CommitGraph graph;
  graph.oids.resize(6);
  for (std::uint8_t i = 0; i < 6; ++i) graph.oids[i][0] = i;
  graph.parent_begin = {0, 0, 1, 2, 3, 5, 6};
  graph.parents = {0, 1, 1, 2, 3, 4};

  const auto kept = without(graph, {false, true, false, true, false, true});
  REQUIRE(kept.size() == 4);
  CHECK(kept.oids[3][0] == 5);  // the last one stays
  CHECK(kept.parents_of(0).empty());
  CHECK(kept.parents_of(1)[0] == 0);  // 2 now grows from 0
  REQUIRE(kept.parents_of(2).size() == 2);
  CHECK(kept.parents_of(2)[0] == 1);
  CHECK(kept.parents_of(2)[1] == 0);  // 3 was unchanged, and 1
  CHECK(kept.parents_of(3)[0] == 2);
  CHECK(kept.hex(3) == "05" + std::string(38, '0'));
}

}  // namespace rung::commit_graph_test
