// The sizes of the tensor-core GEMM's blocks: large ones, and small ones for where there are too few large ones for all multiprocessors.
#pragma once
#include "gemm.cuh"

constexpr int kTensorGemmDepth = 32;  // of k, per stage
constexpr int kTensorGemmStages = 4;

// A block computes kTile × kTile of y.
template <int kTile>
struct TensorGemm {
  static constexpr u32 kThreads = kTile * 2;
  static constexpr u32 kMatrixBytes = kTile * kTensorGemmDepth * 2;  // of x or of w, per stage
  static constexpr u32 kStageBytes = 2 * kMatrixBytes;
  static constexpr u32 kSharedBytes = kTensorGemmStages * kStageBytes;
  static_assert(kTile * kTile * 4 <= kSharedBytes, "the product is staged where x and w were");
};
