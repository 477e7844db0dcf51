#ifndef CLANES_H
#define CLANES_H

// Conversions of sixteen lanes: Swift's own members for them work on one lane at a time.

#include <stddef.h>
#include <stdint.h>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

typedef float clanes_float16 __attribute__((ext_vector_type(16)));
typedef uint16_t clanes_half16 __attribute__((ext_vector_type(16)));
typedef uint32_t clanes_word16 __attribute__((ext_vector_type(16)));

// The floats whose upper halves these are.
static inline __attribute__((always_inline)) clanes_float16 clanes_widen(clanes_half16 halves) {
  return (clanes_float16)(__builtin_convertvector(halves, clanes_word16) << 16);
}

// The upper halves after rounding to nearest, ties to even. What is not a number stays so, and what is too small to be
// a normal number becomes zero, as the instruction of AVX-512 has it: both ways give the same bits.
static inline __attribute__((always_inline)) clanes_half16 clanes_narrow(clanes_float16 floats) {
#ifdef __AVX512BF16__
  return (clanes_half16)_mm512_cvtneps_pbh((__m512)floats);
#else
  clanes_word16 bits = (clanes_word16)floats;
  clanes_word16 rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  clanes_word16 is_nan = (clanes_word16)(floats != floats);
  clanes_word16 is_small = (clanes_word16)((bits & 0x7F800000) == 0);
  rounded = (is_nan & ((bits >> 16) | 0x40)) | (~is_nan & rounded);
  rounded = (is_small & ((bits >> 16) & 0x8000)) | (~is_small & rounded);
  return __builtin_convertvector(rounded, clanes_half16);
#endif
}

// Reads one byte of every cache line: loads, because the processor drops prefetches when many are under way.
static inline void clanes_read_ahead(const void *start, size_t bytes) {
  const volatile char *line = (const volatile char *)start;
  for (size_t offset = 0; offset < bytes; offset += 64) (void)line[offset];
}

#endif
