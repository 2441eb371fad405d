#include "CKernels.h"

#include <math.h>
#include <string.h>

// Neither the compiler nor the CPU may fuse a product with a sum here: every operation below is one
// correctly rounded operation of IEEE 754, so that all machines give the same bits.
#pragma STDC FP_CONTRACT OFF

// ln 2 in two parts; the first has zeros enough at its end that its product with a whole number
// below 2^20 is exact.
static const double ln2_high = 6.93147180369123816490e-01;
static const double ln2_low = 1.90821492927058770002e-10;

static double from_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double power_of_two(int exponent) { return from_bits((uint64_t)(1023 + exponent) << 52); }

// The whole number nearest to x, for |x| < 2^51.
static double nearest(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

// x = n · ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor series up to r^13, whose rest is below
// 2^-57.
double ckernels_exp_f64(double x) {
  if (x != x) return x;
  if (x > 709.79) return INFINITY;
  if (x < -745.14) return 0;
  double n = nearest(x * 1.44269504088896338700);
  double high = x - n * ln2_high;
  double low = n * ln2_low;
  double r = high - low;
  double lost = (high - r) - low;
  double p = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  double y = 1 + (r + (r * r * p + lost));
  // In two steps, since 2^n itself may be out of range.
  int half = (int)n / 2;
  return y * power_of_two(half) * power_of_two((int)n - half);
}

// x = 2^k · (1 + f) with 1 + f in [√½, √2]; log(1 + f) = 2 artanh(s), s = f / (2 + f), by its series
// up to s^21, whose rest is below 2^-59 of it.
double ckernels_log_f64(double x) {
  if (x != x || x == INFINITY) return x;
  if (x < 0) return NAN;
  if (x == 0) return -INFINITY;
  int k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  k += (int)(bits >> 52) - 1023;
  double m = from_bits((bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    k += 1;
  }
  double f = m - 1;
  double s = f / (2 + f);
  double z = s * s;
  double p = 2.0 / 21;
  p = p * z + 2.0 / 19;
  p = p * z + 2.0 / 17;
  p = p * z + 2.0 / 15;
  p = p * z + 2.0 / 13;
  p = p * z + 2.0 / 11;
  p = p * z + 2.0 / 9;
  p = p * z + 2.0 / 7;
  p = p * z + 2.0 / 5;
  p = p * z + 2.0 / 3;
  double half_square = 0.5 * f * f;
  double tail = s * (half_square + z * p) + k * ln2_low;
  return k * ln2_high - ((half_square - tail) - f);
}

// A turn is cut at its quarters, which is exact; what is left is at most an eighth, where the series
// of cosine and sine up to the 18th power leave less than 2^-58.
double ckernels_cosine_of_turn_f64(double turn) {
  double quarters = nearest(4 * turn);
  double a = (turn - 0.25 * quarters) * 6.28318530717958647693;
  double z = a * a;
  int quarter = (int)quarters & 3;
  double y;
  if (quarter & 1) {
    double p = 1.0 / 355687428096000;
    p = p * z - 1.0 / 1307674368000;
    p = p * z + 1.0 / 6227020800;
    p = p * z - 1.0 / 39916800;
    p = p * z + 1.0 / 362880;
    p = p * z - 1.0 / 5040;
    p = p * z + 1.0 / 120;
    p = p * z - 1.0 / 6;
    y = a + a * (z * p);
  } else {
    double p = -1.0 / 6402373705728000;
    p = p * z + 1.0 / 20922789888000;
    p = p * z - 1.0 / 87178291200;
    p = p * z + 1.0 / 479001600;
    p = p * z - 1.0 / 3628800;
    p = p * z + 1.0 / 40320;
    p = p * z - 1.0 / 720;
    p = p * z + 1.0 / 24;
    double half = 0.5 * z;
    double rest = 1 - half;
    y = rest + (((1 - rest) - half) + z * z * p);
  }
  return quarter == 1 || quarter == 2 ? -y : y;
}
