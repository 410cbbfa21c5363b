// Tiles of short sequences, as io.varlen.internal.cuda.ShortTiles makes them.
#pragma once
#include "../../main/cuda/attention_short.cuh"
#include "attention_call.h"

namespace attention {

// `groups` of 16 rows per tile; sequences that fit together share one, in their order.
template <typename T>
std::vector<ShortGroup> short_tiles(const Call<T>& call, int groups) {
  const int size = groups * 16;
  const int heads = call.form().group;
  std::vector<ShortGroup> made;
  int rows_used = groups, keys_used = groups;  // of the last tile, in groups
  for (size_t s = 0; s < call.sequences().size(); s++) {
    const int rows = call.sequences()[s].queries * heads;
    const int keys = call.sequences()[s].keys;
    if (rows == 0) {
      continue;
    }
    const bool whole = rows <= size && keys <= size;
    const int row_groups = (rows + 15) / 16, key_groups = (keys + 15) / 16;
    for (int from = 0; from < rows; from += size) {
      if (!whole || rows_used + row_groups > groups || keys_used + key_groups > groups) {
        made.resize(made.size() + static_cast<size_t>(groups), ShortGroup{});
        rows_used = keys_used = 0;
      }
      ShortGroup* tile = &made[made.size() - static_cast<size_t>(groups)];
      for (int i = 0; i < groups && from + 16 * i < rows; i++) {
        ShortGroup& group = tile[rows_used + i];
        group.query_begin = call.query_starts[s];
        group.row_begin = from + 16 * i;
        group.row_count = std::min(16, rows - group.row_begin);
        group.slot = keys_used * 16;
        group.key_begin = call.key_starts[s];
        group.key_end = call.key_starts[s + 1];
      }
      for (int i = 0; i < groups && 16 * i < keys; i++) {
        tile[keys_used + i].copy_begin = call.key_starts[s] + 16 * i;
        tile[keys_used + i].copy_end = call.key_starts[s + 1];
      }
      rows_used = whole ? rows_used + row_groups : groups;
      keys_used = whole ? keys_used + key_groups : groups;
    }
  }
  return made;
}

}  // namespace attention
