// What the host hands to the kernels for short sequences (io.varlen.internal.cuda writes these bytes; offsets are checked by a test).
#pragma once
#include "attention.cuh"

// 16 rows of a tile, all of one sequence. The query heads that share a key head are folded into rows: row i of a sequence is head i % n of
// its query i / n, for n query heads per key head. A tile is 4 or 8 groups; it holds several whole sequences, or some rows of one.
struct ShortGroup {
  int query_begin;          // the sequence's first query
  int row_begin;            // the group's first row, counted in the sequence
  int row_count;            // 0 … 16
  int slot;                 // the row of the tile's keys at which the sequence begins; a multiple of 16
  int key_begin, key_end;   // the sequence's keys
  int copy_begin;           // the key that row 16 i of the tile's keys receives in group i; later steps continue behind the tile's last row
  int copy_end;             // rows from this key on receive zeros; not behind copy_begin if nothing reads them
};

struct ShortAttentionParams {
  AttentionParams call;      // but for its tiles
  const ShortGroup* groups;  // 4 or 8 per tile, as the kernel's name says; group 0 has rows
  int tiles;
  int full;  // every query sees all keys of its sequence: low and high are not read
};

static_assert(sizeof(ShortGroup) == 32, "as the host writes it");
static_assert(sizeof(AttentionParams) == 176, "as the host writes it");
static_assert(sizeof(ShortAttentionParams) == 192, "as the host writes it");
