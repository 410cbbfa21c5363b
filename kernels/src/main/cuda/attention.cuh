// What the host hands to the attention kernels (io.varlen.internal.cuda writes these bytes; offsets are checked by a test).
#pragma once
#include "ptx.cuh"

// Some queries of one sequence, and the keys that they see. All indices count in the packed axes.
struct AttentionTile {
  int query_begin, query_end;
  int key_begin, key_end;    // first key that any query of the tile sees, and behind the last; equal if none is seen
  int full_begin, full_end;  // every query of the tile sees all of these keys; empty if full_begin >= full_end; never with dense bits
  int sequence_key_begin;    // key 0 of the sequence: key steps and the columns of a bias start here, so bits do not depend on the place
  int sequence;
};

struct AttentionParams {
  const void* q;  // [T, q_heads, head_dim], `q_stride` elements from token to token, heads side by side
  const void* k;  // [S, k_heads, head_dim]
  const void* v;
  void* o;                     // [T, q_heads, head_dim]
  float* lse;                  // [q_heads, T], natural logarithm; or null
  const AttentionTile* tiles;  // what costs most comes first
  const int* low;              // [T]: query t sees the keys [low[t], high[t])
  const int* high;
  const float* bias;       // row (h · bias_head_stride + t), bias_columns per row; or null
  const float* sinks;      // [q_heads]; or null
  const u64* dense;        // a bit per pair, or null: bit j % 64 of word dense_rows[t] + j / 64 for key sequence_key_begin + j
  const i64* dense_rows;   // [T]
  i64 q_stride, k_stride, v_stride, o_stride;
  i64 bias_columns, bias_head_stride;  // bias_head_stride is 0 where all heads share a bias, else T
  int tokens;                          // T
  int tiles_count;
  int q_heads, k_heads, head_dim;
  float scale;
  float softcap;  // 0 for none
  int reserved;
};
