// What the host hands to the kernels of standard attention.
#pragma once
#include "ptx.cuh"

constexpr u32 kStandardThreads = 256;
constexpr int kStandardTile = 64;  // rows and columns of a product per block
constexpr int kStandardStep = 16;  // of the dimension that is summed over
constexpr u32 kStandardProductShared = 2 * kStandardStep * (kStandardTile + 4) * 4;
constexpr u32 kStandardSoftmaxShared = kStandardThreads / 32 * 4;

// Sequences of one length, of which each token sees all others.
struct StandardParams {
  const void* q;  // [batch · length, q_heads, head_dim], `q_stride` elements from token to token
  const void* k;  // [batch · length, k_heads, head_dim]
  const void* v;
  void* o;        // [batch · length, q_heads, head_dim]
  float* scores;  // [batch, q_heads, length, length]: first scores, then weights
  i64 q_stride, k_stride, v_stride, o_stride;
  int batch, length;
  int q_heads, k_heads, head_dim;
  float scale;
};
static_assert(sizeof(StandardParams) == 96, "as written by the host");
