// What the host hands to the kernels that treat each element by itself.
#pragma once
#include "ptx.cuh"

constexpr u32 kElementwiseThreads = 256;  // each takes eight elements

// x += y
struct AddParams {
  void* x;
  const void* y;
  i64 elements;  // of tensors without gaps between their rows, aligned to 16 bytes
};
static_assert(sizeof(AddParams) == 24, "as written by the host");

// y[i] = table[rows[i]]
struct GatherParams {
  const float* table;
  const int* rows;  // [count], each a row of the table
  void* y;          // [count, columns]
  int count, columns;
};
static_assert(sizeof(GatherParams) == 32, "as written by the host");
