// What the host hands to the kernels that treat each element by itself.
#pragma once
#include "ptx.cuh"

constexpr u32 kElementwiseThreads = 256;  // each takes eight elements

// x += y
struct AddParams {
  void* x;
  const void* y;
  i64 elements;  // of tensors without gaps between their rows
  int vectors;   // 1: both start at a multiple of 16 bytes
  int reserved;
};
static_assert(sizeof(AddParams) == 32, "as written by the host");

// y[i] = table[rows[i]]
struct GatherParams {
  const void* table;
  const int* rows;  // [count], each a row of the table
  void* y;          // [count, columns]
  int count, columns;
  int vectors;  // 1: every row of the table and of y starts at a multiple of 16 bytes
  int reserved;
};
static_assert(sizeof(GatherParams) == 40, "as written by the host");
