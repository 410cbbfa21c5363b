// The size of the tensor-core GEMM's blocks.
#pragma once
#include "gemm.cuh"

constexpr u32 kTensorGemmThreads = 256;
constexpr int kTensorGemmTile = 128;   // rows and columns of y
constexpr int kTensorGemmDepth = 32;   // of k, per stage
constexpr int kTensorGemmStages = 4;
constexpr u32 kTensorGemmStageBytes = 2 * kTensorGemmTile * kTensorGemmDepth * 2;
constexpr u32 kTensorGemmSharedBytes = kTensorGemmStages * kTensorGemmStageBytes;
