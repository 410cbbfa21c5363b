// z = norm(x), and x += y; z = norm(x): over the rows of a tensor or over the heads of its rows.
#include "norm.cuh"

template <typename X, typename Y, typename Z>
DEVICE void normalise_rows(const NormParams& p) {
  i64 row = norm_row_index(p.warps_per_row);
  if (row >= i64(p.tokens) * p.heads) {
    return;
  }
  i64 token = row / p.heads;
  i64 head = (row - token * p.heads) * p.columns;
  X* x = static_cast<X*>(p.x) + token * p.x_stride + head;
  Z* z = static_cast<Z*>(p.z) + token * p.z_stride + head;
  const Y* y = p.y == nullptr ? nullptr : static_cast<const Y*>(p.y) + token * p.y_stride + head;
  auto load = [&](int c, float(&v)[8]) {
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
  };
  normalise_row(p, load, z);
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
