// The rows of a sequence become one. A block has 256 columns of one sequence: warp w adds up rows w, w + 8, w + 16, …, and the warps' sums
// are added in their order, so that the bits depend on the sequence alone.
#include "pool.cuh"

#include "elements.cuh"

DEVICE float larger(float x, float y) { return y > x || y != y ? y : x; }  // NaN if one is

template <typename T>
DEVICE void pool_rows(const PoolParams& p) {
  int blocks_per_row = (p.columns + kPoolColumns - 1) / kPoolColumns;
  int sequence = static_cast<int>(block_index()) / blocks_per_row;
  int column = (static_cast<int>(block_index()) - sequence * blocks_per_row) * kPoolColumns + 8 * static_cast<int>(lane_index());
  int left = p.columns - column;
  int begin = p.cu_seqlens[sequence];
  int rows = p.cu_seqlens[sequence + 1] - begin;
  int warp = static_cast<int>(warp_index());
  const T* x = static_cast<const T*>(p.x) + begin * p.x_stride + column;
  bool max = p.kind == kPoolMax;
  bool one = p.kind == kPoolFirst || p.kind == kPoolLast;
  if (one) {
    x += (p.kind == kPoolLast ? rows - 1 : 0) * p.x_stride;
    rows = 1;
  }

  float pooled[8];
  UNROLL for (int i = 0; i < 8; i++) {
    pooled[i] = max ? -bits_float(0x7f800000u) : 0.0f;
  }
  for (int row = warp; row < rows && left > 0; row += 8) {
    float v[8];
    load_some(x + row * p.x_stride, left, p.vectors, v);
    float weight = p.kind == kPoolWeightedMean ? static_cast<float>(row + 1) : 1.0f;
    UNROLL for (int i = 0; i < 8; i++) {
      pooled[i] = max ? larger(pooled[i], v[i]) : fma_rn(weight, v[i], pooled[i]);
    }
  }
  store8_shared(32 * thread_index(), pooled);
  sync_block();
  if (warp != 0 || left <= 0) {
    return;
  }
  for (int other = 1; other < 8 && other < rows; other++) {
    float v[8];
    load8_shared(32 * (thread_index() + 32 * static_cast<u32>(other)), v);
    UNROLL for (int i = 0; i < 8; i++) {
      pooled[i] = max ? larger(pooled[i], v[i]) : pooled[i] + v[i];
    }
  }
  float count = static_cast<float>(rows);
  float divisor = 1.0f;
  if (p.kind == kPoolMean) {
    divisor = count;
  } else if (p.kind == kPoolMeanSqrtLength) {
    divisor = sqrt_rn(count);
  } else if (p.kind == kPoolWeightedMean) {
    divisor = 0.5f * count * (count + 1.0f);
  }
  UNROLL for (int i = 0; i < 8; i++) {
    pooled[i] = divide_rn(pooled[i], divisor);
  }
  store_some(p.y + i64(sequence) * p.columns + column, left, p.vectors, pooled);
}

KERNEL(pool_f32, PoolParams, kPoolThreads, 4) { pool_rows<float>(params); }
KERNEL(pool_f16, PoolParams, kPoolThreads, 4) { pool_rows<fp16>(params); }
#if WITH_BF16
KERNEL(pool_bf16, PoolParams, kPoolThreads, 4) { pool_rows<bf16>(params); }
#endif
