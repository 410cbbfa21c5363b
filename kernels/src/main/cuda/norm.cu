// z = norm(x), and x += y; z = norm(x): by layer (mean and variance) or by the root of the mean square, over the rows of a tensor or over
// the heads of its rows. The variance is of the centred elements, not a difference of squares. A thread keeps its elements as floats in
// shared memory, which no other one reads; which thread adds up what depends on the number of columns alone.
#include "norm.cuh"

#include "elements.cuh"

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

template <typename X, typename Y, typename Z>
DEVICE void normalise_rows(const NormParams& p) {
  bool alone = p.warps_per_row == 1;
  i64 row = alone ? i64(block_index()) * 4 + warp_index() : block_index();
  if (row >= i64(p.tokens) * p.heads) {
    return;
  }
  i64 token = row / p.heads;
  i64 head = (row - token * p.heads) * p.columns;
  X* x = static_cast<X*>(p.x) + token * p.x_stride + head;
  Z* z = static_cast<Z*>(p.z) + token * p.z_stride + head;
  const Y* y = p.y == nullptr ? nullptr : static_cast<const Y*>(p.y) + token * p.y_stride + head;
  u32 row_bytes = (static_cast<u32>(p.columns) + 7) / 8 * 32;
  u32 kept = alone ? warp_index() * row_bytes : 0;
  u32 partial = alone ? 0 : row_bytes;
  int first = 8 * static_cast<int>(alone ? lane_index() : thread_index());
  int step = 8 * 32 * p.warps_per_row;
  float v[8];

  float sum = 0;
  for (int c = first; c < p.columns; c += step) {
    load_some(x + c, p.columns - c, p.vectors, v);
    if (y != nullptr) {
      float addend[8];
      load_some(y + c, p.columns - c, p.vectors, addend);
      UNROLL for (int i = 0; i < 8; i++) {
        v[i] += addend[i];
      }
      if (p.x != p.z) {
        store_some(x + c, p.columns - c, p.vectors, v);
      }
    }
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

// Of x, y and z.
KERNEL(norm_f32_f32_f32, NormParams, kNormThreads, 8) { normalise_rows<float, float, float>(params); }
KERNEL(norm_f32_f16_f32, NormParams, kNormThreads, 8) { normalise_rows<float, fp16, float>(params); }
KERNEL(norm_f32_f16_f16, NormParams, kNormThreads, 8) { normalise_rows<float, fp16, fp16>(params); }
KERNEL(norm_f16_f16_f32, NormParams, kNormThreads, 8) { normalise_rows<fp16, fp16, float>(params); }
KERNEL(norm_f16_f16_f16, NormParams, kNormThreads, 8) { normalise_rows<fp16, fp16, fp16>(params); }
#if WITH_BF16
KERNEL(norm_f32_bf16_f32, NormParams, kNormThreads, 8) { normalise_rows<float, bf16, float>(params); }
KERNEL(norm_f32_bf16_bf16, NormParams, kNormThreads, 8) { normalise_rows<float, bf16, bf16>(params); }
KERNEL(norm_bf16_bf16_f32, NormParams, kNormThreads, 8) { normalise_rows<bf16, bf16, float>(params); }
KERNEL(norm_bf16_bf16_bf16, NormParams, kNormThreads, 8) { normalise_rows<bf16, bf16, bf16>(params); }
#endif
