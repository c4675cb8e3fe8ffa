// Steps of the laws of odesolve/dynamics/memcomputing.py on edges of graphs (Different on simplices),
// by the rules of odesolve/steppers/heavy_ball.py and euler.py; all of this must agree with those.
//
// A step is a pass over the edges and two over the nodes. The first moves an edge's memories and
// leaves how strongly it pushes its ends apart; each node then adds up what its neighbours do to it,
// so that a force is written once, in the order of the node's edges; the last pass moves the nodes
// when the longest force of each run, and so the step of time, is known.
#pragma once

#include <algorithm>
#include <functional>
#include <type_traits>
#include <vector>

#include "blocks.hpp"
#include "lanes.hpp"
#include "memory_laws.hpp"
#include "shares.hpp"

namespace odesolve {

// Whoever does the tasks of a phase: of any type, so that all this is compiled once.
using AnyEach = std::function<void(int, const std::function<void(int)>&)>;

// What stands beside a node: the other end, and the edge's number.
struct Neighbour {
  int32_t node, edge;
};

// Who reads what lies anywhere in a large memory has it fetched so many edges before.
constexpr int kAhead = 8;

struct ColorProblem {
  int64_t nodes = 0, edges = 0, runs = 0;
  int colors = 0;
  bool is_rectified = false;
  bool is_decoded = false;            // whether memories heed decoded values
  const float* parameters = nullptr;  // [20, runs], of MemoryLaw and then of ColorStep
  const int32_t* ends = nullptr;      // [edges, 2]
  const float* weight = nullptr;      // [edges], or one for all
  const float* level = nullptr;       // [edges], or one for all: what thresholds are measured in
  bool has_weights = false, has_levels = false;
  const float* mobility = nullptr;  // [nodes], 0 for a fixed one
  float* x = nullptr;               // [nodes * colors, runs]
  float* shorts = nullptr;          // [edges, runs]
  float* longs = nullptr;           // [edges, runs]
  float* time = nullptr;            // [runs]
  float* velocity = nullptr;        // [nodes * colors, runs], null without momentum
  float* behind = nullptr;          // [runs], null where memories step by the potentials before
  float* scratch = nullptr;         // [runs, room]
  int64_t room = 0;                 // see color_scratch in odesolve/native/colors.py

  // By node: neighbours[first[i]] ... neighbours[first[i + 1] - 1].
  std::vector<int64_t> first;
  std::vector<Neighbour> neighbours;

  void find_neighbours() {
    first.assign(nodes + 1, 0);
    for (int64_t i = 0; i < 2 * edges; ++i) ++first[ends[i] + 1];
    for (int64_t node = 0; node < nodes; ++node) first[node + 1] += first[node];
    std::vector<int64_t> next(first.begin(), first.end() - 1);
    neighbours.resize(2 * edges + kAhead);  // the last are asked for, and not read
    for (int64_t edge = 0; edge < edges; ++edge) {
      const int32_t a = ends[2 * edge], b = ends[2 * edge + 1];
      neighbours[next[a]++] = {b, int32_t(edge)};
      neighbours[next[b]++] = {a, int32_t(edge)};
    }
  }
};

// The steps of W runs, from the first on. A node's shares are K vectors of L floats, or any number of
// them if that is 0.
template <int W, int L, int K>
class ColorStep {
  using R = Rows<W>;
  using S = Shares<W, L>;
  using V = typename S::V;

 public:
  ColorStep(const ColorProblem& problem, int64_t first)
      : p_(problem),
        first_(first),
        vectors_((problem.colors * W + L - 1) / L),
        stride_(int64_t(vectors_) * L),
        law_(MemoryLaw::of<W>(problem.parameters + first, problem.runs, problem.is_rectified)) {
    const float* own = p_.parameters + MemoryLaw::kParameters * p_.runs + first;
    const auto next = [&] {
      own += p_.runs;
      return own - p_.runs;
    };
    centring_ = S::repeat(next());
    next();  // a tilt is of bits
    discreteness_ = R::repeat(next());
    reach_ = R::repeat(next());
    floor_ = R::repeat(next());
    ceiling_ = R::repeat(next());
    momentum_ = S::repeat(next());
    const float* stride = next();
    limit_ = S::repeat(stride);
    for (int run = 0; run < W; ++run) has_limit_ |= stride[run] < 1e30f;
    float real[L], row[L];
    for (int i = 0; i < L; ++i) {
      row[i] = float(i / W);
      real[i] = (vectors_ - 1) * S::kRows + i / W < p_.colors ? 1.0f : 0.0f;
    }
    row_ = S::load(row);
    real_ = S::load(real);
    float* free = p_.scratch + first * p_.room;
    const auto take = [&](int64_t floats) {
      free += floats;
      return free - floats;
    };
    is_far_ = p_.nodes * stride_ > kNear;
    in_place_ = p_.runs == W && stride_ == int64_t(p_.colors) * W;
    x_ = in_place_ ? p_.x : take(p_.nodes * stride_);
    velocity_ = in_place_ && p_.velocity ? p_.velocity : take(p_.nodes * stride_);
    work_ = take(kParts * stride_);
    strength_ = take(p_.edges * W);
    value_ = take(p_.edges * W);
    decoded_ = take(p_.nodes * W);
  }

  void run(int64_t steps, const AnyEach& each) {
    if (steps == 0) return;
    begin(each);
    Wide time = R::repeat(p_.time + first_);
    dt_ = p_.behind ? R::repeat(p_.behind + first_) : Wide{};
    for (int64_t step = 0; step < steps; ++step) {
      edges(each);
      longest_step(forces(each));
      time += dt_;
      moves(each);
    }
    if (!p_.behind) last_memories(each);
    finish(each);
    R::store(p_.time + first_, p_.runs, time, 1);
    if (p_.behind) R::store(p_.behind + first_, p_.runs, dt_, 1);
  }

 private:
  // The shares of these runs, node by node, and what they are decoded to.
  void begin(const AnyEach& each) {
    each_node(each, [&](int64_t node, int) {
      const int64_t from = node * p_.colors * p_.runs + first_;
      if (!in_place_) read(x_ + node * stride_, p_.x + from);
      if (!p_.velocity) {
        std::memset(velocity_ + node * stride_, 0, stride_ * 4);
      } else if (!in_place_) {
        read(velocity_ + node * stride_, p_.velocity + from);
      }
      if (p_.is_decoded) decode(node);
    });
    if (!p_.behind) std::memset(value_, 0, p_.edges * W * 4);
  }

  void finish(const AnyEach& each) {
    if (in_place_) return;
    each_node(each, [&](int64_t node, int) {
      const int64_t to = node * p_.colors * p_.runs + first_;
      write(p_.x + to, x_ + node * stride_);
      if (p_.velocity) write(p_.velocity + to, velocity_ + node * stride_);
    });
  }

  void read(float* to, const float* from) const {
    for (int c = 0; c < p_.colors; ++c) std::memcpy(to + c * W, from + c * p_.runs, W * 4);
    std::memset(to + p_.colors * W, 0, (stride_ - p_.colors * W) * 4);
  }

  void write(float* to, const float* from) const {
    for (int c = 0; c < p_.colors; ++c) std::memcpy(to + c * p_.runs, from + c * W, W * 4);
  }

  // task(node, part) for all nodes.
  template <class Task>
  void each_node(const AnyEach& each, const Task& task) {
    each(kParts, [&](int part) {
      const int64_t last = p_.nodes * (part + 1) / kParts;
      for (int64_t node = p_.nodes * part / kParts; node < last; ++node) task(node, part);
    });
  }

  // task(edge, count) for all edges, as many at once as there are rows. Where they are that many, the
  // compiler knows.
  template <class Task>
  void each_rows(const AnyEach& each, const Task& task) {
    each(kParts, [&](int part) {
      const int64_t last = p_.edges * (part + 1) / kParts;
      int64_t m = p_.edges * part / kParts;
      for (; m + R::kRows <= last; m += R::kRows) {
        task(m, std::integral_constant<int, R::kRows>());
      }
      if (R::kRows > 1 && m < last) task(m, int(last - m));
    });
  }

  void edges(const AnyEach& each) {
    each_rows(each, [&](int64_t m, auto count) ODESOLVE_INLINE {
      if (is_far_ && m + kAhead + R::kRows <= p_.edges) {
        for (int i = 0; i < 2 * R::kRows; ++i) fetch(p_.ends[2 * (m + kAhead) + i]);
      }
      Wide value = potential(m, count);
      if (p_.is_decoded) value += discreteness_ * (broken(m, count) - value);
      Wide s = R::load(p_.shorts + m * p_.runs + first_, p_.runs, count);
      Wide l = R::load(p_.longs + m * p_.runs + first_, p_.runs, count);
      if (p_.behind) {
        remember(m, count, s, l, value);
      } else {  // they step by the potentials before, as long as that step was
        remember(m, count, s, l, R::load(value_ + m * W, W, count));
        R::store(value_ + m * W, W, value, count);
      }
      if (p_.has_weights) l *= R::spread(p_.weight + m, count);
      R::store(strength_ + m * W, W, law_.strength(s, l), count);
    });
  }

  void last_memories(const AnyEach& each) {
    each_rows(each, [&](int64_t m, auto count) ODESOLVE_INLINE {
      Wide s = R::load(p_.shorts + m * p_.runs + first_, p_.runs, count);
      Wide l = R::load(p_.longs + m * p_.runs + first_, p_.runs, count);
      remember(m, count, s, l, R::load(value_ + m * W, W, count));
    });
  }

  template <class Count>
  ODESOLVE_INLINE void remember(int64_t m, Count count, Wide& s, Wide& l, Wide value) {
    const Wide level = p_.has_levels ? R::spread(p_.level + m, count) : all(p_.level[0]);
    law_.step(s, l, value, dt_, level);
    R::store(p_.shorts + m * p_.runs + first_, p_.runs, s, count);
    R::store(p_.longs + m * p_.runs + first_, p_.runs, l, count);
  }

  // V = sum_c x_ac x_bc.
  template <class Count>
  ODESOLVE_INLINE Wide potential(int64_t m, Count count) const {
    float values[kWide] = {};
    for (int row = 0; row < count; ++row) {
      const float* a = x_ + p_.ends[2 * (m + row)] * stride_;
      const float* b = x_ + p_.ends[2 * (m + row) + 1] * stride_;
      const V value = sum([&](int k) { return S::load(a + k * L) * S::load(b + k * L); });
      S::store_row(values + row * W, value);
    }
    return load(values);
  }

  // The sum over all values of vectors term(k), in every row. Values that are equal modulo 4 are added
  // up first, so that the sum is the same however many runs there are.
  template <class Term>
  V sum(const Term& term) const {
    constexpr int kSums = 4 / S::kRows;
    const int vectors = K ? K : vectors_;
    V sums[kSums] = {};
    int k = 0;
    for (; k + kSums <= vectors; k += kSums) {
#pragma GCC unroll 4
      for (int i = 0; i < kSums; ++i) sums[i] += term(k + i);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kSums; ++i) {
      if (k + i < vectors) sums[i] += term(k + i);
    }
    if constexpr (kSums == 4) return (sums[0] + sums[2]) + (sums[1] + sums[3]);
    if constexpr (kSums == 2) return S::sum(sums[0] + sums[1]);
    return S::sum(sums[0]);
  }

  // 1 where both ends are decoded to one value.
  Wide broken(int64_t m, int count) const {
    const auto end = [&](int i) {
      return R::gather([&](int row) {
        return decoded_ + int64_t(p_.ends[2 * (m + (row < count ? row : 0)) + i]) * W;
      });
    };
    return end(0) == end(1) ? all(1.0f) : Wide{};
  }

  void fetch(int64_t node) const {
    const float* x = x_ + node * stride_;
    const int vectors = K ? K : vectors_;
    for (int k = 0; k < vectors; ++k) __builtin_prefetch(x + k * L);
  }

  // The velocities; the result is the largest magnitude of a force in each run.
  V forces(const AnyEach& each) {
    V fastest[kParts] = {};
    const float share = 1.0f / float(p_.colors);
    each_node(each, [&](int64_t node, int part) ODESOLVE_INLINE {
      if (p_.mobility[node] == 0.0f) return;  // a fixed one
      const int vectors = K ? K : vectors_;
      V few[K ? K : 1];
      V* force = K ? few : (V*)(work_ + part * stride_);
      from_neighbours(node, force);
      const float* x = x_ + node * stride_;
      for (int k = 0; k < vectors; ++k) {
        force[k] -= centring_ * (S::load(x + k * L) - share);
      }
      force[vectors - 1] *= real_;
      // Adding one number to every cell leaves the simplex without changing any comparison.
      const V mean = sum([&](int k) { return force[k]; }) * share;
      float* velocity = velocity_ + node * stride_;
      V most = fastest[part];
      for (int k = 0; k < vectors; ++k) {
        V rate = p_.mobility[node] * (force[k] - mean);
        if (k == vectors - 1) rate *= real_;
        most = S::most(most, S::most(rate, -rate));
        S::store(velocity + k * L, momentum_ * S::load(velocity + k * L) + rate);
      }
      fastest[part] = most;
    });
    for (int part = 1; part < kParts; ++part) fastest[0] = S::most(fastest[0], fastest[part]);
    return S::largest(fastest[0]);
  }

  void from_neighbours(int64_t node, V* force) const {
    if (K) return push<K ? K : 1>(node, 0, force);
    int k = 0;
    for (; k + 8 <= vectors_; k += 8) push<8>(node, k, force + k);
    switch (vectors_ - k) {
      case 1: return push<1>(node, k, force + k);
      case 2: return push<2>(node, k, force + k);
      case 3: return push<3>(node, k, force + k);
      case 4: return push<4>(node, k, force + k);
      case 5: return push<5>(node, k, force + k);
      case 6: return push<6>(node, k, force + k);
      case 7: return push<7>(node, k, force + k);
    }
  }

  // So many vectors of the force on a node, from the k-th on: it is pushed away from its neighbours.
  template <int kCount>
  void push(int64_t node, int k, V* force) const {
    V sum[kCount] = {};
    const Neighbour* last = p_.neighbours.data() + p_.first[node + 1];
    for (const Neighbour* own = p_.neighbours.data() + p_.first[node]; own < last; ++own) {
      if (is_far_) {
        __builtin_prefetch(strength_ + int64_t(own[kAhead].edge) * W);
        const float* later = x_ + own[kAhead].node * stride_ + k * L;
        for (int i = 0; i < kCount; ++i) __builtin_prefetch(later + i * L);
      }
      const float* other = x_ + own->node * stride_ + k * L;
      const V strength = S::repeat(strength_ + int64_t(own->edge) * W);
#pragma GCC unroll 8
      for (int i = 0; i < kCount; ++i) sum[i] -= strength * S::load(other + i * L);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kCount; ++i) force[i] = sum[i];
  }

  // The step of time, such that no cell moves further than the reach.
  void longest_step(V fastest) {
    float numbers[W];
    S::store_row(numbers, fastest);
    dt_ = between(reach_ / most(R::repeat(numbers), all(1e-30f)), floor_, ceiling_);
  }

  void moves(const AnyEach& each) {
    float numbers[kWide];
    odesolve::store(numbers, dt_);
    const V dt = S::repeat(numbers);
    each_node(each, [&](int64_t node, int part) ODESOLVE_INLINE {
      if (p_.mobility[node] == 0.0f) return;
      const int vectors = K ? K : vectors_;
      float *x = x_ + node * stride_, *velocity = velocity_ + node * stride_;
      V step = dt;
      if (has_limit_) {
        V farthest = S::all(1e-30f);
        for (int k = 0; k < vectors; ++k) {
          const V own = S::load(velocity + k * L);
          farthest = S::most(farthest, S::most(own, -own));
        }
        step = S::least(dt, limit_ / S::largest(farthest));
      }
      V few[K ? K : 1];
      V* ahead = K ? few : (V*)(work_ + part * stride_);
      for (int k = 0; k < vectors; ++k) {
        ahead[k] = S::load(x + k * L) + step * S::load(velocity + k * L);
      }
      project(x, ahead);
      if (p_.is_decoded) decode(node);
    });
  }

  // The nearest point of the simplex, max(ahead - theta, 0).
  void project(float* x, V* ahead) const {
    const int vectors = K ? K : vectors_;
    ahead[vectors - 1] = real_ > 0.0f ? ahead[vectors - 1] : S::all(-1e30f);
    V highest = ahead[0];
    for (int k = 1; k < vectors; ++k) highest = S::most(highest, ahead[k]);
    highest = S::largest(highest);
    // The threshold is a difference: large numbers would leave nothing of it in float32.
    for (int k = 0; k < vectors; ++k) ahead[k] -= highest;
    const V threshold = p_.colors <= 4 ? of_pairs(ahead) : step_by_step(x, ahead);
    for (int k = 0; k < vectors; ++k) S::store(x + k * L, S::most(V{}, ahead[k] - threshold));
  }

  // (The sum - 1) / the number of the cells that belong(k): of any cells not above theta.
  template <class Belong>
  V threshold_of(const V* ahead, const Belong& belong) const {
    V number = V{};
    const V total = sum([&](int k) {
      number += belong(k) ? S::all(1.0f) : V{};
      return belong(k) ? ahead[k] : V{};
    });
    return (total - 1.0f) / S::sum(number);
  }

  // Theta of up to four values: a cell stays if those above it exceed it by less than 1 in total.
  V of_pairs(const V* ahead) const {
    const int vectors = K ? K : vectors_;
    const auto above = [](V other, V own) { return S::most(other - own, V{}); };
    V excess[4] = {};
    if constexpr (S::kRows == 4) {
      const V own = ahead[0];
      excess[0] = above(S::template rotated<W>(own), own) +
                  above(S::template rotated<2 * W % L>(own), own) +
                  above(S::template rotated<3 * W % L>(own), own);
    } else if constexpr (S::kRows == 2) {
      const V a = ahead[0], b = vectors > 1 ? ahead[1] : S::all(-1e30f);
      const V inner = S::following(a, b), outer = S::following(b, a);
      excess[0] = above(inner, a) + above(b, a) + above(outer, a);
      excess[1] = above(outer, b) + above(a, b) + above(inner, b);
    } else {
#pragma GCC unroll 4
      for (int k = 0; k < vectors; ++k) {
#pragma GCC unroll 4
        for (int by = 1; by < 4; ++by) {
          const int other = (k + by) % 4;
          if (other < vectors) excess[k] += above(ahead[other], ahead[k]);
        }
      }
    }
    return threshold_of(ahead, [&](int k) { return excess[k] < 1.0f; });
  }

  // Theta of many values. This begins with those that have a share already, and goes on with those
  // above the threshold; cells drop out and none comes back.
  V step_by_step(const float* x, const V* ahead) const {
    V threshold = threshold_of(ahead, [&](int k) { return S::load(x + k * L) > 0.0f; });
    threshold = S::most(threshold, S::all(-1.0f));
    for (;;) {
      const V next = threshold_of(ahead, [&](int k) { return ahead[k] > threshold; });
      if (!S::any_above(next, threshold)) return threshold;
      threshold = S::most(next, threshold);
    }
  }

  // The first of the largest cells.
  void decode(int64_t node) {
    const int vectors = K ? K : vectors_;
    const float* x = x_ + node * stride_;
    V best = S::load(x), color = V{};
    for (int k = 1; k < vectors; ++k) {
      const V own = S::load(x + k * L);
      color = own > best ? S::all(float(k)) : color;
      best = S::most(own, best);
    }
    color = color * float(S::kRows) + row_;
    const V highest = S::largest(best);
    color = best == highest ? color : S::all(1e30f);
    S::store_row(decoded_ + node * W, -S::largest(-color));
  }

  static constexpr int64_t kNear = 1 << 17;  // floats: half of a usual second-level cache

  const ColorProblem& p_;
  int64_t first_;
  int vectors_;
  int64_t stride_;  // floats of a node
  MemoryLaw law_;
  Wide discreteness_, reach_, floor_, ceiling_, dt_;
  V centring_, momentum_, limit_;
  V row_, real_;  // of each float of a vector; 0 where the last vector is filled up, 1 elsewhere
  bool has_limit_ = false, in_place_ = false, is_far_ = false;
  float *x_, *velocity_;  // [nodes, stride]
  float* work_;           // [parts, stride]
  float *strength_, *value_, *decoded_;  // [edges, W] twice, [nodes, W]
};

// Three colours, and few runs of four, have a function of their own.
template <int W>
class ColorSteps {
 public:
  ColorSteps(const ColorProblem& problem, int64_t first) : p_(problem), first_(first) {}

  void run(int64_t steps, const AnyEach& each) {
    constexpr int L = 4 * W < kWide ? 4 * W : kWide, kFew = (3 * W + L - 1) / L;
    if ((p_.colors * W + L - 1) / L == kFew) {
      ColorStep<W, L, kFew>(p_, first_).run(steps, each);
    } else {
      ColorStep<W, L, 0>(p_, first_).run(steps, each);
    }
  }

 private:
  const ColorProblem& p_;
  int64_t first_;
};

}  // namespace odesolve
