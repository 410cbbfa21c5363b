// The size of the plain GEMM's blocks.
#pragma once
#include "gemm.cuh"

constexpr u32 kPlainGemmThreads = 256;
constexpr int kPlainGemmTile = 128;   // rows and columns of y
constexpr int kPlainGemmDepth = 16;   // of k
constexpr u32 kPlainGemmSharedBytes = 4 * kPlainGemmDepth * 4 * (kPlainGemmTile + 4);
