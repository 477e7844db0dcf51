#ifndef CPRODUCTS_PEAK_H
#define CPRODUCTS_PEAK_H

// Fused multiply-adds that wait for nothing, to measure how many of them this processor does in a second.
//
// There is a function for each width of vectors that a processor may have, whatever the build is for: which one may
// run is the caller's to know.

#include <stddef.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Defines NAME, which does `rounds` rounds of CHAINS multiply-adds of vectors, and NAME_floats, the floats of a round.
//
// There are as many chains as hide the latency of one and still leave registers for the two constants. With a factor
// of 0.5 and an addend of 1 all numbers stay normal. The result is a sum of all chains, so that the compiler leaves none
// out.
#define CPRODUCTS_PEAK(NAME, ATTRIBUTES, VECTOR, WIDTH, CHAINS, STEP)                           \
  enum { NAME##_floats = (WIDTH) * (CHAINS) };                                                  \
  static __attribute__((noinline, unused)) ATTRIBUTES float NAME(                               \
    size_t rounds, float factor, float addend) {                                                \
    VECTOR sums[CHAINS], factors, addends;                                                      \
    for (int lane = 0; lane < (WIDTH); lane++) factors[lane] = factor, addends[lane] = addend;  \
    _Pragma("clang loop unroll(full)")                                                          \
    for (int chain = 0; chain < (CHAINS); chain++) sums[chain] = addends + (float)chain;        \
    for (size_t round = 0; round < rounds; round++) {                                           \
      _Pragma("clang loop unroll(full)")                                                        \
      for (int chain = 0; chain < (CHAINS); chain++) {                                          \
        sums[chain] = STEP(sums[chain], factors, addends);                                      \
      }                                                                                         \
    }                                                                                           \
    _Pragma("clang loop unroll(full)")                                                          \
    for (int chain = 1; chain < (CHAINS); chain++) sums[0] += sums[chain];                      \
    float total = 0;                                                                            \
    for (int lane = 0; lane < (WIDTH); lane++) total += sums[0][lane];                          \
    return total;                                                                               \
  }

typedef float cproducts_peak_vector __attribute__((vector_size(16)));

#if defined(__x86_64__)
// Intrinsics, because clang makes two halves of a wide vector where it prefers narrow ones.
CPRODUCTS_PEAK(cproducts_peak_avx512, __attribute__((target("avx512f"))), __m512, 16, 20, _mm512_fmadd_ps)
CPRODUCTS_PEAK(cproducts_peak_avx2, __attribute__((target("avx2,fma"))), __m256, 8, 12, _mm256_fmadd_ps)
#define CPRODUCTS_PEAK_STEP(sum, factor, addend) ((sum) * (factor) + (addend))
CPRODUCTS_PEAK(cproducts_peak_least, , cproducts_peak_vector, 4, 12, CPRODUCTS_PEAK_STEP)
#elif defined(__aarch64__)
CPRODUCTS_PEAK(cproducts_peak_least, , cproducts_peak_vector, 4, 20, __builtin_elementwise_fma)
#else
#define CPRODUCTS_PEAK_STEP(sum, factor, addend) ((sum) * (factor) + (addend))
CPRODUCTS_PEAK(cproducts_peak_least, , cproducts_peak_vector, 4, 12, CPRODUCTS_PEAK_STEP)
#endif

#undef CPRODUCTS_PEAK
#undef CPRODUCTS_PEAK_STEP

#endif
