// y = activation(x Wᵀ + b), or gate ⊙ activation(x Wᵀ + b): what the host hands to the GEMM kernels, and what they do behind the product.
//
// Each element is summed over k in ascending order by one thread (one lane group, with tensor cores): k is never split between blocks,
// so a row's bits depend on that row and the weights alone, whatever the rows around it and their number.
#pragma once
#include "elements.cuh"
#include "numbers.cuh"

enum Activation { kNoActivation, kGelu, kGeluTanh, kSilu, kRelu };

struct GemmParams {
  const void* x;      // [m, k]
  const void* w;      // [n, k], row-major without gaps, of x's type
  const float* bias;  // [n], or null for zeros
  const void* gate;   // [m, n] of x's type, or null for ones
  void* y;            // [m, n]
  i64 x_stride, gate_stride, y_stride;  // elements from row to row
  int m, n, k;
  int activation;  // Activation
  int vectors;     // 1: every row of x and w starts at a multiple of 16 bytes, which the tensor-core kernels ask for
  int y_vectors;   // 1: so does every row of y
};
static_assert(sizeof(GemmParams) == 88, "as written by the host");

template <int N>
DEVICE void activate(float (&v)[N], int activation) {
  switch (activation) {
    case kGelu:
      UNROLL for (int i = 0; i < N; i++) {
        v[i] = gelu(v[i]);
      }
      break;
    case kGeluTanh:
      UNROLL for (int i = 0; i < N; i++) {
        v[i] = gelu_tanh(v[i]);
      }
      break;
    case kSilu:
      UNROLL for (int i = 0; i < N; i++) {
        v[i] = silu(v[i]);
      }
      break;
    case kRelu:
      UNROLL for (int i = 0; i < N; i++) {
        v[i] = relu(v[i]);
      }
      break;
    default:
      break;
  }
}

// Which rows and columns of y a block computes, in units of a tile: eight tiles in a column, then the next column, so that blocks that run
// at one time share rows of x and w in the cache.
struct TilePlace {
  int row, column;
};
DEVICE TilePlace tile_place(u32 block, u32 row_tiles, u32 column_tiles) {
  constexpr u32 kGroup = 8;
  u32 group = block / (kGroup * column_tiles);
  u32 first = group * kGroup;
  u32 height = row_tiles - first < kGroup ? row_tiles - first : kGroup;
  u32 in_group = block - group * kGroup * column_tiles;
  return TilePlace{static_cast<int>(first + in_group % height), static_cast<int>(in_group / height)};
}
