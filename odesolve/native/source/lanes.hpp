// A vector of the processor at a time: W runs of each of kWide / W rows that lie anywhere.
//
// A state lies in memory as [rows, runs], the runs last. A kernel takes W runs of it at a time: kWide,
// half of that and so on, as many as are left. Of few runs it takes several rows together, so that
// the processor's vectors are full however many runs there are.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace odesolve {

// Floats of the longest vectors that the processor has: of longer ones, compilers carry pieces
// through memory and compare number by number.
#if defined(__AVX512F__)
constexpr int kWide = 16;
#elif defined(__AVX__)
constexpr int kWide = 8;
#else
constexpr int kWide = 4;
#endif

// Of functions with Wides: a call would carry each of them through memory.
#define ODESOLVE_INLINE __attribute__((always_inline))

typedef float Wide __attribute__((vector_size(kWide * 4), aligned(4), may_alias));
typedef int32_t WideInt __attribute__((vector_size(kWide * 4), aligned(4), may_alias));

ODESOLVE_INLINE inline Wide all(float value) { return value - Wide{}; }

// Not by memcpy, of which compilers make a copy by way of memory.
ODESOLVE_INLINE inline Wide load(const float* from) { return *(const Wide*)from; }

ODESOLVE_INLINE inline void store(float* to, Wide value) { *(Wide*)to = value; }

// The second where either is no number, as the processor's own instructions have it.
ODESOLVE_INLINE inline Wide least(Wide a, Wide b) {
#if defined(__AVX512F__)
  return (Wide)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX__)
  return (Wide)_mm256_min_ps((__m256)a, (__m256)b);
#else
  return a < b ? a : b;
#endif
}

ODESOLVE_INLINE inline Wide most(Wide a, Wide b) {
#if defined(__AVX512F__)
  return (Wide)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX__)
  return (Wide)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}

// What is no number stays so.
ODESOLVE_INLINE inline Wide between(Wide value, Wide low, Wide high) {
  return most(low, least(high, value));
}

ODESOLVE_INLINE inline Wide between(Wide value, float low, float high) {
  return between(value, all(low), all(high));
}

// e^x: x = n ln 2 + rest, and e^rest is a polynomial (Cephes, expf).
ODESOLVE_INLINE inline Wide exponential(Wide x) {
  x = between(x, -87.0f, 88.0f);
  const float magic = 12582912.0f;  // 1.5 * 2^23: added and taken away, it rounds
  const Wide n = (x * 1.44269504088896341f + magic) - magic;
  Wide rest = x - n * 0.693359375f;
  rest = rest + n * 2.12194440e-4f;
  Wide p = all(1.9875691500e-4f);
  p = p * rest + 1.3981999507e-3f;
  p = p * rest + 8.3334519073e-3f;
  p = p * rest + 4.1665795894e-2f;
  p = p * rest + 1.6666665459e-1f;
  p = p * rest + 5.0000001201e-1f;
  p = p * rest * rest + rest + 1.0f;
  const WideInt power = (__builtin_convertvector(n, WideInt) + 127) << 23;
  return p * (Wide)power;
}

// The logistic function of -x, 1 / (1 + e^x), by 2^rest as a polynomial (Cephes, exp2f) whose terms
// do not wait for each other.
ODESOLVE_INLINE inline Wide logistic_of_negated(Wide x) {
  x = between(x, -87.0f, 87.0f);
  const float binary = 1.44269504088896341f, magic = 12582912.0f;  // 1.5 * 2^23, to round by
  const Wide shifted = x * binary + magic, rest = x * binary - (shifted - magic);
  const Wide square = rest * rest;
  const Wide first = 6.931472028e-1f * rest + 1.0f;
  const Wide low = first + square * (5.550332471e-2f * rest + 2.402264791e-1f);
  const Wide high = (1.339887440e-3f * rest + 9.618437357e-3f) + square * 1.535336188e-4f;
  const Wide power = low + square * square * high;
  // The last bits of what was rounded are the exponent.
  return 1.0f / (1.0f + (Wide)((WideInt)power + ((WideInt)shifted << 23)));
}

// Natural logarithm of a positive number that is not denormal (Cephes, logf).
ODESOLVE_INLINE inline Wide logarithm(Wide x) {
  // The mantissa between sqrt(1/2) and sqrt(2).
  const WideInt bits = (WideInt)x, exponent = (bits - 0x3f3504f3) >> 23;
  const Wide y = (Wide)(bits - (exponent << 23)) - 1.0f;
  const Wide e = __builtin_convertvector(exponent, Wide), square = y * y;
  Wide p = all(7.0376836292e-2f);
  p = p * y - 1.1514610310e-1f;
  p = p * y + 1.1676998740e-1f;
  p = p * y - 1.2420140846e-1f;
  p = p * y + 1.4249322787e-1f;
  p = p * y - 1.6668057665e-1f;
  p = p * y + 2.0000714765e-1f;
  p = p * y - 2.4999993993e-1f;
  p = p * y + 3.3333331174e-1f;
  p = p * y * square - e * 2.12194440e-4f - 0.5f * square;
  return y + p + e * 0.693359375f;
}

// A row of W runs by itself.
template <int W>
struct Row {
  typedef float Runs __attribute__((vector_size(W * 4), aligned(4), may_alias));
  static Runs load(const float* from) { return *(const Runs*)from; }
  static void store(float* to, Runs value) { *(Runs*)to = value; }
};

// Rows of W runs each, kRows of them in one Wide.
template <int W>
struct Rows {
  static constexpr int kRows = kWide / W;

  // Rows from a place on, `stride` floats apart; of those beyond `count` anything.
  static Wide load(const float* from, int64_t stride, int count) {
    if (kRows == 1 || (stride == W && count == kRows)) return odesolve::load(from);
    if (count == kRows) return gather([&](int i) { return from + i * stride; });
    float buffer[kWide] = {};
    for (int i = 0; i < kRows; ++i) {
      if (i < count) std::memcpy(buffer + i * W, from + i * stride, W * 4);
    }
    return odesolve::load(buffer);
  }

  static void store(float* to, int64_t stride, Wide value, int count) {
    if (kRows == 1 || (stride == W && count == kRows)) return odesolve::store(to, value);
    float buffer[kWide];
    odesolve::store(buffer, value);
    for (int i = 0; i < count; ++i) std::memcpy(to + i * stride, buffer + i * W, W * 4);
  }

#if defined(__SSE2__)
  // Vectors of four floats: quad(0), quad(4) and so on, as many as there are in a Wide.
  template <class Quad>
  static ODESOLVE_INLINE Wide joined(const Quad& quad) {
#if defined(__AVX512F__)
    const __m512 value = _mm512_insertf32x4(_mm512_castps128_ps512(quad(0)), quad(4), 1);
    const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(quad(8)), quad(12), 1);
    return (Wide)_mm512_castpd_ps(
        _mm512_insertf64x4(_mm512_castps_pd(value), _mm256_castps_pd(high), 1));
#elif defined(__AVX__)
    return (Wide)_mm256_insertf128_ps(_mm256_castps128_ps256(quad(0)), quad(4), 1);
#else
    return (Wide)quad(0);
#endif
  }
#endif

  // Rows that lie anywhere: from[i] for i below kRows.
  template <class From>
  static ODESOLVE_INLINE Wide gather(const From& from) {
    if (kRows == 1) return odesolve::load(from(0));
#if defined(__AVX512F__)
    if (W == 8) {
      const __m512 low = _mm512_castps256_ps512(_mm256_loadu_ps(from(0)));
      return (Wide)_mm512_castpd_ps(_mm512_insertf64x4(
          _mm512_castps_pd(low), _mm256_castps_pd(_mm256_loadu_ps(from(kRows > 1 ? 1 : 0))), 1));
    }
#endif
#if defined(__AVX__)
    if (W == 4) {
      return joined([&](int i) { return _mm_loadu_ps(from(kRows > i / 4 ? i / 4 : 0)); });
    }
#endif
    float buffer[kWide];
    for (int i = 0; i < kRows; ++i) std::memcpy(buffer + i * W, from(i), W * 4);
    return odesolve::load(buffer);
  }

  // Rows of a table [rows, W], kRows of them.
  static ODESOLVE_INLINE Wide at(const float* table, const int32_t* rows) {
#if defined(__SSE2__)
    // One by one into registers: half the time of the processor's own gathering, or of memory.
    if (W == 1) return joined([&](int i) {
      const int32_t* own = rows + (kRows > i ? i : 0);
      return _mm_setr_ps(table[own[0]], table[own[1]], table[own[2]], table[own[3]]);
    });
    if (W == 2) return joined([&](int i) {
      const auto own = [&](int row) { return (const double*)(table + int64_t(rows[row]) * 2); };
      i = kRows > i / 2 ? i / 2 : 0;
      return _mm_castpd_ps(_mm_loadh_pd(_mm_load_sd(own(i)), own(i + 1)));
    });
#endif
    return gather([&](int i) { return table + int64_t(rows[i]) * W; });
  }

  // Adds to rows of such a table, of which some may be the same.
  static ODESOLVE_INLINE void add_at(float* table, const int32_t* rows, Wide value) {
    typedef typename Row<W>::Runs Runs;
    float pieces[kWide];
    odesolve::store(pieces, value);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      float* own = table + int64_t(rows[i]) * W;
      const Runs piece = Row<W>::load(pieces + i * W);
      Row<W>::store(own, Row<W>::load(own) + piece);
    }
  }

  // One number for each row.
  static Wide spread(const float* numbers, int count) {
    if (kRows == 1) return all(numbers[0]);
    if (W == 1 && count == kRows) return odesolve::load(numbers);
#if defined(__AVX512F__)
    if (count == kRows) {
      const WideInt row = own_rows();
      __m512 few;
      if (W == 2) few = _mm512_castps256_ps512(_mm256_loadu_ps(numbers));
      if (W == 4) few = _mm512_castps128_ps512(_mm_loadu_ps(numbers));
      if (W == 8) few = _mm512_castps128_ps512(_mm_castsi128_ps(_mm_loadu_si64(numbers)));
      if (W > 1) return (Wide)_mm512_permutexvar_ps((__m512i)row, few);
    }
#elif defined(__SSE2__)
    if (count == kRows) {
      return joined([&](int i) {
        const auto own = [&](int next) { return numbers[(i + next) / W]; };
        return _mm_setr_ps(own(0), own(1), own(2), own(3));
      });
    }
#endif
    float buffer[kWide] = {};
    for (int i = 0; i < count; ++i) {
      for (int run = 0; run < W; ++run) buffer[i * W + run] = numbers[i];
    }
    return odesolve::load(buffer);
  }

  // For each float, which row it belongs to.
  static WideInt own_rows() {
    WideInt rows;
    for (int i = 0; i < kWide; ++i) rows[i] = i / W;
    return rows;
  }

  // Numbers of W runs, the same for every row.
  static Wide repeat(const float* numbers) {
    float buffer[kWide];
    for (int i = 0; i < kRows; ++i) std::memcpy(buffer + i * W, numbers, W * 4);
    return odesolve::load(buffer);
  }
};

}  // namespace odesolve
