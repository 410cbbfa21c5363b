// What the host hands to the normalisation kernels.
#pragma once
#include "norm_row.cuh"

// Row (t, h) is elements t · stride + h · columns … + columns - 1, for t < tokens and h < heads.
struct NormParams {
  void* x;             // where y is added it gets the sum, unless it is z
  const void* y;       // or null for nothing to add
  void* z;             // may be x
  const float* gamma;  // [columns], or null for ones
  const float* beta;   // [columns], or null for zeros
  i64 x_stride, y_stride, z_stride;
  int tokens, heads, columns;
  int warps_per_row;  // 1, and a block takes four rows; or 4, and it takes one
  int centred;        // 1: the mean is taken away first
  int vectors;        // 1: every row of x, y and z starts at a multiple of 16 bytes
  float epsilon;
  int reserved;
};
static_assert(sizeof(NormParams) == 96, "as written by the host");
