#ifndef CPRODUCTS_PEAK_H
#define CPRODUCTS_PEAK_H

// Fused multiply-adds that wait for nothing, to measure how many of them this processor does in a second.

#include <stddef.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

// As many chains as hide the latency of one and still leave registers for the two constants. Intrinsics, because
// clang makes two halves of a wide vector where it prefers narrow ones.
#if defined(__AVX512F__)
enum { cproducts_peak_width = 16, cproducts_peak_chains = 20 };
typedef __m512 cproducts_peak_register;
#define CPRODUCTS_PEAK_STEP(sum, factor, addend) _mm512_fmadd_ps(sum, factor, addend)
#elif defined(__AVX__) && defined(__FMA__)
enum { cproducts_peak_width = 8, cproducts_peak_chains = 12 };
typedef __m256 cproducts_peak_register;
#define CPRODUCTS_PEAK_STEP(sum, factor, addend) _mm256_fmadd_ps(sum, factor, addend)
#elif defined(__aarch64__)
enum { cproducts_peak_width = 4, cproducts_peak_chains = 20 };
typedef float cproducts_peak_register __attribute__((vector_size(16)));
#define CPRODUCTS_PEAK_STEP(sum, factor, addend) __builtin_elementwise_fma(sum, factor, addend)
#else
enum { cproducts_peak_width = 4, cproducts_peak_chains = 12 };
typedef float cproducts_peak_register __attribute__((vector_size(16)));
#define CPRODUCTS_PEAK_STEP(sum, factor, addend) ((sum) * (factor) + (addend))
#endif

// The floating-point operations of one round.
enum { cproducts_peak_operations = 2 * cproducts_peak_width * cproducts_peak_chains };

// Does `rounds` rounds. With a factor of 0.5 and an addend of 1 all numbers stay normal.
//
// Returns a sum of all chains, so that the compiler leaves none out.
static __attribute__((noinline, unused)) float cproducts_peak(size_t rounds, float factor, float addend) {
  cproducts_peak_register sums[cproducts_peak_chains], factors, addends;
  for (int lane = 0; lane < cproducts_peak_width; lane++) factors[lane] = factor, addends[lane] = addend;
#pragma clang loop unroll(full)
  for (int chain = 0; chain < cproducts_peak_chains; chain++) sums[chain] = addends + (float)chain;
  for (size_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int chain = 0; chain < cproducts_peak_chains; chain++) {
      sums[chain] = CPRODUCTS_PEAK_STEP(sums[chain], factors, addends);
    }
  }
#pragma clang loop unroll(full)
  for (int chain = 1; chain < cproducts_peak_chains; chain++) sums[0] += sums[chain];
  float total = 0;
  for (int lane = 0; lane < cproducts_peak_width; lane++) total += sums[0][lane];
  return total;
}

#endif
