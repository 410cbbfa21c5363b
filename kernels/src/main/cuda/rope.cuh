// What the host hands to the rotation kernels.
#pragma once
#include "ptx.cuh"

constexpr u32 kRopeThreads = 256;  // each turns eight pairs

// Head h of token t is elements t · stride + h · head_dim … of x; the first 2 · pairs of a head are turned.
struct RopeParams {
  void* x;
  const float* cosines;  // [positions, pairs]
  const float* sines;
  const int* positions;  // [tokens]
  i64 stride;
  int tokens, heads, head_dim, pairs;
  int neighbours;  // 1: pair i is elements 2i and 2i + 1; 0: i and i + pairs
  int vectors;     // 1: every head starts at a multiple of 16 bytes, and so do its halves and the rows of the tables
};
static_assert(sizeof(RopeParams) == 64, "as written by the host");
