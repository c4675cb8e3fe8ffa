// A variable on a simplex: L floats at a time, which are W runs of each of L / W of its shares.
//
// The shares of a variable lie in memory as [values, W], filled up with zeros to whole vectors. Of one
// run or two a vector is shorter than a Wide: four shares, so that it has hardly any of these zeros.
#pragma once

#include <utility>

#include "lanes.hpp"

namespace odesolve {

template <int W, int L>
struct Shares {
  static constexpr int kRows = L / W;
  typedef float V __attribute__((vector_size(L * 4), aligned(4), may_alias));

  // Not by memcpy, which compilers make of shorter vectors by way of memory.
  static V load(const float* from) { return *(const V*)from; }

  static void store(float* to, V value) { *(V*)to = value; }

  static V all(float value) { return value - V{}; }

  // Numbers of W runs, the same for every row.
  static V repeat(const float* numbers) {
    if constexpr (W == L) {
      return load(numbers);
    } else if constexpr (W == 1) {
      return all(numbers[0]);
    } else {
#if defined(__AVX512F__)
      if constexpr (L == 16 && W == 8) {
        return (V)_mm512_castpd_ps(
            _mm512_broadcast_f64x4(_mm256_castps_pd(_mm256_loadu_ps(numbers))));
      }
      if constexpr (L == 16 && W == 4) return (V)_mm512_broadcast_f32x4(_mm_loadu_ps(numbers));
#endif
#if defined(__AVX__)
      if constexpr (L == 8 && W == 4) return (V)_mm256_broadcast_ps((const __m128*)numbers);
#endif
      if constexpr (W == 2) {
        typedef double Pairs __attribute__((vector_size(L * 4), aligned(4), may_alias));
        double pair;
        std::memcpy(&pair, numbers, sizeof(pair));
        return (V)(pair - Pairs{});
      }
      V value;
      for (int i = 0; i < kRows; ++i) std::memcpy((char*)&value + i * W * 4, numbers, W * 4);
      return value;
    }
  }

  // The first row.
  static void store_row(float* to, V value) { std::memcpy(to, &value, W * 4); }

  // The second where either is no number.
  static V most(V a, V b) {
#if defined(__AVX512F__)
    if constexpr (L == 16) return (V)_mm512_max_ps((__m512)a, (__m512)b);
#endif
#if defined(__AVX__)
    if constexpr (L == 8) return (V)_mm256_max_ps((__m256)a, (__m256)b);
    if constexpr (L == 4) return (V)_mm_max_ps((__m128)a, (__m128)b);
#endif
    return a > b ? a : b;
  }

  static V least(V a, V b) { return -most(-a, -b); }

  // Whether there is a number above the other's.
  static bool any_above(V a, V b) {
#if defined(__AVX512F__)
    if constexpr (L == 16) return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ) != 0;
#endif
#if defined(__AVX__)
    if constexpr (L == 8) {
      return _mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_GT_OQ)) != 0;
    }
    if constexpr (L == 4) return _mm_movemask_ps(_mm_cmp_ps((__m128)a, (__m128)b, _CMP_GT_OQ)) != 0;
#endif
    float first[L], second[L];
    store(first, a);
    store(second, b);
    bool any = false;
    for (int i = 0; i < L; ++i) any |= first[i] > second[i];
    return any;
  }

  // Over the rows, the result in every row.
  static V sum(V value) {
    return over_rows(value, [](V a, V b) { return a + b; });
  }
  static V largest(V value) {
    return over_rows(value, [](V a, V b) { return most(a, b); });
  }

  // The vector whose float i is float (i + by) mod L of this one.
  template <int by>
  static V rotated(V value) {
    return rotated<by>(value, std::make_integer_sequence<int, L>());
  }

  // The last of two rows, and the first of two others.
  static V following(V value, V next) {
    static_assert(kRows == 2);
    return shifted(value, next, std::make_integer_sequence<int, L>());
  }

  template <class Join>
  static V over_rows(V value, const Join& join) {
    static_assert(kRows <= 4);
    if constexpr (kRows == 4) value = join(value, rotated<2 * W>(value));
    if constexpr (kRows >= 2) value = join(value, rotated<W>(value));
    return value;
  }

 private:
  template <int by, int... i>
  static V rotated(V value, std::integer_sequence<int, i...>) {
#if defined(__clang__) || __GNUC__ >= 12
    return __builtin_shufflevector(value, value, ((i + by) % L)...);
#else
    float numbers[L];
    store(numbers, value);
    const float turned[L] = {numbers[(i + by) % L]...};
    return load(turned);
#endif
  }

  template <int... i>
  static V shifted(V value, V next, std::integer_sequence<int, i...>) {
#if defined(__clang__) || __GNUC__ >= 12
    return __builtin_shufflevector(value, next, (i + W)...);
#else
    float numbers[2 * L];
    store(numbers, value);
    store(numbers + L, next);
    return load(numbers + W);
#endif
  }
};

}  // namespace odesolve
