// Sums and rows of a table.
#include "elementwise.cuh"

#include "elements.cuh"

template <typename X, typename Y>
DEVICE void add_elements(const AddParams& p) {
  i64 at = (i64(block_index()) * kElementwiseThreads + thread_index()) * 8;
  if (at >= p.elements) {
    return;
  }
  X* x = static_cast<X*>(p.x) + at;
  float sum[8];
  float addend[8];
  load_some(x, p.elements - at, p.vectors, sum);
  load_some(static_cast<const Y*>(p.y) + at, p.elements - at, p.vectors, addend);
  UNROLL for (int i = 0; i < 8; i++) {
    sum[i] += addend[i];
  }
  store_some(x, p.elements - at, p.vectors, sum);
}

template <typename X, typename Y>
DEVICE void gather_rows(const GatherParams& p) {
  i64 item = i64(block_index()) * kElementwiseThreads + thread_index();
  int items_per_row = (p.columns + 7) / 8;
  i64 row = item / items_per_row;
  if (row >= p.count) {
    return;
  }
  int column = static_cast<int>(item - row * items_per_row) * 8;
  float v[8];
  load_some(static_cast<const X*>(p.table) + i64(p.rows[row]) * p.columns + column, p.columns - column, p.vectors, v);
  store_some(static_cast<Y*>(p.y) + row * p.columns + column, p.columns - column, p.vectors, v);
}

KERNEL(add_f32_f32, AddParams, kElementwiseThreads, 4) { add_elements<float, float>(params); }
KERNEL(add_f32_f16, AddParams, kElementwiseThreads, 4) { add_elements<float, fp16>(params); }
KERNEL(add_f16_f32, AddParams, kElementwiseThreads, 4) { add_elements<fp16, float>(params); }
KERNEL(add_f16_f16, AddParams, kElementwiseThreads, 4) { add_elements<fp16, fp16>(params); }
KERNEL(gather_f32_f32, GatherParams, kElementwiseThreads, 4) { gather_rows<float, float>(params); }
KERNEL(gather_f32_f16, GatherParams, kElementwiseThreads, 4) { gather_rows<float, fp16>(params); }
KERNEL(gather_f16_f16, GatherParams, kElementwiseThreads, 4) { gather_rows<fp16, fp16>(params); }
#if WITH_BF16
KERNEL(add_f32_bf16, AddParams, kElementwiseThreads, 4) { add_elements<float, bf16>(params); }
KERNEL(add_bf16_f32, AddParams, kElementwiseThreads, 4) { add_elements<bf16, float>(params); }
KERNEL(add_bf16_bf16, AddParams, kElementwiseThreads, 4) { add_elements<bf16, bf16>(params); }
KERNEL(gather_f32_bf16, GatherParams, kElementwiseThreads, 4) { gather_rows<float, bf16>(params); }
KERNEL(gather_bf16_bf16, GatherParams, kElementwiseThreads, 4) { gather_rows<bf16, bf16>(params); }
#endif
