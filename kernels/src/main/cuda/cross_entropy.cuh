// What the host hands to the cross entropy kernel.
#pragma once
#include "ptx.cuh"

constexpr u32 kCrossEntropyThreads = 128;  // of one row
constexpr u32 kCrossEntropySharedBytes = 32;

// Of all logits of a row so far: log Σ exp(logit) is largest + ln(sum).
struct CrossEntropyRow {
  float largest;
  float sum;     // of exp(logit - largest)
  float target;  // the logit of the row's target; -inf where no column was it
  float reserved;
};
static_assert(sizeof(CrossEntropyRow) == 16, "what the host makes room for");

struct CrossEntropyParams {
  const float* logits;    // [rows, columns], `stride` elements from row to row: of the columns from first_column on
  const int* targets;     // [rows], columns of the whole
  CrossEntropyRow* sums;  // [rows]; begun where first_column is 0, else continued
  float* nll;             // [rows], written with the last columns: log Σ exp(logit) - the target's, NaN where that is negative; else null
  i64 stride;
  int rows, columns, first_column;
  int vectors;  // 1: every row of the logits starts at a multiple of 16 bytes
};
static_assert(sizeof(CrossEntropyParams) == 56, "as written by the host");
