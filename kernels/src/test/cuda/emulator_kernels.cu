// Kernels for the emulator's own tests, right and wrong ones.
#include "emulator_kernels.h"

// One warp per product of 16×16 by 16×8, through shared memory and load_matrices.
template <typename T>
DEVICE void product(const ProductParams& params) {
  const u32 lane = lane_index(), first = block_index();
  const u16* a = params.a + first * 256;
  const u16* b = params.b + first * 128;
  for (u32 i = lane; i < 32; i += 32) copy_async16(16 * i, a + 8 * i, true);
  if (lane < 16) copy_async16(512 + 16 * lane, b + 8 * lane, true);
  copy_async_commit();
  copy_async_wait<0>();
  sync_warp();
  u32 left[4], right[4];
  load_matrices(left, 32 * (lane % 16) + 16 * (lane / 16));
  load_matrices_transposed(right, 512 + 16 * (lane % 16));
  float d[4] = {1, 1, 1, 1};
  multiply_add(d, left, right[0], right[1], T{});
  const u32 row = lane / 4, column = 2 * (lane % 4);
  float* out = params.d + first * 128;
  UNROLL for (u32 i = 0; i < 4; i++) out[(row + 8 * (i / 2)) * 8 + column + i % 2] = d[i];
}

KERNEL(product_bf16, ProductParams, 32, 1) { product<bf16>(params); }
KERNEL(product_fp16, ProductParams, 32, 1) { product<fp16>(params); }

// Sums 4 numbers per thread over the block, in the way that `fault` says.
KERNEL(sum_of_block, SumParams, 256, 1) {
  const u32 t = thread_index(), threads = thread_count();
  Words4 zero{{0, 0, 0, 0}};
  store_shared(16 * t, zero);
  if (params.fault == BEYOND_SHARED) store_shared(16 * threads, zero);
  if (params.fault == MISALIGNED) store_shared<float>(16 * t + 2, 0.f);
  if (params.fault != UNBARRED_REWRITE) sync_block();
  copy_async16(16 * ((t + 1) % threads), params.in + 4 * (block_index() * threads + t), true);
  if (params.fault != NO_COMMIT) copy_async_commit();
  if (params.fault != NO_WAIT) copy_async_wait<0>();
  if (params.fault != NO_BARRIER) sync_block();
  Words4 four = load_shared<Words4>(16 * t);
  float sum = bits_float(four.word[0]) + bits_float(four.word[1]) + bits_float(four.word[2]) + bits_float(four.word[3]);
  if (params.fault == DIVERGENT_LANES && t % 32 < 16) {
    for (int mask = 1; mask < 32; mask *= 2) sum += shuffle_xor(sum, mask);
  } else if (params.fault == ENDED_LANE && t == 33) {
    return;
  } else {
    for (int mask = 1; mask < 32; mask *= 2) sum += shuffle_xor(sum, mask);
  }
  if (params.fault == UNWRITTEN) sum += load_shared<float>(16 * threads);
  if (params.fault == UNBARRED_REUSE && t == 0) store_shared<float>(16, sum);
  if (params.fault == DIVERGENT_WARPS && t < 32) sync_block();
  sync_block();
  if (t % 32 == 0) store_shared<float>(4 * (t / 32), sum);
  sync_block();
  if (t == 0) {
    float total = 0;
    for (u32 i = 0; i < threads / 32; i++) total += load_shared<float>(4 * i);
    params.out[block_index() + (params.fault == BEYOND_GLOBAL ? block_count() : 0)] = total;
  }
}

// Lanes hand numbers to their neighbours through shared memory, with and without sync_warp.
KERNEL(neighbours, SumParams, 256, 1) {
  const u32 t = thread_index(), other = t ^ 1;
  store_shared<float>(4 * t, params.in[t]);
  if (params.fault != NO_BARRIER) sync_warp();
  const float value = load_shared<float>(4 * other);
  if (params.fault != UNBARRED_REUSE) sync_warp();
  store_shared<float>(4 * t, value);
  sync_warp();
  params.out[t] = load_shared<float>(4 * (params.fault == OTHER_WARP ? t ^ 32 : t));
}
