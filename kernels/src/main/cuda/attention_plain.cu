// Attention without tensor cores, in fp32 throughout: for every device, head size up to 256, mask and option, and what other forms are
// compared with. A thread block computes 64 queries of one head and visits their keys in steps of 64, which start at the sequence's own
// first key; queries, keys and values go through shared memory in pieces of 64 rows and 64 elements, as floats.
//
// A thread has four queries: of the scores the keys lane, lane + 16, …; of the output, in each piece, four neighbouring elements.
#include "attention.cuh"
#include "numbers.cuh"

template <typename T>
DEVICE void load4(const T* from, float (&x)[4]) {
  Words2 words = *reinterpret_cast<const Words2*>(from);
  UNROLL
  for (int i = 0; i < 4; i++) {
    x[i] = to_float(T{static_cast<u16>(words.word[i / 2] >> 16 * (i % 2))});
  }
}
DEVICE void load4(const float* from, float (&x)[4]) {
  Words4 words = *reinterpret_cast<const Words4*>(from);
  UNROLL
  for (int i = 0; i < 4; i++) {
    x[i] = bits_float(words.word[i]);
  }
}
template <typename T>
DEVICE void store4(T* to, const float (&x)[4]) {
  Words2 words = {};
  UNROLL
  for (int i = 0; i < 4; i++) {
    T rounded;
    round_to(x[i], rounded);
    words.word[i / 2] |= static_cast<u32>(rounded.bits) << 16 * (i % 2);
  }
  *reinterpret_cast<Words2*>(to) = words;
}
DEVICE void store4(float* to, const float (&x)[4]) {
  *reinterpret_cast<Words4*>(to) = {{float_bits(x[0]), float_bits(x[1]), float_bits(x[2]), float_bits(x[3])}};
}

// Whether four elements can be loaded at once, from all rows.
template <typename T>
DEVICE bool in_fours(const void* base, i64 stride, int dim) {
  return reinterpret_cast<u64>(base) % (4 * sizeof(T)) == 0 && stride % 4 == 0 && dim % 4 == 0;
}

template <typename T, int DIM>
struct AttentionPlain {
  static constexpr int kSide = 64;  // rows and columns of a piece; queries of a tile, keys of a step
  static constexpr int kPieces = DIM / kSide;
  static constexpr u32 kPitch = (kSide + 4) * sizeof(float);  // rows one after the other begin in other banks
  static constexpr u32 kQueriesAt = 0;
  static constexpr u32 kKeysAt = kSide * kPitch;  // and values
  static constexpr u32 kWeightsAt = 2 * kSide * kPitch;

  const AttentionParams& params;
  const AttentionTile tile;
  const int head;
  const int group;  // of 16 threads, which share four queries
  const int lane;   // in the group
  float output[kPieces][4][4];
  float max[4];
  float sum[4];  // of the weights of this thread's keys

  DEVICE AttentionPlain(const AttentionParams& params, const AttentionTile& tile, int head)
      : params(params),
        tile(tile),
        head(head),
        group(static_cast<int>(thread_index()) / 16),
        lane(static_cast<int>(thread_index()) % 16) {
    UNROLL
    for (int r = 0; r < 4; r++) {
      max[r] = -infinity();
      sum[r] = 0;
      UNROLL
      for (int piece = 0; piece < kPieces; piece++) {
        UNROLL
        for (int e = 0; e < 4; e++) {
          output[piece][r][e] = 0;
        }
      }
    }
  }

  // The elements from column 64 · piece on of the rows [begin, end) of a matrix, counted from its row `first`; zeros elsewhere.
  DEVICE void load_piece(u32 to, const void* base, i64 stride, int key_head, int first, int begin, int end, int piece) const {
    const int dim = params.head_dim;
    const T* from = static_cast<const T*>(base) + key_head * dim;
    const bool fours = in_fours<T>(from, stride, dim);
    const int column = piece * kSide + 4 * lane;
    UNROLL
    for (int pass = 0; pass < 4; pass++) {
      int row = group + 16 * pass;
      float x[4] = {0, 0, 0, 0};
      if (first + row >= begin && first + row < end && column < dim) {
        const T* at = from + (first + row) * stride + column;
        if (fours) {
          load4(at, x);
        } else {
          UNROLL
          for (int e = 0; e < 4; e++) {
            x[e] = column + e < dim ? to_float(at[e]) : 0.0f;
          }
        }
      }
      store_shared(to + row * kPitch + lane * 16,
                   Words4{{float_bits(x[0]), float_bits(x[1]), float_bits(x[2]), float_bits(x[3])}});
    }
  }

  DEVICE static void load_row(u32 offset, float (&x)[4]) {
    Words4 words = load_shared<Words4>(offset);
    UNROLL
    for (int i = 0; i < 4; i++) {
      x[i] = bits_float(words.word[i]);
    }
  }

  // s[r][j]: query r of this group, key lane + 16 j of the step.
  DEVICE void multiply_keys(float (&s)[4][4], int step_key, int key_head, bool first_step) const {
    for (int piece = 0; piece < kPieces && piece * kSide < params.head_dim; piece++) {
      sync_block();  // all have read what was there
      if (first_step || params.head_dim > kSide) {
        load_piece(kQueriesAt, params.q, params.q_stride, head, tile.query_begin, tile.query_begin, tile.query_end, piece);
      }
      load_piece(kKeysAt, params.k, params.k_stride, key_head, step_key, tile.key_begin, tile.key_end, piece);
      sync_block();
      const int columns = params.head_dim - piece * kSide < kSide ? params.head_dim - piece * kSide : kSide;
      for (int column = 0; column < columns; column += 4) {
        float q[4][4], k[4][4];
        UNROLL
        for (int i = 0; i < 4; i++) {
          load_row(kQueriesAt + (4 * group + i) * kPitch + column * 4, q[i]);
          load_row(kKeysAt + (lane + 16 * i) * kPitch + column * 4, k[i]);
        }
        UNROLL
        for (int e = 0; e < 4; e++) {
          UNROLL
          for (int r = 0; r < 4; r++) {
            UNROLL
            for (int j = 0; j < 4; j++) {
              s[r][j] = fma_rn(q[r][e], k[j][e], s[r][j]);
            }
          }
        }
      }
    }
  }

  // Which keys of a step a query sees: bit i for key step_key + i.
  DEVICE u64 seen_keys(i64 query, int step_key) const {
    const int low = params.low[query] - step_key;
    const int high = params.high[query] - step_key;
    if (low >= high || low >= kSide || high <= 0) {
      return 0;  // also because a dense mask has words for what lies between alone
    }
    u64 seen = (high >= kSide ? ~0ull : (1ull << high) - 1) & (low <= 0 ? ~0ull : ~0ull << low);
    return params.dense ? seen & params.dense[params.dense_rows[query] + (step_key - tile.sequence_key_begin) / kSide] : seen;
  }

  // Scale and soft cap.
  DEVICE void cap(float (&s)[4][4]) const {
    const float scale = params.scale * divide_rn(1.0f, params.softcap);
    UNROLL
    for (int r = 0; r < 4; r++) {
      UNROLL
      for (int j = 0; j < 4; j++) {
        s[r][j] = params.softcap * tanh_full(s[r][j] * scale);
      }
    }
  }

  // Scale, soft cap, bias and mask. `full`: every query of the tile sees every key of the step.
  DEVICE void transform(float (&s)[4][4], int step_key, bool full) const {
    if (params.softcap > 0) {
      cap(s);
    }
    UNROLL
    for (int r = 0; r < 4; r++) {
      const i64 query = tile.query_begin + 4 * group + r;
      const bool own = query < tile.query_end;
      const u64 seen = (!own ? 0 : full ? ~0ull : seen_keys(query, step_key)) >> lane;
      const i64 bias_row = (head * params.bias_head_stride + query) * params.bias_columns;
      UNROLL
      for (int j = 0; j < 4; j++) {
        float score = params.softcap > 0 ? s[r][j] : s[r][j] * params.scale;
        const bool visible = (seen >> 16 * j & 1) != 0;
        if (params.bias && visible) {
          score += params.bias[bias_row + (step_key - tile.sequence_key_begin) + lane + 16 * j];
        }
        s[r][j] = visible ? score : -infinity();
      }
    }
  }

  // Makes weights of scores and leaves them in shared memory; what was summed up before is made to count against the new maximum.
  DEVICE void weigh(float (&s)[4][4]) {
    UNROLL
    for (int r = 0; r < 4; r++) {
      float largest = max[r];
      UNROLL
      for (int j = 0; j < 4; j++) {
        largest = max_number(largest, s[r][j]);
      }
      UNROLL
      for (int other = 1; other < 16; other *= 2) {
        largest = max_number(largest, shuffle_xor(largest, other));
      }
      const float shift = largest == -infinity() ? 0.0f : largest;
      const float fade = exp_full(max[r] - shift);
      max[r] = largest;
      sum[r] *= fade;
      UNROLL
      for (int piece = 0; piece < kPieces; piece++) {
        UNROLL
        for (int e = 0; e < 4; e++) {
          output[piece][r][e] *= fade;
        }
      }
      UNROLL
      for (int j = 0; j < 4; j++) {
        const float weight = exp_full(s[r][j] - shift);
        sum[r] += weight;
        store_shared(kWeightsAt + (4 * group + r) * kPitch + (lane + 16 * j) * 4, weight);
      }
    }
  }

  // A value whose weight is 0 counts for nothing, whatever it is, if it may be hidden.
  template <bool HIDDEN>
  DEVICE void add_piece(float (&to)[4][4], int keys) const {
    for (int key = 0; key < keys; key += 4) {
      float weight[4][4], value[4][4];
      UNROLL
      for (int i = 0; i < 4; i++) {
        load_row(kWeightsAt + (4 * group + i) * kPitch + key * 4, weight[i]);
        load_row(kKeysAt + (key + i) * kPitch + lane * 16, value[i]);
      }
      UNROLL
      for (int i = 0; i < 4; i++) {
        UNROLL
        for (int r = 0; r < 4; r++) {
          UNROLL
          for (int e = 0; e < 4; e++) {
            if (!HIDDEN || weight[r][i] > 0) {
              to[r][e] = fma_rn(weight[r][i], value[i][e], to[r][e]);
            }
          }
        }
      }
    }
  }

  DEVICE void add_values(int step_key, int key_head, bool full) {
    UNROLL
    for (int piece = 0; piece < kPieces; piece++) {
      if (piece * kSide < params.head_dim) {
        sync_block();  // all have read the keys, or the piece before
        load_piece(kKeysAt, params.v, params.v_stride, key_head, step_key, tile.key_begin, tile.key_end, piece);
        sync_block();  // and the weights are there
        if (full) {
          add_piece<false>(output[piece], kSide);
        } else {
          add_piece<true>(output[piece], tile.key_end - step_key < kSide ? tile.key_end - step_key : kSide);
        }
      }
    }
  }

  DEVICE void finish() {
    T* o = static_cast<T*>(params.o) + head * params.head_dim;
    const bool fours = in_fours<T>(o, params.o_stride, params.head_dim);
    const float sink = params.sinks ? params.sinks[head] : -infinity();
    UNROLL
    for (int r = 0; r < 4; r++) {
      UNROLL
      for (int other = 1; other < 16; other *= 2) {
        sum[r] += shuffle_xor(sum[r], other);
      }
      const float largest = max_number(max[r], sink);
      const float shift = largest == -infinity() ? 0.0f : largest;
      const float fade = exp_full(max[r] - shift);
      const float total = sum[r] * fade + exp_full(sink - shift);
      const float times = total == 0 ? 0.0f : divide_rn(fade, total);
      const i64 query = tile.query_begin + 4 * group + r;
      if (query < tile.query_end) {
        if (params.lse && lane == 0) {
          params.lse[static_cast<i64>(head) * params.tokens + query] = total == 0 ? -infinity() : largest + log_full(total);
        }
        UNROLL
        for (int piece = 0; piece < kPieces; piece++) {
          store(o + query * params.o_stride, piece * kSide + 4 * lane, output[piece][r], times, fours);
        }
      }
    }
  }

  DEVICE void store(T* to, int column, float (&x)[4], float times, bool fours) const {
    UNROLL
    for (int e = 0; e < 4; e++) {
      x[e] *= times;
      if (!fours && column + e < params.head_dim) {
        round_to(x[e], to[column + e]);
      }
    }
    if (fours && column < params.head_dim) {
      store4(to + column, x);
    }
  }

  DEVICE void run() {
    const int key_head = head / (params.q_heads / params.k_heads);
    if (tile.key_begin < tile.key_end) {
      const int first = tile.sequence_key_begin + (tile.key_begin - tile.sequence_key_begin) / kSide * kSide;
      for (int step_key = first; step_key < tile.key_end; step_key += kSide) {
        const bool full = step_key >= tile.full_begin && step_key + kSide <= tile.full_end;
        float s[4][4] = {};
        multiply_keys(s, step_key, key_head, step_key == first);
        transform(s, step_key, full);
        weigh(s);
        add_values(step_key, key_head, full);
      }
    }
    finish();
  }
};

// One block per tile and query head; 52,224 bytes of shared memory; tiles of at most 64 queries; head sizes up to `dim`.
#define ATTENTION_PLAIN(name, type, dim, blocks)                                                     \
  KERNEL(attention_plain_##name##_##dim, AttentionParams, 256, blocks) {                             \
    const int head = static_cast<int>(block_index()) % params.q_heads;                               \
    const AttentionTile tile = params.tiles[static_cast<int>(block_index()) / params.q_heads];       \
    AttentionPlain<type, dim>(params, tile, head).run();                                             \
  }
ATTENTION_PLAIN(f32, float, 128, 2)
ATTENTION_PLAIN(f32, float, 256, 1)
ATTENTION_PLAIN(f16, fp16, 128, 2)
ATTENTION_PLAIN(f16, fp16, 256, 1)
ATTENTION_PLAIN(bf16, bf16, 128, 2)
ATTENTION_PLAIN(bf16, bf16, 256, 1)
