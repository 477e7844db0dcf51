// The micro-kernel of portable products and the rounding to bf16, with the digests that PortableProductTests has.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lanes.h"
#include "products.h"

static uint32_t state;

static float *numbers(size_t count) {
  float *values = aligned_alloc(64, (count * sizeof *values + 63) / 64 * 64);
  for (size_t index = 0; index < count; index++) {
    state = state * 1664525u + 1013904223u;
    values[index] = (float)(int32_t)state * 4.6e-10f;
  }
  return values;
}

// How the left operand comes to the micro-kernel: as it is; stored as k, m and packed; the same, turned in registers.
enum order { PLAIN, TRANSPOSED, TURNED };

// (m, k) of the matrix that is stored as (k, m).
static float *turned(const float *stored, size_t m, size_t k) {
  // Whole blocks are written.
  float *left = aligned_alloc(64, ((m * k + cproducts_block) * sizeof *left + 63) / 64 * 64);
  for (size_t row = 0; row < m; row += cproducts_block)
    for (size_t term = 0; term < k; term += cproducts_block) {
      size_t rows = m - row < cproducts_block ? m - row : cproducts_block;
      size_t terms = k - term < cproducts_block ? k - term : cproducts_block;
      float block[cproducts_block * cproducts_block];
      cproducts_transpose(
        (int)terms, (int)rows, stored + term * m + row, (ptrdiff_t)m, block, cproducts_block);
      for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < terms; j++) left[(row + i) * k + term + j] = block[i * cproducts_block + j];
    }
  return left;
}

// FNV-1a over the bits of left (m, k) times right (k, n), added to zeros or to numbers.
static uint64_t digest(size_t m, size_t n, size_t k, enum order order, _Bool adds) {
  state = 12345;
  float *left = numbers(m * k), *right = numbers(k * n);
  float *product = adds ? numbers(m * n) : calloc(m * n, sizeof *product);
  if (order == TURNED) {
    float *stored = left;
    left = turned(stored, m, k);
    free(stored);
  }
  float *panel = aligned_alloc(64, k * cproducts_columns * sizeof *panel);
  for (size_t column = 0; column < n; column += cproducts_columns) {
    size_t columns = n - column < cproducts_columns ? n - column : cproducts_columns;
    for (size_t term = 0; term < k; term++)
      for (size_t j = 0; j < cproducts_columns; j++)
        panel[term * cproducts_columns + j] = j < columns ? right[term * n + column + j] : 0;
    for (size_t row = 0; row < m; row += cproducts_rows) {
      size_t rows = m - row < cproducts_rows ? m - row : cproducts_rows;
      float *sum = product + row * n + column;
      float *packed = aligned_alloc(64, k * cproducts_packed_rows * sizeof *packed);
      if (order == TRANSPOSED) {
        for (size_t term = 0; term < k; term++)
          for (size_t i = 0; i < rows; i++) packed[term * cproducts_packed_rows + i] = left[term * m + row + i];
        cproducts_tile_transposed(
          (int)rows, (int)columns, k, packed, cproducts_packed_rows, panel, cproducts_columns, sum, (ptrdiff_t)n, adds,
          sum);
      } else {
        cproducts_tile(
          (int)rows, (int)columns, k, left + row * k, (ptrdiff_t)k, panel, cproducts_columns, sum, (ptrdiff_t)n, adds,
          sum);
      }
      free(packed);
    }
  }
  uint64_t hash = 1469598103934665603u;
  for (size_t index = 0; index < m * n; index++) {
    uint32_t bits;
    __builtin_memcpy(&bits, &product[index], sizeof bits);
    hash = (hash ^ bits) * 1099511628211u;
  }
  free(left), free(right), free(product), free(panel);
  return hash;
}

// FNV-1a over what every 4099th float rounds to.
static uint64_t rounding(void) {
  uint64_t hash = 1469598103934665603u;
  for (uint64_t bits = 0; bits < 1ull << 32; bits += 4099) {
    clanes_word16 word = (clanes_word16){} + (uint32_t)bits;
    hash = (hash ^ clanes_narrow((clanes_float16)word)[0]) * 1099511628211u;
  }
  return hash;
}

int main(void) {
  uint64_t transposed = digest(512, 3072, 128, TRANSPOSED, 0);
  if (digest(512, 3072, 128, TURNED, 0) != transposed) return 1;
  if (digest(100, 77, 333, TURNED, 1) != digest(100, 77, 333, TRANSPOSED, 1)) return 1;
  printf(
    "%016llx %016llx %016llx %016llx %016llx\n", (unsigned long long)digest(100, 77, 333, PLAIN, 0),
    (unsigned long long)digest(196, 768, 196, PLAIN, 0), (unsigned long long)transposed,
    (unsigned long long)digest(100, 77, 333, PLAIN, 1), (unsigned long long)rounding());
}
