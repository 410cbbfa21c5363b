// What the host hands to the kernels of attention statistics (io.varlen.internal.cuda writes these bytes).
#pragma once
#include "attention.cuh"

// Per query and head, over the keys that are seen, with s a score and m the largest one.
enum AttentionSum {
  kLargest,   // m; -inf if no key is seen
  kTotal,     // Σ e^(s - m)
  kWeighted,  // Σ e^(s - m) · (s - m)
  kDistance,  // Σ e^(s - m) · tokens from the key to where the query stands
  kFirst,     // e^(s - m) of the first key of the query's own sequence
  kNear,      // Σ e^(s - m) over keys at most `window` tokens from where the query stands
  kOutside,   // Σ e^(s - m) over keys of other sequences
  kAttentionSums
};

struct AttentionStatisticsParams {
  AttentionParams call;  // v, o, lse and sinks are not looked at
  double* sums;          // [kAttentionSums, q_heads, T]
  const int* own_begin;  // [T]: the first key of the query's own sequence, which may be a part of what the mask takes for one
  const int* own_end;    // [T]
  const int* own_key;    // [T]: where the query stands
  int window;
  int reserved;
};
static_assert(sizeof(AttentionStatisticsParams) == sizeof(AttentionParams) + 40, "as the host writes it");
