#include "tests/bench/bench.hpp"

using namespace rung::bench;

// rung_search_bench [TABLE [TRIALS [OTHER WORLDS]]]
int main(int argc, char** argv) {
  if (argc > 3) other_worlds = std::strtoull(argv[3], nullptr, 10);
  const std::string only = argc > 1 ? argv[1] : "";
  auto wanted = [&](const char* name) { return only.empty() || only == name; };
  fmt::print("{:<58} {:>7}   {:<5} {:>6} {:>9}  {:>8}  {}\n", "world", "probes",
             "95 %", "most", "right", "bound", "peers");
  if (wanted("scale")) scale();
  if (wanted("ordered")) ordered();
  if (wanted("merged")) {
    merged(65'536, 0.145);
    merged(60'000, 0.17);
  }
  if (wanted("skips")) skips();
  if (wanted("unordered")) unordered();
  if (wanted("mixed")) mixed();
  if (wanted("priors")) priors();
  const int trials = argc > 2 ? std::atoi(argv[2]) : 400;
  if (wanted("flaky")) flaky(trials);
  if (wanted("unknown")) unknown(trials);
  if (wanted("workers")) workers(std::min(trials, 200));
  if (wanted("null")) nothing_broken(trials);
  if (wanted("innocents")) innocents(trials);
  if (wanted("flaky_sets")) flaky_sets(trials);
  if (wanted("estimate")) estimate(10'000);
  if (wanted("many")) many(argc > 2 ? trials : 1000);
  if (wanted("arbitrary")) arbitrary(100'000);
  if (wanted("worlds")) {
    worlds(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000);
  }
}
