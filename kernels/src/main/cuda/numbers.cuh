// Elementary functions in single precision, made of the approximations in ptx.cuh: the same bits on every device that has the same ones.
// `_full` is for what is as good as a float can hold: within 1e-6 of the value, relative, unless said otherwise. NaN gives NaN.
#pragma once
#include "ptx.cuh"

DEVICE float infinity() { return bits_float(0x7f800000u); }
constexpr float kLog2E = 1.44269504f;  // log2(e)
constexpr float kLn2 = 0.693147181f;   // ln(2)

// e^x: the rounding error of x · log2(e), which 2^x would magnify, is put back. 0 where the result is below 2^-126.
DEVICE float exp_full(float x) {
  constexpr float kLog2ELow = 1.92596299e-8f;  // log2(e) - kLog2E
  float t = x * kLog2E;
  float lost = fma_rn(x, kLog2ELow, fma_rn(x, kLog2E, -t));
  float y = exp2_approx(t);
  return y > 0 && y < infinity() ? fma_rn(y, lost * kLn2, y) : y;
}

// ln(x): within 2e-7 between 1/2 and 2, else within 2e-7 of the value; log_full(0) = -inf.
DEVICE float log_full(float x) { return log2_approx(x) * kLn2; }

// 1/x within 2e-7, relative, for 2^-100 < x < 2^100. Unlike a division, which is a call on a device, it takes few registers.
DEVICE float reciprocal(float x) {
  float y = exp2_approx(-log2_approx(x));
  return y * fma_rn(-x, y, 2.0f);
}

DEVICE float tanh_full(float x) {
  float size = bits_float(float_bits(x) & 0x7fffffffu);
  if (size < 0.55f) {
    float s = x * x;
    float p = fma_rn(s, fma_rn(s, fma_rn(s, fma_rn(s, -6.28246693e-3f, 2.1077754e-2f), -5.38538583e-2f), 1.33326024e-1f), -3.33333194e-1f);
    return fma_rn(x * s, p, x);
  }
  size = size > 12.0f ? 12.0f : size;  // 1 from there on; the reciprocal has no word for infinity
  float y = fma_rn(reciprocal(exp_full(size + size) + 1.0f), -2.0f, 1.0f);
  return x < 0 ? -y : y;
}

// 1 / (1 + e^-x).
DEVICE float sigmoid(float x) { return divide_rn(1.0f, 1.0f + exp_full(-x)); }

// x / (1 + e^-x).
DEVICE float silu(float x) { return divide_rn(x, 1.0f + exp_full(-x)); }

// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), which is x · sigmoid of twice tanh's argument. Within 2e-7 |x|.
DEVICE float gelu_tanh(float x) {
  float twice = x * fma_rn(x * x, 7.13548163e-2f, 1.59576912f);
  return divide_rn(x, 1.0f + exp_full(-twice));
}

// x/2 · (1 + erf(x/√2)), with log2 of the normal distribution's tail as a polynomial of |x|, of least error over 0…5.5; behind that the
// tail is taken for 0. Within 2e-7 |x|.
DEVICE float gelu(float x) {
  float size = bits_float(float_bits(x) & 0x7fffffffu);
  float p = fma_rn(size, -1.77726785e-8f, 5.61933424e-7f);
  p = fma_rn(size, p, -7.62249675e-6f);
  p = fma_rn(size, p, 5.58959692e-5f);
  p = fma_rn(size, p, -2.04565382e-4f);
  p = fma_rn(size, p, -1.66474579e-4f);
  p = fma_rn(size, p, 7.166668e-3f);
  p = fma_rn(size, p, -5.26040941e-2f);
  p = fma_rn(size, p, -4.5916095e-1f);
  p = fma_rn(size, p, -1.15111256f);
  p = fma_rn(size, p, -0.99999982f);
  float tail = size < 5.5f ? exp2_approx(p) : 0.0f;
  return x > 0 ? fma_rn(-x, tail, x) : x * tail;
}

DEVICE float relu(float x) { return x > 0 ? x : x == x ? 0.0f : x; }
