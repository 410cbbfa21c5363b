// Needs sm_80.
//
// Attention for short sequences, which memory bandwidth bounds: persistent thread blocks that copy the next tile while
// they compute one, every byte of it in pieces of 16, and several whole sequences per tile, each warp visiting its own sequence's keys only.
//
// A unit of work is a tile for one key head, or 64 to 128 keys of it where the sequence has more than the tile. There are two stages of
// shared memory for units, and a ring of three tiles' descriptions, which are copied one tile earlier still. Per warp it computes what
// attention_sm80.cu does, in the same steps, so a sequence has the same bits by either.
#include "attention_short.cuh"
#include "attention_tensor.cuh"

template <typename T, int DIM, int GROUPS>
struct AttentionShort {
  static constexpr int kThreads = 32 * GROUPS;
  static constexpr int kRows = 16 * GROUPS;  // of queries, and of keys
  static constexpr int kStep = kStepKeys<DIM>;
  using Rows = SharedRows<DIM>;
  using Copier = RowCopier<DIM, kThreads>;
  static constexpr u32 kTile = kRows * Rows::kBytes;
  static constexpr u32 kStage = 3 * kTile;  // queries, keys, values
  static constexpr u32 kDescription = GROUPS * sizeof(ShortGroup);
  static constexpr u32 kDescriptions = 2 * kStage;
  static_assert(kRows % kStep == 0, "a tile is whole steps");

  // Rows of a sequence are its queries times the query heads of a key head. 1/count as a fraction of 2^20 is exact enough for the rows
  // that the host admits: row · count < 2^20.
  struct Folding {
    u32 count, inverse;

    DEVICE explicit Folding(const AttentionParams& call)
        : count(static_cast<u32>(call.q_heads / call.k_heads)), inverse(((1u << 20) + count - 1) / count) {}
    DEVICE int query(int row) const { return static_cast<int>(static_cast<u64>(row) * inverse >> 20); }
    DEVICE int head(int row, int key_head) const { return row + (key_head - query(row)) * static_cast<int>(count); }
    // Where a row lies among queries or outputs.
    DEVICE i64 element(const AttentionParams& call, const ShortGroup& group, int row, int key_head, i64 stride) const {
      row += group.row_begin;
      return (group.query_begin + query(row)) * stride + static_cast<i64>(head(row, key_head)) * call.head_dim;
    }
  };

  // A tile and a key head, the how-manieth of this block, and which step of its keys. Blocks take turns, key heads first.
  struct Unit {
    int tile, key_head, ordinal, step;

    DEVICE u32 description() const { return kDescriptions + static_cast<u32>(ordinal % 3) * kDescription; }
    DEVICE ShortGroup group(int i) const {
      u32 at = description() + static_cast<u32>(i) * sizeof(ShortGroup);
      Words4 rows = load_shared<Words4>(at);
      Words4 keys = load_shared<Words4>(at + 16);
      return {static_cast<int>(rows.word[0]), static_cast<int>(rows.word[1]), static_cast<int>(rows.word[2]),
              static_cast<int>(rows.word[3]), static_cast<int>(keys.word[0]), static_cast<int>(keys.word[1]),
              static_cast<int>(keys.word[2]), static_cast<int>(keys.word[3])};
    }
    // Only a tile of one sequence has several.
    DEVICE bool last_step() const {
      Words4 keys = load_shared<Words4>(description() + 16);
      return static_cast<int>(keys.word[1]) - static_cast<int>(keys.word[0]) <= (step + 1) * kRows;
    }
  };
  struct Turns {
    int tiles, key_heads, tile_turn, head_turn;

    DEVICE explicit Turns(const ShortAttentionParams& params)
        : tiles(params.tiles),
          key_heads(params.call.k_heads),
          tile_turn(static_cast<int>(block_count()) / key_heads),
          head_turn(static_cast<int>(block_count()) % key_heads) {}
    DEVICE Unit first() const {
      return {static_cast<int>(block_index()) / key_heads, static_cast<int>(block_index()) % key_heads, 0, 0};
    }
    DEVICE Unit next_tile(const Unit& unit) const {
      int key_head = unit.key_head + head_turn;
      bool over = key_head >= key_heads;
      return {unit.tile + tile_turn + over, over ? key_head - key_heads : key_head, unit.ordinal + 1, 0};
    }
    DEVICE Unit next(const Unit& unit) const {
      return unit.last_step() ? next_tile(unit) : Unit{unit.tile, unit.key_head, unit.ordinal, unit.step + 1};
    }
  };

  DEVICE static void copy_description(const ShortAttentionParams& params, const Unit& unit) {
    if (thread_index() < kDescription / 16 && unit.tile < params.tiles) {
      const u8* from = reinterpret_cast<const u8*>(params.groups + static_cast<i64>(unit.tile) * GROUPS);
      copy_async16(unit.description() + thread_index() * 16, from + thread_index() * 16, true);
    }
  }

  DEVICE static void copy(const ShortAttentionParams& params, const Folding& folding, const Turns& turns, const Unit& unit, u32 stage) {
    const AttentionParams& call = params.call;
    UNROLL
    for (int pass = 0; pass < kRows / Copier::kRows; pass++) {
      int row = Copier::row() + pass * Copier::kRows;
      int in_group = row % 16;
      ShortGroup group = unit.group(row / 16);
      if (unit.step == 0 && group.row_count > 0) {
        bool own = in_group < group.row_count;
        i64 from = folding.element(call, group, own ? in_group : 0, unit.key_head, call.q_stride);
        Copier::copy(stage, row, static_cast<const T*>(call.q) + from, own, call.head_dim);
      }
      int key = group.copy_begin + unit.step * kRows;
      if (key < group.copy_end) {
        key += in_group;
        int column = unit.key_head * call.head_dim;
        Copier::copy(stage + kTile, row, static_cast<const T*>(call.k) + key * call.k_stride + column, key < group.copy_end, call.head_dim);
        Copier::copy(stage + 2 * kTile, row, static_cast<const T*>(call.v) + key * call.v_stride + column, key < group.copy_end,
                     call.head_dim);
      }
    }
    if (unit.step == 0) {
      copy_description(params, turns.next_tile(unit));
    }
    copy_async_commit();
  }

  // Behind the last key that a group sees: its last row's, as ends never decrease.
  DEVICE static int seen_end(const ShortAttentionParams& params, const Folding& folding, const ShortGroup& group) {
    int last = group.row_begin + group.row_count - 1;
    return params.full ? group.key_end : params.call.high[group.query_begin + folding.query(last)];
  }

  // Hides what the two rows of a lane do not see.
  DEVICE static void mask(const ShortAttentionParams& params, const Folding& folding, const ShortGroup& group, int first,
                          BandScores<kStep>& scores) {
    int low[2], high[2];
    UNROLL
    for (int r = 0; r < 2; r++) {
      int row = static_cast<int>(lane_index() / 4) + 8 * r;
      int query = group.query_begin + folding.query(group.row_begin + row);
      bool listed = !params.full && row < group.row_count;
      low[r] = listed ? params.call.low[query] : group.key_begin;
      high[r] = listed ? params.call.high[query] : group.key_end;
    }
    scores.mask(low, high, first);
  }

  DEVICE static void run(const ShortAttentionParams& params) {
    const ScoreScale scale(params.call);
    const Folding folding(params.call);
    const Turns turns(params);
    const u32 own = warp_index() * 16 * Rows::kBytes;
    Unit unit = turns.first();
    if (unit.tile >= params.tiles) {
      return;
    }
    copy_description(params, unit);
    copy_async_commit();
    copy_async_wait<0>();
    sync_block();
    u32 stage = 0;
    copy(params, folding, turns, unit, stage);
    BandOutput<T, DIM> output[1];
    BandQueries<T, DIM, 1, true> queries(own);
    while (true) {
      copy_async_wait<0>();
      sync_block();  // the unit is there, and all are done with the one before
      const Unit next = turns.next(unit);
      if (next.tile < params.tiles) {
        copy(params, folding, turns, next, kStage - stage);
      }
      const ShortGroup group = unit.group(static_cast<int>(warp_index()));
      if (group.row_count > 0) {
        if (unit.step == 0) {
          queries.lane = LaneOffsets<DIM>(stage + own, lane_index() & 15, lane_index() >> 4);
          queries.keep();
          output[0].clear();
        }
        const int end = seen_end(params, folding, group);
        const int first = group.key_begin + unit.step * kRows;
        for (int key = first; key < end && key < first + kRows; key += kStep) {
          const int left = end - key;
          const int groups = left < kStep ? (left + 15) / 16 : kStep / 16;
          const u32 row = static_cast<u32>(group.slot + key - first);
          BandScores<kStep> scores[1];
          queries.score(scores, stage + kTile + row * Rows::kBytes, groups);
          if (scale.transforms()) {
            scores[0].transform(scale);
          }
          if (!params.full || left < kStep) {
            mask(params, folding, unit.group(static_cast<int>(warp_index())), key, scores[0]);
          }
          output[0].weigh(scores[0], scale.times);
          add_values(output, scores, stage + 2 * kTile + row * Rows::kBytes, groups);
        }
        if (unit.last_step()) {
          finish(params.call, folding, unit.group(static_cast<int>(warp_index())), unit.key_head, stage + own, scale, output[0]);
        }
      }
      if (next.tile >= params.tiles) {
        break;
      }
      unit = next;
      stage = kStage - stage;
    }
  }

  // `rows`: where the group's queries were, which nobody reads any more.
  DEVICE static void finish(const AttentionParams& call, const Folding& folding, const ShortGroup& group, int key_head, u32 rows,
                            const ScoreScale& scale, BandOutput<T, DIM>& output) {
    sync_warp();
    UNROLL
    for (int r = 0; r < 2; r++) {
      int row = static_cast<int>(lane_index() / 4) + 8 * r;
      int head = folding.head(group.row_begin + row, key_head);
      float lse = output.finish(r, scale.times, call.sinks ? call.sinks[head] : -infinity());
      if (call.lse && lane_index() % 4 == 0 && row < group.row_count) {
        call.lse[static_cast<i64>(head) * call.tokens + group.query_begin + folding.query(group.row_begin + row)] = lse;
      }
    }
    output.store(rows);
    sync_warp();
    for (u32 i = lane_index(); i < 16 * Rows::kChunks; i += 32) {
      u32 row = i / Rows::kChunks;
      u32 chunk = i % Rows::kChunks;
      if (static_cast<int>(row) < group.row_count && static_cast<int>(chunk * 8) < call.head_dim) {
        T* to = static_cast<T*>(call.o) + folding.element(call, group, static_cast<int>(row), key_head, call.o_stride) + chunk * 8;
        *reinterpret_cast<Words4*>(to) = load_shared<Words4>(rows + Rows::offset(row, chunk));
      }
    }
  }
};

// `groups` of 16 rows per tile; `blocks` is how many fit the shared memory and registers of one multiprocessor.
#define ATTENTION_SHORT(name, type, dim, groups, blocks)                                               \
  KERNEL(attention_short_##name##_##dim##_##groups, ShortAttentionParams, 32 * groups, blocks) { \
    AttentionShort<type, dim, groups>::run(params);                                                    \
  }
#define ATTENTION_SHORT_DIMS(name, type) \
  ATTENTION_SHORT(name, type, 32, 4, 4)  \
  ATTENTION_SHORT(name, type, 32, 8, 2)  \
  ATTENTION_SHORT(name, type, 64, 4, 4)  \
  ATTENTION_SHORT(name, type, 64, 8, 2)  \
  ATTENTION_SHORT(name, type, 96, 4, 2)  \
  ATTENTION_SHORT(name, type, 128, 4, 2)
ATTENTION_SHORT_DIMS(f16, fp16)
ATTENTION_SHORT_DIMS(bf16, bf16)
