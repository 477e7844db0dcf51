#include "RoundingCheck.h"

#include "lanes.h"

// The rule, written to be read: to nearest, ties to even; below the normal numbers zero.
static uint16_t expected(uint32_t bits) {
  uint16_t upper = (uint16_t)(bits >> 16);
  uint32_t lower = bits & 0xFFFF, exponent = bits >> 23 & 0xFF, fraction = bits & 0x7FFFFF;
  if (exponent == 0xFF && fraction != 0) return upper | 0x40;
  if (exponent == 0) return upper & 0x8000;
  if (lower > 0x8000 || (lower == 0x8000 && (upper & 1))) upper++;
  return upper;
}

uint64_t rounding_check(uint32_t *first) {
  uint64_t wrong = 0;
  for (uint64_t start = 0; start < 1ull << 32; start += 16) {
    clanes_word16 bits;
    for (int lane = 0; lane < 16; lane++) bits[lane] = (uint32_t)start + lane;
    clanes_half16 narrow = clanes_narrow((clanes_float16)bits);
    for (int lane = 0; lane < 16; lane++) {
      if (narrow[lane] == expected(bits[lane])) continue;
      wrong++;
      *first = bits[lane];
    }
  }
  return wrong;
}
