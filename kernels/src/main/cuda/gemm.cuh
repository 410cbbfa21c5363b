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
  void* y;            // [m, n]; may be the gate
  i64 x_stride, gate_stride, y_stride;  // elements from row to row
  int m, n, k;
  int activation;  // Activation
  int vectors;     // 1: every row of x and w starts at a multiple of 16 bytes, which the tensor-core kernels ask for
  int y_vectors;   // 1: so do the bias and every row of y and of the gate
};
static_assert(sizeof(GemmParams) == 88, "as written by the host");

DEVICE void activate(float (&v)[8], int activation) {
  UNROLL for (int i = 0; i < 8; i++) {
    switch (activation) {
      case kGelu:
        v[i] = gelu(v[i]);
        break;
      case kGeluTanh:
        v[i] = gelu_tanh(v[i]);
        break;
      case kSilu:
        v[i] = silu(v[i]);
        break;
      case kRelu:
        v[i] = relu(v[i]);
        break;
      default:
        break;
    }
  }
}

// Makes eight elements of y out of the product's, as far as they are inside y.
template <typename T, typename Y>
DEVICE void finish8(const GemmParams& p, i64 row, int column, float (&v)[8]) {
  i64 left = p.n - column;
  if (row >= p.m || left <= 0) {
    return;
  }
  float other[8];
  if (p.bias != nullptr) {
    load_some(p.bias + column, left, p.y_vectors, other);
    UNROLL for (int i = 0; i < 8; i++) {
      v[i] += other[i];
    }
  }
  activate(v, p.activation);
  if (p.gate != nullptr) {
    load_some(static_cast<const T*>(p.gate) + row * p.gate_stride + column, left, p.y_vectors, other);
    UNROLL for (int i = 0; i < 8; i++) {
      v[i] *= other[i];
    }
  }
  store_some(static_cast<Y*>(p.y) + row * p.y_stride + column, left, p.y_vectors, v);
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
