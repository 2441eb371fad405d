#include "CKernels.h"

#include <math.h>
#include <string.h>

// One body a kernel, compiled for several instruction sets; the loader picks by CPU.
// Not under ThreadSanitizer: the loader asks before that is ready, and the process dies.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(UNDER_THREAD_SANITIZER)
#define DISPATCHED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif
#define LANES 16

// exp(-y) for y in [0, 87], relative error below 2e-7: y = n·ln 2 − r, a polynomial in r, 2^-n.
static inline __attribute__((always_inline)) float exp_negative(float y) {
  float shifted = y * 1.44269504f + 12582912.0f;  // rounds to a whole number in the low bits
  float n = shifted - 12582912.0f;
  float r = n * 0.693359375f - y;
  r = r - n * 2.12194440e-4f;
  float p = 0.0013813085f;
  p = p * r + 0.0083694185f;
  p = p * r + 0.041668458f;
  p = p * r + 0.166665148f;
  p = p * r + 0.49999993f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  uint32_t bits = (uint32_t)(127 - (int32_t)n) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

// Density and cumulative distribution of N(0, 1). Phi(-z) = phi-like exp(-z²/2) · erfcx(z/√2) / 2,
// with erfcx a polynomial in t = 1 / (1 + 0.26 z), fitted here to 2.5e-8 over z in [0, 14].
static inline __attribute__((always_inline)) void ckernels_normal_f32(float x, float *density,
                                                                      float *cumulative) {
  float z = fabsf(x);
  float half = 0.5f * x * x;
  float tail = exp_negative(half < 87.0f ? half : 87.0f);
  float t = 1.0f / (1.0f + 0.26f * z);
  float q = 0.061009410f;
  q = q * t - 0.30565588f;
  q = q * t + 0.50297890f;
  q = q * t - 0.30189368f;
  q = q * t + 0.32189275f;
  q = q * t + 0.10205664f;
  q = q * t + 0.20606018f;
  q = q * t + 0.20603355f;
  q = q * t + 0.20751812f;
  float lower = 0.5f * tail * (q * t);
  *density = 0.398942280f * tail;
  *cumulative = x < 0 ? lower : 1.0f - lower;
}

static inline __attribute__((always_inline)) void ckernels_normal_f64(double x, double *density,
                                                                      double *cumulative) {
  *density = 0.39894228040143267794 * exp(-0.5 * x * x);
  *cumulative = 0.5 * erfc(-x * 0.70710678118654752440);
}

#define REAL float
#define NAME(name) ckernels_##name##_f32
static inline __attribute__((always_inline)) float NAME(root)(float x) {
  return __builtin_elementwise_sqrt(x);  // sqrtf may set errno, and so stays scalar
}
#include "kernels.inc"
#undef REAL
#undef NAME

#define REAL double
#define NAME(name) ckernels_##name##_f64
static inline __attribute__((always_inline)) double NAME(root)(double x) {
  return __builtin_elementwise_sqrt(x);
}
#include "kernels.inc"

void ckernels_add_squares_f32(size_t count, const float *x,
                              uint64_t bins[2 * CKERNELS_SQUARE_BINS]) {
  for (size_t start = 0; start < count; start += 65536) {
    // So many squares of 48 bits fit in a word. Two tables, so that neighbours do not wait.
    uint64_t even[CKERNELS_SQUARE_BINS] = {0}, odd[CKERNELS_SQUARE_BINS] = {0};
    size_t end = count - start < 65536 ? count : start + 65536;
    for (size_t i = start; i < end; i++) {
      uint32_t bits;
      memcpy(&bits, x + i, sizeof bits);
      uint32_t exponent = bits >> 23 & 255;
      uint64_t digits = (bits & 0x7FFFFF) | (exponent ? 0x800000 : 0);
      (i & 1 ? odd : even)[exponent] += digits * digits;
    }
    for (int bin = 0; bin < CKERNELS_SQUARE_BINS; bin++)
      for (int table = 0; table < 2; table++) {
        uint64_t sum = table ? odd[bin] : even[bin];
        bins[2 * bin] += sum;
        bins[2 * bin + 1] += bins[2 * bin] < sum;
      }
  }
}
