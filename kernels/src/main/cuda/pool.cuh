// What the host hands to the pooling kernels.
#pragma once
#include "ptx.cuh"

constexpr u32 kPoolThreads = 256;
constexpr int kPoolColumns = 256;  // of one block
constexpr u32 kPoolSharedBytes = kPoolThreads * 32;

enum PoolKind { kPoolMean, kPoolFirst, kPoolLast, kPoolMax, kPoolMeanSqrtLength, kPoolWeightedMean };

// y[i] = the pooled rows cu_seqlens[i] … cu_seqlens[i + 1] - 1 of x, of which there is at least one.
struct PoolParams {
  const void* x;
  const int* cu_seqlens;  // [sequences + 1]
  float* y;               // [sequences, columns]
  i64 x_stride;
  int sequences, columns;
  int kind;     // PoolKind
  int vectors;  // 1: every row of x and y starts at a multiple of 16 bytes
};
static_assert(sizeof(PoolParams) == 48, "as written by the host");
