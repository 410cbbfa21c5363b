// What the host hands to the kernels of embeddings.
#pragma once
#include "norm_row.cuh"

// x[i] = table[rows[i]] + addend[addend_rows[i]]; z = norm(x)
struct EmbeddingParams {
  const float* table;
  const int* rows;  // [count], each a row of the table
  const float* addend;
  const int* addend_rows;  // the same of the addend; both null for nothing to add
  void* x;                 // [count, columns]; gets the sum, unless it is z
  void* z;                 // [count, columns]
  const float* gamma;      // [columns], or null for ones
  const float* beta;       // [columns], or null for zeros
  int count, columns;
  int warps_per_row;  // 1, and a block takes four rows; or 4, and it takes one
  int centred;        // 1: the mean is taken away first
  int vectors;        // 1: every row of the tables, of x and of z starts at a multiple of 16 bytes
  float epsilon;
};
static_assert(sizeof(EmbeddingParams) == 88, "as written by the host");
