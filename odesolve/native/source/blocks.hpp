// Runs taken W at a time, by all processors: whole blocks of runs each by one thread, or the parts of
// each step where there are fewer blocks than threads.
#pragma once

#include <algorithm>
#include <vector>

#include "crew.hpp"
#include "lanes.hpp"
#include "pool.hpp"

namespace odesolve {

// Forces and products are put together in so many parts, each in the order of its clauses: how many
// threads there are changes no number.
constexpr int kParts = 4;

// Clauses x runs below which one thread is as fast as several.
constexpr int64_t kSmall = 1 << 15;

struct Block {
  int64_t first;
  int width;
};

inline std::vector<Block> blocks_of(int64_t runs) {
  std::vector<Block> blocks;
  for (int64_t first = 0; first < runs;) {
    int width = kWide;
    while (width > runs - first) width /= 2;
    blocks.push_back({first, width});
    first += width;
  }
  return blocks;
}

template <int W, class Steps, class Each>
void run_block(const Block& block, const Each& each, const Steps& steps) {
  if constexpr (W > 1) {
    if (block.width < W) return run_block<W / 2>(block, each, steps);
  }
  steps.template run<W>(block.first, each);
}

// Calls steps.run<W>(first, each) for every block, where each(count, task) does the tasks of a phase.
template <class Steps>
void by_blocks(int64_t runs, int64_t work, const Steps& steps) {
  const std::vector<Block> blocks = blocks_of(runs);
  const auto alone = [](int count, const auto& task) {
    for (int i = 0; i < count; ++i) task(i);
  };
  const auto run = [&](const Block& block, const auto& each) {
    run_block<kWide>(block, each, steps);
  };
  const int64_t threads = processors();
  if (threads < 2 || work < kSmall) {
    for (const Block& block : blocks) run(block, alone);
  } else if (int64_t(blocks.size()) >= threads) {
    Crew crew(int(threads) - 1);
    crew.each(int(blocks.size()), [&](int i) { run(blocks[i], alone); });
  } else {
    Crew crew(int(std::min<int64_t>(threads, kParts)) - 1);
    for (const Block& block : blocks) {
      run(block, [&](int count, const auto& task) { crew.each(count, task); });
    }
  }
}

}  // namespace odesolve
