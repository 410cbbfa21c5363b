// z = norm(x) for one row of x, wherever its elements come from: by layer (mean and variance) or by the root of the mean square. The
// variance is of the centred elements, not a difference of squares. A thread keeps its elements as floats in shared memory, which no other one
// reads; which thread adds up what depends on the number of columns alone.
#pragma once
#include "elements.cuh"

constexpr u32 kNormThreads = 128;

// A row of floats each, and a sum per warp.
constexpr u32 norm_shared_bytes(int columns, int warps_per_row) {
  return (static_cast<u32>(columns) + 7) / 8 * 32 * (4 / static_cast<u32>(warps_per_row)) + 16;
}

// Over the threads of a row; `partial` is where a block keeps a float per warp.
DEVICE float sum_of_row(float x, int warps_per_row, u32 partial) {
  x = sum_of_warp(x);
  if (warps_per_row == 1) {
    return x;
  }
  if (lane_index() == 0) {
    store_shared(partial + 4 * warp_index(), x);
  }
  sync_block();
  float sum = (load_shared<float>(partial) + load_shared<float>(partial + 4)) +
              (load_shared<float>(partial + 8) + load_shared<float>(partial + 12));
  sync_block();
  return sum;
}

// The row that this thread's warp or block has.
DEVICE i64 norm_row_index(int warps_per_row) {
  return warps_per_row == 1 ? i64(block_index()) * 4 + warp_index() : block_index();
}

// Params has gamma, beta, columns, warps_per_row, centred, vectors and epsilon; `load(c, v)` gives elements c … c + 7, zeros behind the last
// one.
template <typename Z, typename Params, typename Load>
DEVICE void normalise_row(const Params& p, Load load, Z* z) {
  bool alone = p.warps_per_row == 1;
  u32 row_bytes = (static_cast<u32>(p.columns) + 7) / 8 * 32;
  u32 kept = alone ? warp_index() * row_bytes : 0;
  u32 partial = alone ? 0 : row_bytes;
  int first = 8 * static_cast<int>(alone ? lane_index() : thread_index());
  int step = 8 * 32 * p.warps_per_row;
  float v[8];

  float sum = 0;
  for (int c = first; c < p.columns; c += step) {
    load(c, v);
    store8_shared(kept + 4 * static_cast<u32>(c), v);
    sum += sum_of(v);
  }
  float mean = p.centred ? divide_rn(sum_of_row(sum, p.warps_per_row, partial), static_cast<float>(p.columns)) : 0.0f;

  float squares = 0;
  for (int c = first; c < p.columns; c += step) {
    load8_shared(kept + 4 * static_cast<u32>(c), v);
    UNROLL for (int i = 0; i < 8; i++) {
      float centred = c + i < p.columns ? v[i] - mean : 0.0f;
      v[i] = centred * centred;
    }
    squares += sum_of(v);
  }
  float variance = divide_rn(sum_of_row(squares, p.warps_per_row, partial), static_cast<float>(p.columns));
  float scale = divide_rn(1.0f, sqrt_rn(variance + p.epsilon));

  for (int c = first; c < p.columns; c += step) {
    load8_shared(kept + 4 * static_cast<u32>(c), v);
    float gamma[8];
    float beta[8];
    if (p.gamma != nullptr) {
      load_some(p.gamma + c, p.columns - c, p.vectors, gamma);
    }
    if (p.beta != nullptr) {
      load_some(p.beta + c, p.columns - c, p.vectors, beta);
    }
    UNROLL for (int i = 0; i < 8; i++) {
      float scaled = (v[i] - mean) * scale;
      v[i] = (p.gamma == nullptr ? scaled : scaled * gamma[i]) + (p.beta == nullptr ? 0.0f : beta[i]);
    }
    store_some(z + c, p.columns - c, p.vectors, v);
  }
}
