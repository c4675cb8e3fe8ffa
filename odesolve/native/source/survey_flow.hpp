// Steps of the survey flow by forward Euler; the equations are those of
// odesolve/dynamics/survey_flow.py, whose vector_field and confine this must agree with.
//
// A step is one pass over the variables and one over the clauses. The second does the end of a step
// and the beginning of the next: it moves a clause's messages and memory, and adds up the warnings
// that the moved messages send, while they are at hand. Instead of sums of logarithms there are
// products of what the logarithms are taken of.
#pragma once

#include <algorithm>
#include <vector>

#include "blocks.hpp"
#include "lanes.hpp"

namespace odesolve {

// Clauses of one width; position i of clause m, run r lies at messages[i][m * stride + r].
struct SurveyGroup {
  int64_t clauses = 0;
  int width = 0;
  const int32_t* literals = nullptr;  // [clauses, width]: a bit, cells + a negated bit, 2 cells: none
  std::vector<float*> messages;
  int64_t stride = 0;
  float* memory = nullptr;  // [clauses, runs], null without a memory of clauses
  float* spared = nullptr;  // [width, clauses, runs]: what the last messages leave alone
};

struct SurveyProblem {
  int64_t cells = 0, runs = 0;
  const float* parameters = nullptr;  // [9, runs], see SurveyStep
  const float* known = nullptr;       // [cells]: means of fixed bits
  const float* is_free = nullptr;     // [cells]: 0 for fixed bits, 1 for others
  const float* polarity = nullptr;    // [cells]
  const float* bounds = nullptr;      // the x of a bit that is false, and of one that is true
  float* x = nullptr;                 // [cells, runs]: what the fields come to
  float* fields = nullptr;            // [cells, runs]
  float* trust = nullptr;             // [runs]
  float* time = nullptr;              // [runs]
  std::vector<SurveyGroup> groups;
  float* scratch = nullptr;  // survey_scratch floats for each run
  bool remembers = false;
};

constexpr int kMostLiterals = 32;
constexpr float kFieldLimit = 30.0f, kLeastOdds = 9.357623e-14f, kLeastChance = 1e-6f;
// e^-60, below which no warning goes, and what is left of a product before that: no denormals.
constexpr float kLeastWarned = 8.7565107e-27f, kLeastProduct = 1e-30f;

inline int64_t survey_scratch(int64_t cells) { return (2 * cells + 1) * (kParts + 3); }

// The steps of W runs, from the first on.
template <int W>
class SurveyStep {
  using R = Rows<W>;

 public:
  SurveyStep(const SurveyProblem& problem, int64_t first)
      : p_(problem), runs_(problem.runs), first_(first), literals_(2 * problem.cells + 1) {
    const float* own = p_.parameters + first;
    Wide* to[] = {&rho_, &theta_, &growth_, &limit_, &inertia_, &alpha_, &delta_, &decay_, &dt_};
    for (Wide* parameter : to) {
      *parameter = R::repeat(own);
      own += runs_;
    }
    products_ = p_.scratch + first * survey_scratch(p_.cells);
    table_ = products_ + kParts * literals_ * W;
  }

  template <class Each>
  void run(int64_t steps, const Each& each) {
    trust_ = R::repeat(p_.trust + first_);
    Wide time = R::repeat(p_.time + first_);
    if (steps > 0) clauses(each, false, true);
    for (int64_t step = 0; step < steps; ++step) {
      variables(each);
      trust_ += dt_ * (growth_ * (limit_ - trust_));
      time += dt_;
      clauses(each, true, step + 1 < steps);
    }
    if (steps > 0) place(each);
    R::store(p_.trust + first_, runs_, trust_, 1);
    R::store(p_.time + first_, runs_, time, 1);
  }

 private:
  // From what the clauses leave alone to what they must know of a literal, and the fields' step.
  template <class Each>
  void variables(const Each& each) {
    each(kParts, [&](int part) {
      const int64_t last = p_.cells * (part + 1) / kParts;
      for (int64_t cell = p_.cells * part / kParts; cell < last; cell += R::kRows) {
        of_cells(cell, int(std::min<int64_t>(R::kRows, last - cell)));
      }
    });
    // Padding is a literal that is false, for sure.
    entries(2 * p_.cells, 1, all(1.0f), all(0.0f), all(1.0f));
  }

  // Where the bits stand: the looks see no fields.
  template <class Each>
  void place(const Each& each) {
    const float low = p_.bounds[0], half = 0.5f * (p_.bounds[1] - low);
    each(kParts, [&](int part) {
      const int64_t last = p_.cells * (part + 1) / kParts;
      for (int64_t cell = p_.cells * part / kParts; cell < last; cell += R::kRows) {
        const int count = int(std::min<int64_t>(R::kRows, last - cell));
        const Wide field = R::load(p_.fields + cell * runs_ + first_, runs_, count);
        R::store(p_.x + cell * runs_ + first_, runs_, low + half * (1.0f + mean(cell, count, field)),
                 count);
      }
    });
  }

  // The mean of a bit: the known one, or that of its field.
  Wide mean(int64_t cell, int count, Wide field) const {
    const Wide tangens = 1.0f - 2.0f / (exponential(2.0f * field) + 1.0f);
    return R::spread(p_.is_free + cell, count) * tangens + R::spread(p_.known + cell, count);
  }

  void of_cells(int64_t cell, int count) {
    float* own = p_.fields + cell * runs_ + first_;
    const Wide field = R::load(own, runs_, count);
    const Wide is_free = R::spread(p_.is_free + cell, count);
    const Wide known = R::spread(p_.known + cell, count);
    const Wide polarity = R::spread(p_.polarity + cell, count);
    const Wide lean = is_free * (trust_ * field - 0.5f * theta_ * polarity) + kFieldLimit * known;
    const Wide weak = exponential(-2.0f * most(lean, -lean));
    const Wide one = all(1.0f), floor = all(kLeastWarned);
    // Nothing warns of a bit that is known.
    Wide against = is_free > 0.0f ? total(cell, count) : one;
    Wide towards = is_free > 0.0f ? total(p_.cells + cell, count) : one;
    against = most(against * (lean > 0.0f ? weak : one), floor);
    towards = most(towards * (lean < 0.0f ? weak : one), floor);
    const Wide free_against = free(against), free_towards = free(towards);
    const Wide odds = towards / against;
    const Wide chance = (free_against + kLeastChance) / (free_towards + kLeastChance);
    const Wide target = between(0.5f * logarithm(odds * chance), -kFieldLimit, kFieldLimit);
    // What is no number, or infinite, is not seen by all of the above.
    const Wide unknown = 0.0f * (lean + chance);
    const Wide moved = field + dt_ * (inertia_ * (target - field)) + unknown;
    R::store(own, runs_, between(moved, -kFieldLimit, kFieldLimit), count);
    Wide half = Wide{};
    if (p_.remembers) half = 0.5f * mean(cell, count, field);
    entries(cell, count, free_towards, odds, 0.5f - half);
    entries(p_.cells + cell, count, free_against, 1.0f / odds, 0.5f + half);
  }

  void entries(int64_t literal, int count, Wide free, Wide odds, Wide untruth) {
    float* to = table_ + literal * kColumns * W;
    R::store(to, kColumns * W, free, count);
    R::store(to + W, kColumns * W, odds, count);
    if (p_.remembers) R::store(to + 2 * W, kColumns * W, untruth, count);
  }

  Wide total(int64_t literal, int count) const {
    Wide product = R::load(products_ + literal * W, W, count);
    for (int part = 1; part < kParts; ++part) {
      product *= R::load(products_ + (part * literals_ + literal) * W, W, count);
      product = most(product, all(kLeastProduct));
    }
    return product;
  }

  // 1 - rho e^w, exact also where rho is 1 and hardly anything warns.
  Wide free(Wide warned) const { return (1.0f - rho_) + rho_ * (1.0f - warned); }

  // Moves the messages, unless it is the first time; sends warnings, unless it is the last time.
  template <class Each>
  void clauses(const Each& each, bool move, bool send) {
    each(kParts, [&](int part) {
      float* products = products_ + part * literals_ * W;
      if (send) std::fill(products, products + literals_ * W, 1.0f);
      for (const SurveyGroup& group : p_.groups) {
        switch (group.width) {
          case 2: of_width<2>(group, part, products, move, send); break;
          case 3: of_width<3>(group, part, products, move, send); break;
          default: of_width<0>(group, part, products, move, send);
        }
      }
    });
  }

  // The width is kWidth, or any if that is 0.
  template <int kWidth>
  void of_width(const SurveyGroup& group, int part, float* products, bool move, bool send) {
    const bool remember = group.memory != nullptr;
    const int width = kWidth ? kWidth : group.width;
    const int64_t last = group.clauses * (part + 1) / kParts;
    for (int64_t m = group.clauses * part / kParts; m < last; m += R::kRows) {
      const int count = int(std::min<int64_t>(R::kRows, last - m));
      const int32_t* literals = group.literals + m * width;
      if (m + 3 * R::kRows < last) {
        ask(literals + 2 * R::kRows * width, R::kRows * width, products);
      }
      int32_t few[R::kRows * (kWidth ? kWidth : kMostLiterals)];
      if (count < R::kRows) {  // the last ones: filled up with padding
        std::fill(few, few + R::kRows * width, int32_t(2 * p_.cells));
        std::copy(literals, literals + count * width, few);
        literals = few;
      }
      const auto literal = [&](int i, int row) -> int64_t { return literals[row * width + i]; };
      const auto messages = [&](int i) { return group.messages[i] + m * group.stride + first_; };
      const auto spared = [&](int i) {
        return group.spared + (i * group.clauses + m) * runs_ + first_;
      };
      float* memory = remember ? group.memory + m * runs_ + first_ : nullptr;
      Wide message[kWidth ? kWidth : kMostLiterals];
#pragma GCC unroll 8
      for (int i = 0; i < width; ++i) message[i] = R::load(messages(i), group.stride, count);
      Wide weight = all(1.0f), untruth = all(1.0f);
      if (remember) weight = R::load(memory, runs_, count);
      if (move) {
#pragma GCC unroll 8
        for (int i = 0; i < width; ++i) {
          const auto row = [&](int r) { return table_ + literal(i, r) * kColumns * W; };
          const Wide free = R::gather(row);
          Wide odds = R::gather([&](int r) { return row(r) + W; });
          odds = between(odds * R::load(spared(i), runs_, count), kLeastOdds, 1 / kLeastOdds);
          const Wide target = between(free / (free + odds + 1e-12f), 0.0f, 1.0f);
          message[i] = between(message[i] + dt_ * (target - message[i]), 0.0f, 1.0f);
          R::store(messages(i), group.stride, message[i], count);
          if (remember) {
            untruth = least(untruth, R::gather([&](int r) { return row(r) + 2 * W; }));
          }
        }
      }
      if (remember && move) {
        const Wide grown = alpha_ * most(untruth - delta_, Wide{}) - decay_ * (weight - 1.0f);
        weight += dt_ * grown;
        R::store(memory, runs_, weight, count);
      }
      if (send) {
        Wide others[kWidth ? kWidth : kMostLiterals];
        products_of_others(message, others, width);
#pragma GCC unroll 8
        for (int i = 0; i < width; ++i) {
          Wide left = most(1.0f - others[i], all(kLeastChance));
          if (remember) left = most(exponential(weight * logarithm(left)), all(kLeastWarned));
          R::store(spared(i), runs_, left, count);
          float pieces[kWide];
          store(pieces, left);
#pragma GCC unroll 16
          for (int r = 0; r < R::kRows; ++r) {
            multiply(products + literal(i, r) * W, pieces + r * W);
          }
        }
      }
    }
  }

  static void multiply(float* own, const float* factor) {
    typename Row<W>::Runs product = Row<W>::load(own) * Row<W>::load(factor);
    const typename Row<W>::Runs floor = kLeastProduct - typename Row<W>::Runs{};
    Row<W>::store(own, product > floor ? product : floor);
  }

  static void products_of_others(const Wide* terms, Wide* others, int width) {
    Wide before = all(1.0f);
#pragma GCC unroll 8
    for (int i = 0; i < width; ++i) {
      others[i] = before;
      before *= terms[i];
    }
    Wide after = all(1.0f);
#pragma GCC unroll 8
    for (int i = width - 1; i >= 0; --i) {
      others[i] *= after;
      after *= terms[i];
    }
  }

  // Has the rows of clauses to come fetched: they lie anywhere.
  void ask(const int32_t* literals, int number, const float* products) const {
    for (int i = 0; i < number; ++i) {
      __builtin_prefetch(table_ + int64_t(literals[i]) * kColumns * W);
      __builtin_prefetch(products + int64_t(literals[i]) * W, 1);
    }
  }

  static constexpr int kColumns = 3;  // of the table: free, odds and untruth of a literal

  const SurveyProblem& p_;
  int64_t runs_, first_, literals_;
  float *products_, *table_;  // [parts, literals, W] and [literals, columns, W]
  Wide rho_, theta_, growth_, limit_, inertia_, alpha_, delta_, decay_, dt_, trust_;
};

}  // namespace odesolve
