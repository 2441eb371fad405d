// Elementwise and row kernels that want the CPU's vector instructions, chosen at run time.
//
// Every function exists for float (suffix _f32) and double (suffix _f64). None allocates, none
// keeps state, and the value written to one element never depends on where a caller cut the work.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Tells the core that the caller is spinning.
static inline void ckernels_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// The matrix products' kernels. All of float32 give the same bits.
typedef enum {
  /// What every CPU of the architecture has.
  CKERNELS_PORTABLE = 0,
  CKERNELS_AVX2 = 1,
  CKERNELS_AVX512 = 2,
  /// Operands rounded to bfloat16, sums in float32; only where ckernels_has_bf16.
  CKERNELS_BF16 = 3,
} ckernels_kernel;

/// The fastest kernel of this CPU for float32.
ckernels_kernel ckernels_best_kernel(void);
/// 1 if this CPU multiplies bfloat16.
int ckernels_has_bf16(void);

/// C [m, n] = (or +=) A · B of packed operands, where k is cut into leaves whose products are added
/// as a binary tree. A leaf's product is one chain of fused multiply-adds in the order of k: how
/// rows and columns are cut into calls never changes a bit.
typedef struct {
  size_t m, n;
  /// A power of two, at most 64.
  size_t leaves;
  /// Steps of k of each leaf.
  const size_t *depths;
  /// Packed panels of A's rows and of B's columns.
  const void *a, *b;
  float *c;
  size_t c_row;
  /// 1: C +=, 0: C =.
  int add;
} ckernels_product;

/// Rows of a packed panel of A, and columns of one of B.
size_t ckernels_panel_rows(ckernels_kernel kernel);
size_t ckernels_panel_columns(ckernels_kernel kernel);
/// Cells, of the size of a float, that a row or column of these leaves takes when packed.
size_t ckernels_cells(ckernels_kernel kernel, size_t leaves, const size_t *depths);
/// Packs `count` rows of A or, if `right`, columns of B, whose element (i, p) is at
/// x[i · stride + p · step]; one of the two is 1. A takes count · cells, B the same with its count
/// rounded up to whole panels; panels follow one another.
void ckernels_pack(ckernels_kernel kernel, int right, size_t count, size_t leaves,
                   const size_t *depths, const float *x, size_t stride, size_t step, void *out);
void ckernels_multiply(ckernels_kernel kernel, const ckernels_product *product);

/// e^x, within 1 unit in the last place; 0 and infinity where it is out of range. The same bits on
/// every machine, as the next two.
double ckernels_exp_f64(double x);
/// The natural logarithm, within 1 unit in the last place; NaN below 0.
double ckernels_log_f64(double x);
/// cos(2π · turn) for a turn in [0, 1], within 2^-52.
double ckernels_cosine_of_turn_f64(double turn);

/// Bins of exact sums of squares, one for each exponent of a float.
#define CKERNELS_SQUARE_BINS 256

/// Adds the square of each finite x to the bin of its exponent, in whole numbers: bin e counts
/// 2^(2 · max(e, 1) − 300). A bin is two words, the low one first. Nothing is rounded, so neither the
/// order nor the parts matter.
void ckernels_add_squares_f32(size_t count, const float *x,
                              uint64_t bins[2 * CKERNELS_SQUARE_BINS]);

#define CKERNELS_DECLARE(REAL, NAME)                                                              \
  /* y = x · Phi(x), the exact (erf) GELU. */                                                     \
  void NAME(gelu_forward)(size_t count, const REAL *x, REAL *y);                                  \
  /* dx = dy · (Phi(x) + x · phi(x)); dx may be dy. */                                            \
  void NAME(gelu_backward)(size_t count, const REAL *x, const REAL *dy, REAL *dx);                \
  /* Each row: y = (x − mean) / sqrt(var + epsilon) · g + b; keeps mean and 1/sqrt(var + epsilon). */ \
  void NAME(norm_forward)(size_t rows, size_t columns, const REAL *x, const REAL *gain,           \
                          const REAL *bias, REAL epsilon, REAL *y, REAL *mean, REAL *scale);      \
  /* The input's gradient of norm_forward, added to dx if accumulate, otherwise written. */       \
  void NAME(norm_backward)(size_t rows, size_t columns, const REAL *x, const REAL *gain,          \
                           const REAL *mean, const REAL *scale, const REAL *dy, REAL *dx,         \
                           int accumulate);                                                       \
  /* dgain = sum over rows of dy · (x − mean) · scale, dbias = sum of dy, rows in order. */       \
  void NAME(norm_parameters)(size_t rows, size_t columns, size_t stride, const REAL *x,           \
                             const REAL *mean, const REAL *scale, const REAL *dy, REAL *dgain,    \
                             REAL *dbias);                                                        \
  /* sums[c] = sum over rows of x[row · stride + c], rows in order. */                            \
  void NAME(column_sums)(size_t rows, size_t columns, size_t stride, const REAL *x, REAL *sums);  \
  /* Each row of y (stride apart): y += bias. */                                                  \
  void NAME(add_bias)(size_t rows, size_t columns, size_t stride, const REAL *bias, REAL *y);     \
  /* y += x. */                                                                                   \
  void NAME(add)(size_t count, const REAL *x, REAL *y);                                           \
  /* Where x > y or x is NaN, or everywhere if first: y = x and winners = tap. */                 \
  void NAME(take_larger)(size_t count, const REAL *x, uint8_t tap, REAL *y, uint8_t *winners,     \
                         int first);                                                              \
  /* y += x where taps are tap. */                                                                \
  void NAME(add_where)(size_t count, const REAL *x, const uint8_t *taps, uint8_t tap, REAL *y);   \
  /* Adam (Kingma & Ba 2015): step = rate / (1 − beta1^t), correction = 1 / sqrt(1 − beta2^t). */ \
  void NAME(adam)(size_t count, REAL *weights, const REAL *gradient, REAL *first, REAL *second,   \
                  REAL beta1, REAL beta2, REAL epsilon, REAL step, REAL correction);              \
  /* x = factor · x. */                                                                           \
  void NAME(scale)(size_t count, REAL factor, REAL *x);                                           \
  /* average = decay · average + (1 − decay) · x. */                                              \
  void NAME(average)(size_t count, REAL decay, const REAL *x, REAL *average);                     \
  /* 1 if every value is finite. */                                                               \
  int NAME(all_finite)(size_t count, const REAL *x);

#define CKERNELS_F32(name) ckernels_##name##_f32
#define CKERNELS_F64(name) ckernels_##name##_f64
CKERNELS_DECLARE(float, CKERNELS_F32)
CKERNELS_DECLARE(double, CKERNELS_F64)
#undef CKERNELS_DECLARE
#undef CKERNELS_F32
#undef CKERNELS_F64

#endif
