#ifndef CPRODUCTS_H
#define CPRODUCTS_H

// The innermost part of a matrix product, where every element is one chain of fused multiply-adds in the order of
// the terms. A fused multiply-add rounds once wherever it runs, so an element's bits depend on the operands alone:
// not on the width of the vectors, the size of the tile, or how a product is cut.
//
// In C, because Swift does not keep an array of vectors in registers.

#include <stddef.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

#define CPRODUCTS_INLINE static inline __attribute__((always_inline))

// Floats in a register, rows of a tile, and registers in a row: as many sums as there are registers to hold them,
// with a few left for the operands. Packed rows are padded to a power of two, so that they are aligned.
#if defined(__AVX512F__)
enum { cproducts_width = 16, cproducts_rows = 14, cproducts_vectors = 2, cproducts_packed_rows = 16 };
#elif defined(__AVX__)
enum { cproducts_width = 8, cproducts_rows = 6, cproducts_vectors = 2, cproducts_packed_rows = 8 };
#else
enum { cproducts_width = 4, cproducts_rows = 6, cproducts_vectors = 4, cproducts_packed_rows = 8 };
#endif
enum { cproducts_columns = cproducts_width * cproducts_vectors };

// Floats in a cache line, and lines in a row of a tile.
enum { cproducts_line = 16, cproducts_lines = cproducts_columns / cproducts_line };

typedef float cproducts_register __attribute__((vector_size(4 * cproducts_width)));
typedef float cproducts_unaligned __attribute__((vector_size(4 * cproducts_width), aligned(4)));

// The first `count` numbers of a register; the others are read as zero and not written.
CPRODUCTS_INLINE cproducts_register cproducts_load(const float *place, int count) {
#if defined(__AVX512F__)
  return (cproducts_register)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), place);
#else
  if (count == cproducts_width) return (cproducts_register) * (const cproducts_unaligned *)place;
  cproducts_register values = {};
  for (int lane = 0; lane < count; lane++) values[lane] = place[lane];
  return values;
#endif
}

CPRODUCTS_INLINE void cproducts_store(cproducts_register values, float *place, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(place, (__mmask16)((1u << count) - 1), (__m512)values);
#else
  if (count == cproducts_width)
    *(cproducts_unaligned *)place = values;
  else
    for (int lane = 0; lane < count; lane++) place[lane] = values[lane];
#endif
}

// One tile of `rows` ≤ cproducts_rows and `vectors` ≤ cproducts_vectors, constants wherever this is inlined; the last
// vector has `last` columns. `next` is where the next tile's sums lie, which come while the terms are added up.
CPRODUCTS_INLINE void cproducts_tile_of(
  const int rows, const int vectors, int last, size_t terms, const float *left, ptrdiff_t left_row,
  ptrdiff_t left_term, const float *right, ptrdiff_t right_term, float *sum, ptrdiff_t sum_row, _Bool adds,
  const float *next
) {
  cproducts_register sums[cproducts_rows][cproducts_vectors];
#pragma clang loop unroll(full)
  for (int row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
    for (int vector = 0; vector < vectors; vector++) {
      sums[row][vector] = adds
        ? cproducts_load(
            sum + row * sum_row + vector * cproducts_width, vector == vectors - 1 ? last : cproducts_width)
        : (cproducts_register){};
    }
  }
  int line = 0;
  for (size_t term = 0; term < terms; term++) {
    // One line every few terms: more at once would hold up the operands.
    if (term % 4 == 0 && line < rows * cproducts_lines) {
      __builtin_prefetch(next + line / cproducts_lines * sum_row + line % cproducts_lines * cproducts_line, 1);
      line++;
    }
    const cproducts_unaligned *panel = (const cproducts_unaligned *)right;
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; row++) {
      // Subtracting zero spreads the number over the lanes and keeps the sign of a zero.
      cproducts_register factor = left[row * left_row] - (cproducts_register){};
#pragma clang loop unroll(full)
      for (int vector = 0; vector < vectors; vector++) {
        sums[row][vector] = __builtin_elementwise_fma(factor, panel[vector], sums[row][vector]);
      }
    }
    left += left_term;
    right += right_term;
  }
#pragma clang loop unroll(full)
  for (int row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
    for (int vector = 0; vector < vectors; vector++) {
      cproducts_store(
        sums[row][vector], sum + row * sum_row + vector * cproducts_width,
        vector == vectors - 1 ? last : cproducts_width);
    }
  }
}

// Chooses the code for `rows` of 1...cproducts_rows.
CPRODUCTS_INLINE void cproducts_tile_choosing(
  int rows, const int vectors, int last, size_t terms, const float *left, ptrdiff_t left_row,
  ptrdiff_t left_term, const float *right, ptrdiff_t right_term, float *sum, ptrdiff_t sum_row, _Bool adds,
  const float *next
) {
#define CPRODUCTS_CASE(count) \
  case count: \
    cproducts_tile_of( \
      count < cproducts_rows ? count : cproducts_rows, vectors, last, terms, left, left_row, left_term, right, \
      right_term, sum, sum_row, adds, next); \
    break;
  switch (rows) {
    CPRODUCTS_CASE(1)
    CPRODUCTS_CASE(2)
    CPRODUCTS_CASE(3)
    CPRODUCTS_CASE(4)
    CPRODUCTS_CASE(5)
    CPRODUCTS_CASE(6)
#if defined(__AVX512F__)
    CPRODUCTS_CASE(7)
    CPRODUCTS_CASE(8)
    CPRODUCTS_CASE(9)
    CPRODUCTS_CASE(10)
    CPRODUCTS_CASE(11)
    CPRODUCTS_CASE(12)
    CPRODUCTS_CASE(13)
    CPRODUCTS_CASE(14)
#endif
  }
#undef CPRODUCTS_CASE
}

// sum[i][j] = (adds ? sum[i][j] : 0) + left[i][0] · right[0][j] + left[i][1] · right[1][j] + …, each step rounded once.
//
// left: `rows` ≤ cproducts_rows rows of `terms` numbers. cproducts_tile reads rows that are `left_row` floats apart and
// whose terms are neighbours; cproducts_tile_transposed terms that are `left_term` floats apart and whose rows are.
// right: `terms` rows of cproducts_columns neighbours, `right_term` floats apart.
// sum: `rows` × `columns` ≤ cproducts_columns, rows `sum_row` floats apart.
// next: the sums of the tile that follows, as far apart; or `sum`.
#define CPRODUCTS_TILE(name, distance, LEFT_ROW, LEFT_TERM) \
  static __attribute__((noinline)) void name( \
    int rows, int columns, size_t terms, const float *left, ptrdiff_t distance, const float *right, \
    ptrdiff_t right_term, float *sum, ptrdiff_t sum_row, _Bool adds, const float *next \
  ) { \
    if (columns > cproducts_columns - cproducts_width) \
      cproducts_tile_choosing( \
        rows, cproducts_vectors, columns - (cproducts_columns - cproducts_width), terms, left, LEFT_ROW, LEFT_TERM, \
        right, right_term, sum, sum_row, adds, next); \
    else if (cproducts_vectors == 4 && columns > 2 * cproducts_width) \
      cproducts_tile_choosing( \
        rows, 3, columns - 2 * cproducts_width, terms, left, LEFT_ROW, LEFT_TERM, right, right_term, sum, sum_row, \
        adds, next); \
    else if (cproducts_vectors == 4 && columns > cproducts_width) \
      cproducts_tile_choosing( \
        rows, 2, columns - cproducts_width, terms, left, LEFT_ROW, LEFT_TERM, right, right_term, sum, sum_row, adds, \
        next); \
    else \
      cproducts_tile_choosing( \
        rows, 1, columns, terms, left, LEFT_ROW, LEFT_TERM, right, right_term, sum, sum_row, adds, next); \
  }
CPRODUCTS_TILE(cproducts_tile, left_row, left_row, 1)
CPRODUCTS_TILE(cproducts_tile_transposed, left_term, 1, left_term)
#undef CPRODUCTS_TILE

// Square blocks that are turned in registers, and the steps of it.
#if defined(__AVX512F__)
enum { cproducts_block = 16 };
typedef float cproducts_lane __attribute__((vector_size(64), aligned(4)));
#define CPRODUCTS_SWAP(from, to, distance, ...) \
  for (int i = 0; i < 16; i++) { \
    if (i & distance) continue; \
    to[i] = __builtin_shufflevector(from[i], from[i + distance], CPRODUCTS_LOW_##distance); \
    to[i + distance] = __builtin_shufflevector(from[i], from[i + distance], CPRODUCTS_HIGH_##distance); \
  }
#define CPRODUCTS_LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define CPRODUCTS_HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define CPRODUCTS_LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define CPRODUCTS_HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define CPRODUCTS_LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define CPRODUCTS_HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define CPRODUCTS_LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define CPRODUCTS_HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#else
enum { cproducts_block = 8 };
typedef float cproducts_lane __attribute__((vector_size(32), aligned(4)));
#define CPRODUCTS_SWAP(from, to, distance, ...) \
  for (int i = 0; i < 8; i++) { \
    if (i & distance) continue; \
    to[i] = __builtin_shufflevector(from[i], from[i + distance], CPRODUCTS_LOW_##distance); \
    to[i + distance] = __builtin_shufflevector(from[i], from[i + distance], CPRODUCTS_HIGH_##distance); \
  }
#define CPRODUCTS_LOW_1 0, 8, 2, 10, 4, 12, 6, 14
#define CPRODUCTS_HIGH_1 1, 9, 3, 11, 5, 13, 7, 15
#define CPRODUCTS_LOW_2 0, 1, 8, 9, 4, 5, 12, 13
#define CPRODUCTS_HIGH_2 2, 3, 10, 11, 6, 7, 14, 15
#define CPRODUCTS_LOW_4 0, 1, 2, 3, 8, 9, 10, 11
#define CPRODUCTS_HIGH_4 4, 5, 6, 7, 12, 13, 14, 15
#endif

// The first `count` numbers of a block's row, and zeros.
CPRODUCTS_INLINE cproducts_lane cproducts_block_row(const float *place, int count) {
  if (count == cproducts_block) return *(const cproducts_lane *)place;
#if defined(__AVX512F__)
  return (cproducts_lane)cproducts_load(place, count);
#else
  cproducts_lane values = {};
  for (int lane = 0; lane < count; lane++) values[lane] = place[lane];
  return values;
#endif
}

CPRODUCTS_INLINE void cproducts_transpose_of(
  int rows, int columns, const float *source, ptrdiff_t source_row, float *target, ptrdiff_t target_row
) {
  cproducts_lane a[cproducts_block], b[cproducts_block];
#pragma clang loop unroll(full)
  for (int i = 0; i < cproducts_block; i++)
    a[i] = i < rows ? cproducts_block_row(source + i * source_row, columns) : (cproducts_lane){};
#pragma clang loop unroll(full)
  CPRODUCTS_SWAP(a, b, 1)
#pragma clang loop unroll(full)
  CPRODUCTS_SWAP(b, a, 2)
#pragma clang loop unroll(full)
  CPRODUCTS_SWAP(a, b, 4)
#if defined(__AVX512F__)
#pragma clang loop unroll(full)
  CPRODUCTS_SWAP(b, a, 8)
  const cproducts_lane *turned = a;
#else
  const cproducts_lane *turned = b;
#endif
#pragma clang loop unroll(full)
  for (int i = 0; i < cproducts_block; i++)
    if (i < columns) *(cproducts_lane *)(target + i * target_row) = turned[i];
}

// target[j][i] = source[i][j] for i in 0..<rows and j in 0..<columns, both at most cproducts_block; rows `source_row` and
// `target_row` floats apart. Rows of the target get cproducts_block numbers, the last of them zeros.
static inline void cproducts_transpose(
  int rows, int columns, const float *source, ptrdiff_t source_row, float *target, ptrdiff_t target_row
) {
  if (rows == cproducts_block && columns == cproducts_block)
    cproducts_transpose_of(cproducts_block, cproducts_block, source, source_row, target, target_row);
  else
    cproducts_transpose_of(rows, columns, source, source_row, target, target_row);
}

#endif
