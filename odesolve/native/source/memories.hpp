// Steps of the laws with short and long memories on disjunctions of bits, by heavy-ball, adaptive
// Euler or Euler. The equations are those of odesolve/dynamics/memcomputing.py, of the min form in
// potentials/families/disjunction.py and of odesolve/steppers, which this must agree with.
//
// A step is one pass over the clauses, which moves their memories and adds up their forces while
// both are at hand, and one or two over the cells.
#pragma once

#include <algorithm>
#include <vector>

#include "blocks.hpp"
#include "lanes.hpp"
#include "memory_laws.hpp"

namespace odesolve {

// Clauses of one width; literal i of clause m is that of cells[i * clauses + m].
struct MemoriesGroup {
  int64_t clauses = 0;
  int width = 0;
  const int32_t* cells = nullptr;   // [width, clauses]
  const float* signs = nullptr;     // [width, clauses]: 1, -1, or 0 for padding, which is false
  const float* weights = nullptr;   // [clauses], null where all are 1
  float* shorts = nullptr;          // [clauses, runs]
  float* longs = nullptr;           // [clauses, runs]
  float* values = nullptr;          // [clauses, runs]: what the memories have yet to follow
};

// When the memories take their part of a step, whose length the forces decide.
enum class MemoryTurn : int64_t {
  kSame,  // with the step: it has a fixed length
  kNext,  // at the beginning of the next, at the new x: what is behind is part of the state
  kLate,  // with the step, but done in the next pass, by what that kept of the old x
};

struct MemoriesProblem {
  int64_t cells = 0, runs = 0;
  const float* parameters = nullptr;  // [20, runs], of MemoryLaw and then of MemoriesStep
  const float* polarity = nullptr;    // [cells]
  const float* mobility = nullptr;    // [cells]: 0 for fixed bits
  float* x = nullptr;                 // [cells, runs]
  float* time = nullptr;              // [runs]
  float* velocity = nullptr;          // [cells, runs], null unless it is part of the state
  float* behind = nullptr;            // [runs], likewise
  std::vector<MemoriesGroup> groups;
  float* scratch = nullptr;  // memories_scratch floats for each run
  float low = 0.0f, high = 1.0f;
  bool is_rectified = false;
  MemoryTurn turn = MemoryTurn::kSame;
};

inline int64_t memories_scratch(int64_t cells) { return cells * (kParts + 2); }

// The steps of W runs, from the first on.
template <int W>
class MemoriesStep {
  using R = Rows<W>;

 public:
  MemoriesStep(const MemoriesProblem& problem, int64_t first)
      : p_(problem),
        runs_(problem.runs),
        first_(first),
        law_(MemoryLaw::of<W>(problem.parameters + first, problem.runs, problem.is_rectified)) {
    const float* own = p_.parameters + first + MemoryLaw::kParameters * runs_;
    Wide* to[] = {&centring_, &tilt_,    &discreteness_, &reach_,
                  &floor_,    &ceiling_, &momentum_,     &stride_};
    const float* more = own;
    for (Wide* parameter : to) {
      *parameter = R::repeat(more);
      more += runs_;
    }
    for (int run = 0; run < W; ++run) {
      is_rigid_ |= own[run - 4 * runs_] != 0.0f;
      is_decoded_ |= own[run + 2 * runs_] != 0.0f;
    }
    is_far_ = p_.cells * W * int64_t(sizeof(float)) > kNear;
    forces_ = p_.scratch + first * memories_scratch(p_.cells);
    table_ = forces_ + kParts * p_.cells * W;
    velocity_ = p_.velocity ? p_.velocity + first : table_ + p_.cells * W;
    velocity_stride_ = p_.velocity ? runs_ : W;
  }

  template <class Each>
  void run(int64_t steps, const Each& each) {
    Wide time = R::repeat(p_.time + first_);
    dt_ = p_.turn == MemoryTurn::kNext ? R::repeat(p_.behind + first_) : Wide{};
    if (p_.turn == MemoryTurn::kSame) dt_ = floor_;  // and ceiling_
    each(kParts, [&](int part) { begin(part); });
    for (int64_t step = 0; step < steps; ++step) {
      each(kParts, [&](int part) { clauses(part); });
      is_first_ = false;
      each(kParts, [&](int part) { cells(part); });
      if (p_.turn != MemoryTurn::kSame) {
        dt_ = limited_step();
        each(kParts, [&](int part) { move(part); });
      }
      time += dt_;
    }
    if (p_.turn == MemoryTurn::kLate && steps > 0) each(kParts, [&](int part) { catch_up(part); });
    R::store(p_.time + first_, runs_, time, 1);
    if (p_.behind) R::store(p_.behind + first_, runs_, dt_, 1);
  }

 private:
  template <class Task>
  void of_cells(int part, const Task& task) const {
    const int64_t last = p_.cells * (part + 1) / kParts;
    for (int64_t cell = p_.cells * part / kParts; cell < last; cell += R::kRows) {
      task(cell, int(std::min<int64_t>(R::kRows, last - cell)));
    }
  }

  void begin(int part) {
    std::fill_n(forces_ + part * p_.cells * W, p_.cells * W, 0.0f);
    of_cells(part, [&](int64_t cell, int count) {
      enter(cell, count, R::load(p_.x + cell * runs_ + first_, runs_, count));
    });
  }

  // A bit measured on [0, 1]. One that stands in the middle counts as false, by a hair.
  void enter(int64_t cell, int count, Wide x) {
    const Wide unit = (x - p_.low) / (p_.high - p_.low);
    const Wide middle = all(0.5f * (p_.low + p_.high)), below = all(0.49999997f);
    R::store(table_ + cell * W, W, x > middle ? unit : least(unit, below), count);
  }

  // The force of all clauses, and where it is known how far to go, the step as well.
  void cells(int part) {
    Wide fastest = Wide{};
    of_cells(part, [&](int64_t cell, int count) {
      Wide force = Wide{};
      for (int of = 0; of < kParts; ++of) {
        float* own = forces_ + (of * p_.cells + cell) * W;
        force += R::load(own, W, count);
        R::store(own, W, Wide{}, count);
      }
      float* own = p_.x + cell * runs_ + first_;
      const Wide x = R::load(own, runs_, count);
      force -= centring_ * (x - 0.5f * (p_.low + p_.high));
      force -= tilt_ * R::spread(p_.polarity + cell, count);
      force *= R::spread(p_.mobility + cell, count);
      if (p_.turn == MemoryTurn::kSame) return place(cell, count, x + dt_ * force);
      fastest = most(fastest, most(force, -force));
      float* velocity = velocity_ + cell * velocity_stride_;
      if (p_.velocity) force += momentum_ * R::load(velocity, velocity_stride_, count);
      R::store(velocity, velocity_stride_, force, count);
    });
    fastest_[part] = fastest;
  }

  Wide limited_step() const {
    float fastest[W] = {};
    for (int part = 0; part < kParts; ++part) {
      float own[kWide];
      store(own, fastest_[part]);
      for (int i = 0; i < kWide; ++i) fastest[i % W] = std::max(fastest[i % W], own[i]);
    }
    const Wide dt = reach_ / most(R::repeat(fastest), all(1e-30f));
    return least(most(dt, floor_), ceiling_);
  }

  void move(int part) {
    of_cells(part, [&](int64_t cell, int count) {
      const Wide velocity = R::load(velocity_ + cell * velocity_stride_, velocity_stride_, count);
      const Wide farthest = most(most(velocity, -velocity), all(1e-30f));
      const Wide x = R::load(p_.x + cell * runs_ + first_, runs_, count);
      place(cell, count, x + least(dt_, stride_ / farthest) * velocity);
    });
  }

  void place(int64_t cell, int count, Wide x) {
    x = between(x, p_.low, p_.high);
    R::store(p_.x + cell * runs_ + first_, runs_, x, count);
    enter(cell, count, x);
  }

  void clauses(int part) {
    float* forces = forces_ + part * p_.cells * W;
    for (const MemoriesGroup& group : p_.groups) {
      switch (group.width) {
        case 2: of_width<2>(group, part, forces); break;
        case 3: of_width<3>(group, part, forces); break;
        case 5: of_width<5>(group, part, forces); break;
        default: of_width<0>(group, part, forces);
      }
    }
  }

  // The width is kWidth, or any if that is 0.
  template <int kWidth>
  void of_width(const MemoriesGroup& group, int part, float* forces) const {
    constexpr int kMost = kWidth ? kWidth : kMostWidth;
    const int width = kWidth ? kWidth : group.width;
    const MemoryTurn turn = p_.turn;
    const MemoryLaw law = law_;
    const Wide dt = dt_, discreteness = discreteness_, one = all(1.0f);
    const int64_t last = group.clauses * (part + 1) / kParts;
    for (int64_t m = group.clauses * part / kParts; m < last; m += R::kRows) {
      const int count = int(std::min<int64_t>(R::kRows, last - m));
      if (is_far_ && m + 3 * R::kRows < last) ask(group, m + 2 * R::kRows, width, forces);
      // Literal i of row r is that of cells[i * stride + r].
      const int32_t* cells = group.cells + m;
      const float* signs = group.signs + m;
      int64_t stride = group.clauses;
      int32_t few_cells[R::kRows * kMost];
      float few_signs[R::kRows * kMost];
      if (count < R::kRows) {  // the last ones: filled up with padding
        cells = filled_up(cells, stride, width, count, few_cells);
        signs = filled_up(signs, stride, width, count, few_signs);
        stride = R::kRows;
      }
      const auto sign = [&](int i) { return R::spread(signs + i * stride, R::kRows); };
      Wide untruth[kMost], lowest = one, second = one;
#pragma GCC unroll 8
      for (int i = 0; i < width; ++i) {
        untruth[i] = least(sign(i) + 1.0f, one) - sign(i) * R::at(table_, cells + i * stride);
        second = least(second, most(lowest, untruth[i]));
        lowest = least(lowest, untruth[i]);
      }
      Wide value = lowest;
      if (is_decoded_) value += discreteness * ((lowest > 0.5f ? one : Wide{}) - value);
      const int64_t at = m * runs_ + first_;
      Wide s = R::load(group.shorts + at, runs_, count);
      Wide l = R::load(group.longs + at, runs_, count);
      if (turn == MemoryTurn::kLate) {
        // The first time no step is behind: dt is 0, and any potential will do.
        const Wide before = is_first_ ? value : R::load(group.values + at, runs_, count);
        R::store(group.values + at, runs_, value, count);
        value = before;
      }
      Wide s_after = s, l_after = l;
      law.step(s_after, l_after, value, dt, one);
      R::store(group.shorts + at, runs_, s_after, count);
      R::store(group.longs + at, runs_, l_after, count);
      if (turn != MemoryTurn::kSame) s = s_after, l = l_after;
      if (group.weights) l *= R::spread(group.weights + m, count);
      const Wide strength = law.strength(s, l), pull = strength * lowest;
      Wide pull_of_lowest = strength * second;
      if (is_rigid_) pull_of_lowest += law.hold(s, l) * lowest;
#pragma GCC unroll 8
      for (int i = 0; i < width; ++i) {
        const Wide force = untruth[i] == lowest ? pull_of_lowest : pull;
        R::add_at(forces, cells + i * stride, sign(i) * force);
      }
    }
  }

  template <class T>
  static const T* filled_up(const T* from, int64_t stride, int width, int count, T* to) {
    std::fill_n(to, R::kRows * width, T{});
    for (int i = 0; i < width; ++i) std::copy_n(from + i * stride, count, to + i * R::kRows);
    return to;
  }

  void catch_up(int part) {
    for (const MemoriesGroup& group : p_.groups) {
      const int64_t last = group.clauses * (part + 1) / kParts;
      for (int64_t m = group.clauses * part / kParts; m < last; m += R::kRows) {
        const int count = int(std::min<int64_t>(R::kRows, last - m));
        float* short_at = group.shorts + m * runs_ + first_;
        float* long_at = group.longs + m * runs_ + first_;
        Wide s = R::load(short_at, runs_, count), l = R::load(long_at, runs_, count);
        const Wide value = R::load(group.values + m * runs_ + first_, runs_, count);
        law_.step(s, l, value, dt_, all(1.0f));
        R::store(short_at, runs_, s, count);
        R::store(long_at, runs_, l, count);
      }
    }
  }

  // Has the rows of clauses to come fetched: they lie anywhere.
  void ask(const MemoriesGroup& group, int64_t m, int width, const float* forces) const {
    for (int i = 0; i < width; ++i) {
      for (int row = 0; row < R::kRows; ++row) {
        const int64_t cell = group.cells[i * group.clauses + m + row];
        __builtin_prefetch(table_ + cell * W);
        __builtin_prefetch(forces + cell * W, 1);
      }
    }
  }

  static constexpr int kMostWidth = 32;
  // Bytes of a table that the processor finds without being asked in time.
  static constexpr int64_t kNear = 1 << 17;

  const MemoriesProblem& p_;
  int64_t runs_, first_;
  MemoryLaw law_;
  Wide centring_, tilt_, discreteness_, reach_, floor_, ceiling_, momentum_, stride_, dt_;
  bool is_rigid_ = false, is_decoded_ = false, is_far_ = false, is_first_ = true;
  // [parts, cells, W], [cells, W] and [cells, runs or W].
  float *forces_, *table_, *velocity_;
  int64_t velocity_stride_ = 0;
  Wide fastest_[kParts];
};

}  // namespace odesolve
