// What the tensor-core forms of attention are made of: warps that compute bands of 16 queries with m16n8k16 products over tiles of keys
// and values in shared memory. Both forms use it with the same steps of keys, so they give the same bits.
#pragma once
#include "attention.cuh"
#include "numbers.cuh"

// Rows of DIM 16-bit elements in shared memory, in chunks of 16 bytes. Chunks change places, depending on the row, so that the same chunk
// of 8 rows in sequence lies in 8 different groups of banks.
template <int DIM>
struct SharedRows {
  static_assert(DIM % 32 == 0, "a row is a multiple of 64 bytes");
  static constexpr u32 kChunks = DIM / 8;
  static constexpr u32 kBytes = DIM * 2;
  static constexpr u32 kMask = kChunks % 8 == 0 ? 7 : 3;

  DEVICE static u32 exchange(u32 row) { return kMask == 7 ? row & 7 : row >> 1 & 3; }
  DEVICE static u32 offset(u32 row, u32 chunk) {
    return row * kBytes + (chunk & ~kMask) * 16 + ((chunk & kMask) ^ exchange(row)) * 16;
  }
};

// How many keys a step has: few enough that scores and output of two bands stay in registers.
template <int DIM>
constexpr int kStepKeys = DIM == 96 || DIM == 128 ? 32 : 64;

// Where a lane of a load of four matrices points, for matrices that lie `pair` · 2 chunks from the first ones.
template <int DIM>
struct LaneOffsets {
  u32 row;       // of the lane's row, or its offset in shared memory
  u32 exchange;  // what to exchange its chunk with, times 16

  // `chunk` is 0 or 1; `row_in_8` tells how the row is exchanged.
  DEVICE LaneOffsets(u32 first, u32 row_in_tile, u32 chunk)
      : row(first + row_in_tile * SharedRows<DIM>::kBytes), exchange((SharedRows<DIM>::exchange(row_in_tile) ^ chunk) * 16) {}
  DEVICE u32 at(u32 pair) const {
    constexpr u32 mask = SharedRows<DIM>::kMask;
    return row + (pair * 2 & ~mask) * 16 + ((pair * 2 & mask) * 16 ^ exchange);
  }
};

// Which thread copies what of a tile of rows: 4 or 8 threads per row, so that they read 64 or 128 bytes in one piece.
template <int DIM, int THREADS>
struct RowCopier {
  static constexpr int kLanes = SharedRows<DIM>::kMask + 1;
  static constexpr int kRows = THREADS / kLanes;  // rows per pass
  static constexpr int kPieces = SharedRows<DIM>::kChunks / kLanes;
  static_assert(kRows % 8 == 0, "rows of all passes are exchanged alike");

  DEVICE static int row() { return static_cast<int>(thread_index()) / kLanes; }
  DEVICE static u32 chunk() { return thread_index() % kLanes; }

  // Copies this thread's part of one row, of `columns` elements; the rest of it, or all of it unless `valid`, is zeroed.
  template <typename T>
  DEVICE static void copy(u32 to, int row, const T* from, bool valid, int columns) {
    UNROLL
    for (int i = 0; i < kPieces; i++) {
      u32 at = chunk() + static_cast<u32>(i * kLanes);
      copy_async16(to + SharedRows<DIM>::offset(static_cast<u32>(row), at), from + at * 8, valid && static_cast<int>(at * 8) < columns);
    }
  }
};

// How scores become exponents of 2: `times`, which is positive, times the score after `transform`.
struct ScoreScale {
  float before, softcap, times;

  DEVICE explicit ScoreScale(const AttentionParams& params)
      : before(params.softcap > 0 ? params.scale / params.softcap : params.scale),
        softcap(params.softcap),
        times(softcap > 0 ? softcap * kLog2E : before > 0 ? before * kLog2E : kLog2E) {}
  DEVICE bool transforms() const { return softcap > 0 || !(before > 0); }
  DEVICE float transform(float score) const { return softcap > 0 ? tanh_full(score * before) : score * before; }
};

// A band of 16 queries against a step of KEYS keys: element [j][2 r + c] of lane i is query i / 4 + 8 r, key 8 j + 2 (i % 4) + c.
template <int KEYS>
struct BandScores {
  float s[KEYS / 8][4];

  DEVICE void transform(const ScoreScale& scale) {
    UNROLL
    for (int j = 0; j < KEYS / 8; j++) {
      UNROLL
      for (int i = 0; i < 4; i++) {
        s[j][i] = scale.transform(s[j][i]);
      }
    }
  }

  // Leaves row r what lies in [low[r], high[r]), where the step's first key is `first`.
  DEVICE void mask(const int (&low)[2], const int (&high)[2], int first) {
    int column = first + static_cast<int>(lane_index() % 4) * 2;
    UNROLL
    for (int j = 0; j < KEYS / 8; j++) {
      UNROLL
      for (int i = 0; i < 4; i++) {
        int key = column + j * 8 + i % 2;
        s[j][i] = key >= low[i / 2] && key < high[i / 2] ? s[j][i] : -infinity();
      }
    }
  }
};

// Weights are relative to the largest, and fp16 has nothing below 2^-25 of it: so many more powers of two let them get to 2^-35. Bf16 has
// the exponents of fp32.
template <typename T>
constexpr float kLift = 0;
template <>
constexpr float kLift<fp16> = 10;

// Output and softmax of a band of 16 queries, of which a lane has two: rows i / 4 and i / 4 + 8.
template <typename T, int DIM>
struct BandOutput {
  float o[DIM / 8][4];  // this and the sums are 2^kLift times as large as weights of at most 1 make them
  float largest[2];
  float sum[2];  // of the lane's own keys

  DEVICE void clear() {
    UNROLL
    for (int j = 0; j < DIM / 8; j++) {
      UNROLL
      for (int i = 0; i < 4; i++) {
        o[j][i] = 0;
      }
    }
    UNROLL
    for (int r = 0; r < 2; r++) {
      largest[r] = -infinity();
      sum[r] = 0;
    }
  }

  // Scores become weights relative to the largest score so far, to which what was added up before is adjusted.
  template <int KEYS>
  DEVICE void weigh(BandScores<KEYS>& scores, float times) {
    UNROLL
    for (int r = 0; r < 2; r++) {
      float top = largest[r];
      UNROLL
      for (int j = 0; j < KEYS / 8; j++) {
        top = max_number(top, max_number(scores.s[j][2 * r], scores.s[j][2 * r + 1]));
      }
      top = max_number(top, shuffle_xor(top, 1));
      top = max_number(top, shuffle_xor(top, 2));
      float origin = top == -infinity() ? 0.0f : top;
      float base = origin * times - kLift<T>;
      float factor = exp2_approx(largest[r] * times - origin * times);  // exactly 1 if nothing larger came: what sees nothing changes nothing
      float added = 0;
      UNROLL
      for (int j = 0; j < KEYS / 8; j++) {
        UNROLL
        for (int c = 0; c < 2; c++) {
          float weight = exp2_approx(fma_rn(scores.s[j][2 * r + c], times, -base));
          scores.s[j][2 * r + c] = weight;
          added += weight;
        }
      }
      sum[r] = fma_rn(sum[r], factor, added);
      largest[r] = top;
      UNROLL
      for (int j = 0; j < DIM / 8; j++) {
        o[j][2 * r] *= factor;
        o[j][2 * r + 1] *= factor;
      }
    }
  }

  // Divides by the sum over all keys and returns LSE; `sink` is a further score, or -inf.
  DEVICE float finish(int r, float times, float sink) {
    float total = sum[r];
    total += shuffle_xor(total, 1);
    total += shuffle_xor(total, 2);
    float exponent = largest[r] * times - kLift<T>;
    float base = max_number(exponent, sink * kLog2E);
    base = base == -infinity() ? 0.0f : base;
    float adjust = exp2_approx(exponent - base);
    float all = log2_approx(fma_rn(total, adjust, exp2_approx(fma_rn(sink, kLog2E, -base))));
    float inverse = exp2_approx(exponent - base - all);  // no division: where that is a call, it costs registers
    UNROLL
    for (int j = 0; j < DIM / 8; j++) {
      o[j][2 * r] = total == 0 ? 0.0f : o[j][2 * r] * inverse;
      o[j][2 * r + 1] = total == 0 ? 0.0f : o[j][2 * r + 1] * inverse;
    }
    return (base + all) * kLn2;
  }

  // As 16-bit rows in shared memory, from this offset on, where the band's queries were.
  DEVICE void store(u32 rows) const {
    u32 row = lane_index() / 4;
    UNROLL
    for (int j = 0; j < DIM / 8; j++) {
      u32 at = rows + SharedRows<DIM>::offset(row, static_cast<u32>(j)) + lane_index() % 4 * 4;
      store_shared(at, pack2(o[j][0], o[j][1], T{}));
      store_shared(at + 8 * SharedRows<DIM>::kBytes, pack2(o[j][2], o[j][3], T{}));
    }
  }
};

// BANDS bands of queries of one warp, that lie one behind the other in shared memory.
template <typename T, int DIM, int BANDS, bool KEPT>
struct BandQueries {
  LaneOffsets<DIM> lane;
  u32 kept[BANDS][KEPT ? DIM / 16 : 1][4];

  DEVICE explicit BandQueries(u32 rows) : lane(rows, lane_index() & 15, lane_index() >> 4) {}

  // Of the elements [16 k, 16 k + 16) of all bands, into kept[band][KEPT ? k : 0].
  DEVICE void load(int k) {
    UNROLL
    for (int band = 0; band < BANDS; band++) {
      load_matrices(kept[band][KEPT ? k : 0], lane.at(static_cast<u32>(k)) + static_cast<u32>(band) * 16 * SharedRows<DIM>::kBytes);
    }
  }
  DEVICE void keep() {
    if (KEPT) {
      UNROLL
      for (int k = 0; k < DIM / 16; k++) {
        load(k);
      }
    }
  }

  // Scores against the keys at this offset, 16 at a time, the first `groups` of KEYS / 16 only: what is behind is left alone.
  template <int KEYS>
  DEVICE void score(BandScores<KEYS> (&scores)[BANDS], u32 keys, int groups) {
    u32 i = lane_index();
    LaneOffsets<DIM> key(keys, (i >> 4) * 8 + (i & 7), i >> 3 & 1);
    UNROLL
    for (int band = 0; band < BANDS; band++) {
      UNROLL
      for (int j = 0; j < KEYS / 8; j++) {
        UNROLL
        for (int e = 0; e < 4; e++) {
          scores[band].s[j][e] = 0;
        }
      }
    }
    UNROLL
    for (int k = 0; k < DIM / 16; k++) {
      if (!KEPT) {
        load(k);
      }
      UNROLL
      for (int j = 0; j < KEYS / 16; j++) {
        if (j < groups) {
          u32 b[4];
          load_matrices(b, key.at(static_cast<u32>(k)) + static_cast<u32>(j) * 16 * SharedRows<DIM>::kBytes);
          UNROLL
          for (int band = 0; band < BANDS; band++) {
            multiply_add(scores[band].s[2 * j], kept[band][KEPT ? k : 0], b[0], b[1], T{});
            multiply_add(scores[band].s[2 * j + 1], kept[band][KEPT ? k : 0], b[2], b[3], T{});
          }
        }
      }
    }
  }
};

// Adds the values at this offset times their weights, 16 keys at a time, the first `groups` of KEYS / 16 only.
template <typename T, int DIM, int BANDS, int KEYS>
DEVICE void add_values(BandOutput<T, DIM> (&output)[BANDS], const BandScores<KEYS> (&weights)[BANDS], u32 values, int groups) {
  LaneOffsets<DIM> value(values, lane_index() & 15, lane_index() >> 4);
  UNROLL
  for (int j = 0; j < KEYS / 16; j++) {
    if (j < groups) {
      u32 a[BANDS][4];
      UNROLL
      for (int band = 0; band < BANDS; band++) {
        UNROLL
        for (int e = 0; e < 4; e++) {
          const float(&pair)[4] = weights[band].s[2 * j + e / 2];
          a[band][e] = pack2(pair[e % 2 * 2], pair[e % 2 * 2 + 1], T{});
        }
      }
      UNROLL
      for (int d = 0; d < DIM / 16; d++) {
        u32 b[4];
        load_matrices_transposed(b, value.at(static_cast<u32>(d)) + static_cast<u32>(j) * 16 * SharedRows<DIM>::kBytes);
        UNROLL
        for (int band = 0; band < BANDS; band++) {
          multiply_add(output[band].o[2 * d], a[band], b[0], b[1], T{});
          multiply_add(output[band].o[2 * d + 1], a[band], b[2], b[3], T{});
        }
      }
    }
  }
}
