#include "CKernels.h"

#include <string.h>

#define UNROLL _Pragma("clang loop unroll(full)")
#define ALWAYS static inline __attribute__((always_inline))
// Floats for the sums of a tree that wait: log2(64) register tiles and one more.
#define STACK 4096

typedef float float4 __attribute__((ext_vector_type(4), aligned(4), may_alias));

ALWAYS float4 load_f32(const float *x) { return *(const float4 *)x; }

// Four rows of a panel from four rows of x, `cell` floats of x a cell: transpositions of 4 × 4.
// Returns how many cells are done; what is left is fewer than four.
ALWAYS size_t pack_four_rows(float4 (*load)(const float *), size_t cell, size_t place,
                             size_t depth, const float *x, size_t stride, void *out) {
  size_t p = 0;
  for (; (p + 4) * cell <= depth; p += 4) {
    const float *from = x + p * cell;
    // The next four rows: short runs of memory that the CPU does not foresee.
    for (int r = 4; r < 8; r++) __builtin_prefetch(from + r * stride);
    float4 r0 = load(from), r1 = load(from + stride);
    float4 r2 = load(from + 2 * stride), r3 = load(from + 3 * stride);
    float4 low = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
    float4 high = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
    float4 low2 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
    float4 high2 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    float *to = (float *)out + p * place;
    *(float4 *)to = __builtin_shufflevector(low, high, 0, 1, 4, 5);
    *(float4 *)(to + place) = __builtin_shufflevector(low, high, 2, 3, 6, 7);
    *(float4 *)(to + 2 * place) = __builtin_shufflevector(low2, high2, 0, 1, 4, 5);
    *(float4 *)(to + 3 * place) = __builtin_shufflevector(low2, high2, 2, 3, 6, 7);
  }
  return p;
}

ALWAYS void pack_rows_f32(size_t rows, size_t place, size_t depth, const float *x, size_t stride,
                          float *out) {
  for (size_t r = 0; r < place; r++) {
    size_t p = 0;
    if (r + 4 <= rows) {
      p = pack_four_rows(load_f32, 1, place, depth, x + r * stride, stride, out + r);
      for (; p < depth; p++)
        for (size_t i = r; i < r + 4; i++) out[p * place + i] = x[i * stride + p];
      r += 3;
    } else {
      for (; p < depth; p++) out[p * place + r] = r < rows ? x[r * stride + p] : 0;
    }
  }
}

ALWAYS void pack_columns_f32(size_t rows, size_t place, size_t depth, const float *x, size_t step,
                             float *out) {
  for (size_t p = 0; p < depth; p++) {
    for (size_t i = 0; i < rows; i += 16) __builtin_prefetch(x + (p + 16) * step + i);
    memcpy(out + p * place, x + p * step, rows * sizeof(float));
    if (rows < place) memset(out + p * place + rows, 0, (place - rows) * sizeof(float));
  }
}

#define CELL float
#define DEPTH 1
#define MULTIPLY(x, y, total) __builtin_elementwise_fma(x, y, total)
#define PACK_ROWS pack_rows_f32
#define PACK_COLUMNS pack_columns_f32

// Without vector instructions wider than 128 bits: NEON, or any x86-64.
#define NAME(name) name##_portable
#define TARGET
#define LANES 4
#define VECTORS 2
#define ROWS 8
#define EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define CELLS NAME(floats)
#include "products.inc"
#undef NAME
#undef TARGET
#undef LANES
#undef VECTORS
#undef ROWS
#undef EACH_ROWS

#if defined(__x86_64__)
#include <immintrin.h>

#define NAME(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define VECTORS 2
#define ROWS 6
#define EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#include "products.inc"
#undef NAME
#undef TARGET
#undef LANES
#undef VECTORS
#undef ROWS
#undef EACH_ROWS

#define LANES 16
#define VECTORS 2
#define ROWS 14
#define EACH_ROWS(X) \
  X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)

#define NAME(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#include "products.inc"
#undef NAME
#undef TARGET

#undef CELL
#undef CELLS
#undef DEPTH
#undef MULTIPLY
#undef PACK_ROWS
#undef PACK_COLUMNS

// bfloat16: a cell is two steps of k, rounded to nearest even as they are packed.
#define TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma")))
typedef uint32_t pairs __attribute__((ext_vector_type(16), aligned(4)));

TARGET ALWAYS float4 load_bf16(const float *x) {
  return (float4)_mm256_cvtneps_pbh(_mm256_loadu_ps(x));
}

TARGET ALWAYS uint32_t cell_bf16(const float *x, size_t left) {
  __mmask8 mask = left >= 2 ? 3 : 1;
  return ((__v4su)_mm_cvtneps_pbh(_mm_maskz_loadu_ps(mask, x)))[0];
}

TARGET ALWAYS void pack_rows_bf16(size_t rows, size_t place, size_t depth, const float *x,
                                  size_t stride, uint32_t *out) {
  for (size_t r = 0; r < place; r++) {
    size_t p = 0;
    if (r + 4 <= rows) {
      p = pack_four_rows(load_bf16, 2, place, depth, x + r * stride, stride, out + r);
      for (; 2 * p < depth; p++)
        for (size_t i = r; i < r + 4; i++)
          out[p * place + i] = cell_bf16(x + i * stride + 2 * p, depth - 2 * p);
      r += 3;
    } else {
      for (; 2 * p < depth; p++)
        out[p * place + r] = r < rows ? cell_bf16(x + r * stride + 2 * p, depth - 2 * p) : 0;
    }
  }
}

TARGET ALWAYS void pack_columns_bf16(size_t rows, size_t place, size_t depth, const float *x,
                                     size_t step, uint32_t *out) {
  for (size_t p = 0; p < depth; p += 2, out += place)
    for (size_t i = 0; i < place; i += 16) {
      size_t left = rows < i ? 0 : rows - i < 16 ? rows - i : 16;
      size_t room = place - i < 16 ? place - i : 16;
      __mmask16 mask = (__mmask16)((1u << left) - 1);
      __m512 first = _mm512_maskz_loadu_ps(mask, x + p * step + i);
      __m512 second =
          p + 1 < depth ? _mm512_maskz_loadu_ps(mask, x + (p + 1) * step + i) : _mm512_setzero_ps();
      __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
      __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
      _mm512_mask_storeu_epi32(out + i, (__mmask16)((1u << room) - 1),
                               _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
}

#define NAME(name) name##_bf16
#define CELL uint32_t
#define CELLS pairs
#define DEPTH 2
#define MULTIPLY(x, y, total) \
  (NAME(floats))_mm512_dpbf16_ps((__m512)(total), (__m512bh)(x), (__m512bh)(y))
#define PACK_ROWS pack_rows_bf16
#define PACK_COLUMNS pack_columns_bf16
#include "products.inc"
#endif

ckernels_kernel ckernels_best_kernel(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return CKERNELS_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CKERNELS_AVX2;
#endif
  return CKERNELS_PORTABLE;
}

int ckernels_has_bf16(void) {
#if defined(__x86_64__)
  return ckernels_best_kernel() == CKERNELS_AVX512 && __builtin_cpu_supports("avx512bf16");
#else
  return 0;
#endif
}

typedef struct {
  size_t rows, columns;
  size_t (*cells)(size_t, const size_t *);
  void (*pack)(int, size_t, size_t, const size_t *, const float *, size_t, size_t, void *);
  void (*multiply)(const ckernels_product *);
} functions;

static const functions kernels[] = {
    {8, 8, cells_portable, pack_portable, multiply_portable},
#if defined(__x86_64__)
    {6, 16, cells_avx2, pack_avx2, multiply_avx2},
    {14, 32, cells_avx512, pack_avx512, multiply_avx512},
    {14, 32, cells_bf16, pack_bf16, multiply_bf16},
#endif
};

size_t ckernels_panel_rows(ckernels_kernel kernel) { return kernels[kernel].rows; }

size_t ckernels_panel_columns(ckernels_kernel kernel) { return kernels[kernel].columns; }

size_t ckernels_cells(ckernels_kernel kernel, size_t leaves, const size_t *depths) {
  return kernels[kernel].cells(leaves, depths);
}

void ckernels_pack(ckernels_kernel kernel, int right, size_t count, size_t leaves,
                   const size_t *depths, const float *x, size_t stride, size_t step, void *out) {
  kernels[kernel].pack(right, count, leaves, depths, x, stride, step, out);
}

void ckernels_multiply(ckernels_kernel kernel, const ckernels_product *product) {
  kernels[kernel].multiply(product);
}
