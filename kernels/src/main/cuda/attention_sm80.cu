// Needs sm_80.
//
// Attention on tensor cores: a thread block computes one tile of queries for one head and visits its keys in steps.
//
// While a step's scores are computed its values are on their way, and the next step's keys while its values are added up; other blocks
// of the multiprocessor fill the gaps. Steps start at the sequence's own first key and tiles at its first query, so that a sequence's
// bits depend on nothing else. Rows of keys and values behind what the tile sees are zeros, whatever lies there.
#include "attention_tensor.cuh"

template <typename T, int DIM>
struct AttentionSm80 {
  static constexpr int kThreads = 128;
  static constexpr int kBands = DIM <= 128 ? 2 : 1;
  static constexpr int kRows = kThreads / 32 * 16 * kBands;
  static constexpr int kKeys = kStepKeys<DIM>;
  static constexpr bool kQueriesKept = DIM <= 64;
  using Rows = SharedRows<DIM>;
  using Copier = RowCopier<DIM, kThreads>;
  static constexpr u32 kKeysAt = kRows * Rows::kBytes;
  static constexpr u32 kValuesAt = kKeysAt + kKeys * Rows::kBytes;

  // Copies the tile's own rows of the step from `step_key` on, of keys or values.
  DEVICE static void copy_step(const AttentionParams& params, const AttentionTile& tile, int step_key, int key_head, u32 to, const void* all,
                               i64 stride) {
    const int end = tile.key_end;  // read once: the compiler cannot keep it over a copy
    int key = step_key + Copier::row();
    const T* from = static_cast<const T*>(all) + key * stride + key_head * params.head_dim;
    UNROLL
    for (int pass = 0; pass < kKeys / Copier::kRows; pass++) {
      Copier::copy(to, Copier::row() + pass * Copier::kRows, from, key < end, params.head_dim);
      key += Copier::kRows;
      from += Copier::kRows * stride;
    }
  }

  DEVICE static void copy_queries(const AttentionParams& params, const AttentionTile& tile, const T* from) {
    const int count = tile.query_end - tile.query_begin;
    UNROLL
    for (int pass = 0; pass < kRows / Copier::kRows; pass++) {
      int row = Copier::row() + pass * Copier::kRows;
      Copier::copy(0, row, from + row * params.q_stride, row < count, params.head_dim);
    }
  }

  // Hides what a lane's queries do not see.
  DEVICE static void mask(const AttentionParams& params, const AttentionTile& tile, int first, int step_key, BandScores<kKeys>& scores) {
    int low[2], high[2];
    UNROLL
    for (int r = 0; r < 2; r++) {
      int query = first + static_cast<int>(lane_index() / 4) + 8 * r;
      bool own = query < tile.query_end;
      low[r] = own ? params.low[query] : 0;
      high[r] = own ? params.high[query] : 0;
    }
    scores.mask(low, high, step_key);
  }

  DEVICE static void run(const AttentionParams& params) {
    const int head = static_cast<int>(block_index()) % params.q_heads;
    const AttentionTile& tile = params.tiles[static_cast<int>(block_index()) / params.q_heads];
    const int key_head = head / (params.q_heads / params.k_heads);
    const int first_row = static_cast<int>(warp_index()) * 16 * kBands;
    const ScoreScale scale(params);

    BandOutput<T, DIM> output[kBands];
    UNROLL
    for (int band = 0; band < kBands; band++) {
      output[band].clear();
    }
    if (tile.key_begin < tile.key_end) {
      int step_key = tile.key_begin - (tile.key_begin - tile.sequence_key_begin) % kKeys;
      copy_queries(params, tile, static_cast<const T*>(params.q) + tile.query_begin * params.q_stride + head * params.head_dim);
      copy_step(params, tile, step_key, key_head, kKeysAt, params.k, params.k_stride);
      copy_async_commit();
      copy_async_wait<0>();
      sync_block();
      BandQueries<T, DIM, kBands, kQueriesKept> queries(static_cast<u32>(first_row) * Rows::kBytes);
      queries.keep();
      while (true) {
        copy_step(params, tile, step_key, key_head, kValuesAt, params.v, params.v_stride);
        copy_async_commit();
        BandScores<kKeys> scores[kBands];
        queries.score(scores, kKeysAt, kKeys / 16);
        copy_async_wait<0>();
        sync_block();  // all have read the keys, and the values are there
        if (step_key + kKeys < tile.key_end) {
          copy_step(params, tile, step_key + kKeys, key_head, kKeysAt, params.k, params.k_stride);
          copy_async_commit();
        }
        const bool full = step_key >= tile.full_begin && step_key + kKeys <= tile.full_end;
        UNROLL
        for (int band = 0; band < kBands; band++) {
          if (scale.transforms()) {
            scores[band].transform(scale);
          }
          if (!full) {
            mask(params, tile, tile.query_begin + first_row + 16 * band, step_key, scores[band]);
          }
          output[band].weigh(scores[band], scale.times);
        }
        add_values(output, scores, kValuesAt, kKeys / 16);
        step_key += kKeys;
        if (step_key >= tile.key_end) {
          break;
        }
        copy_async_wait<0>();
        sync_block();  // all have read the values, and the next keys are there
      }
    }
    finish(params, tile, head, first_row, scale, output);
  }

  DEVICE static void finish(const AttentionParams& params, const AttentionTile& tile, int head, int first_row, const ScoreScale& scale,
                            BandOutput<T, DIM> (&output)[kBands]) {
    const u32 rows = static_cast<u32>(first_row) * Rows::kBytes;  // the warp's own queries; all have read theirs before the last step's barrier
    const float sink = params.sinks ? params.sinks[head] : -infinity();
    UNROLL
    for (int band = 0; band < kBands; band++) {
      UNROLL
      for (int r = 0; r < 2; r++) {
        float lse = output[band].finish(r, scale.times, sink);
        int query = tile.query_begin + first_row + 16 * band + 8 * r + static_cast<int>(lane_index() / 4);
        if (params.lse && lane_index() % 4 == 0 && query < tile.query_end) {
          params.lse[static_cast<i64>(head) * params.tokens + query] = lse;
        }
      }
      output[band].store(rows + static_cast<u32>(band) * 16 * Rows::kBytes);
    }
    sync_warp();
    const int first = tile.query_begin + first_row;
    const int count = tile.query_end - first;
    T* o = static_cast<T*>(params.o) + first * params.o_stride + head * params.head_dim;
    for (u32 i = lane_index(); i < 16 * kBands * Rows::kChunks; i += 32) {
      u32 row = i / Rows::kChunks;
      u32 chunk = i % Rows::kChunks;
      if (static_cast<int>(row) < count && static_cast<int>(chunk * 8) < params.head_dim) {
        *reinterpret_cast<Words4*>(o + row * params.o_stride + chunk * 8) = load_shared<Words4>(rows + Rows::offset(row, chunk));
      }
    }
  }
};

#define ATTENTION_SM80(name, type, dim) \
  KERNEL(attention_sm80_##name##_##dim, AttentionParams, 128, 2) { AttentionSm80<type, dim>::run(params); }
#define ATTENTION_SM80_DIMS(name, type) \
  ATTENTION_SM80(name, type, 32)        \
  ATTENTION_SM80(name, type, 64)        \
  ATTENTION_SM80(name, type, 96)        \
  ATTENTION_SM80(name, type, 128)       \
  ATTENTION_SM80(name, type, 192)       \
  ATTENTION_SM80(name, type, 256)
ATTENTION_SM80_DIMS(f16, fp16)
ATTENTION_SM80_DIMS(bf16, bf16)
