// How a clause's memories follow its potential, and how strongly it acts by them: the equations of
// odesolve/dynamics/memcomputing.py, which this must agree with, for whatever clauses there are.
#pragma once

#include "lanes.hpp"

namespace odesolve {

// Parameters of W runs, repeated for the rows that are taken together.
struct MemoryLaw {
  // Rows of [parameters, runs] in the order of the members below; tau is the last.
  static constexpr int kParameters = 12;

  Wide alpha, beta, gamma, delta, epsilon, zeta, decay, limit, rigidity, eta, kappa, tau;
  bool is_rectified, leaks;

  // From the column of the first of W runs.
  template <int W>
  static MemoryLaw of(const float* parameters, int64_t runs, bool is_rectified) {
    MemoryLaw law;
    Wide* to[kParameters] = {&law.alpha, &law.beta,  &law.gamma,    &law.delta, &law.epsilon, &law.zeta,
                             &law.decay, &law.limit, &law.rigidity, &law.eta,   &law.kappa,   &law.tau};
    law.is_rectified = is_rectified;
    law.leaks = false;
    for (int i = 0; i < kParameters; ++i) *to[i] = Rows<W>::repeat(parameters + i * runs);
    for (int run = 0; run < W; ++run) law.leaks |= parameters[10 * runs + run] != 0.0f;
    return law;
  }

  // A step of the memories: short between 0 and 1, long between 1 and the limit. `level` is what
  // the thresholds are measured in; `value` may be any mixture of the potential and its decoding.
  void step(Wide& s, Wide& l, Wide value, Wide dt, Wide level) const {
    const Wide slope = short_rate(s, value, gamma * level);
    const Wide growth = alpha * (value - delta * level) - decay * (l - 1.0f);
    s = between(s + dt * slope, 0.0f, 1.0f);
    l = between(l + dt * growth, all(1.0f), limit);
  }

  Wide short_rate(Wide s, Wide value, Wide threshold) const {
    const Wide excess = value - threshold;
    if (!is_rectified) return beta * (s + epsilon) * excess;
    const Wide above = most(excess, Wide{});
    Wide below = above - excess;
    if (leaks) below += kappa / (1.0f + exponential(excess / tau));
    return beta * ((1.0f - s) * above - (1.0f + eta) * (s + epsilon) * below);
  }

  // What the pull of a clause is multiplied by; `l` is its long memory times its weight. With
  // rigidity 0 that is all of the force, and the whole of l (s + zeta (1 - s)).
  Wide strength(Wide s, Wide l) const {
    return l * (s + (1.0f - rigidity) * zeta * (1.0f - s));
  }

  // What the rigidity of a clause is multiplied by.
  Wide hold(Wide s, Wide l) const { return rigidity * (1.0f + zeta * l) * (1.0f - s); }
};

}  // namespace odesolve
