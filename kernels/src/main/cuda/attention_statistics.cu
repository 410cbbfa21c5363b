// How queries spread their attention, in double precision: a thread has one query of one head and takes its keys one by one, so that
// nothing but them decides on its bits. For looking into models, not for running them: nothing here is fast.
#include "attention_statistics.cuh"

// e^x for x <= 0, within 3e-16 of it, relative; 0 below -700. NaN gives NaN.
DEVICE double exp_double(double x) {
  if (x < -700) {
    return 0;
  }
  constexpr double kLog2E = 1.4426950408889634, kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  int exponent = x == x ? static_cast<int>(x * kLog2E - 0.5) : 0;
  double r = (x - exponent * kLn2High) - exponent * kLn2Low;  // at most ln(2) / 2, on either side
  double sum = 1;
  for (int i = 14; i > 0; i--) {  // Taylor's series
    sum = 1 + sum * r / i;
  }
  for (; exponent < -120; exponent += 120) {
    sum *= 0x1p-120;
  }
  return sum * bits_float(static_cast<u32>(exponent + 127) << 23);
}

DEVICE double tanh_double(double x) {
  double e = exp_double(x < 0 ? 2 * x : -2 * x);
  double y = (1 - e) / (1 + e);
  return x < 0 ? -y : y;
}

// Sums relative to the largest score so far, brought to a larger one where it comes.
struct AttentionSums {
  double sums[kAttentionSums];

  DEVICE AttentionSums() {
    UNROLL
    for (int i = 0; i < kAttentionSums; i++) {
      sums[i] = 0;
    }
    sums[kLargest] = -static_cast<double>(bits_float(0x7f800000u));
  }

  DEVICE void raise(double score) {
    const double lower = sums[kLargest] - score;
    const double rescale = sums[kTotal] == 0 ? 0 : exp_double(lower);
    sums[kWeighted] = sums[kTotal] == 0 ? 0 : rescale * (sums[kWeighted] + sums[kTotal] * lower);
    sums[kTotal] *= rescale;
    sums[kDistance] *= rescale;
    sums[kFirst] *= rescale;
    sums[kNear] *= rescale;
    sums[kOutside] *= rescale;
    sums[kLargest] = score;
  }

  DEVICE void add(double score, int away, int window, bool first, bool outside) {
    if (!(score <= sums[kLargest])) {
      raise(score);
    }
    const double below = score - sums[kLargest];
    const double weight = exp_double(below);
    sums[kTotal] += weight;
    sums[kWeighted] += weight == 0 ? 0 : weight * below;
    sums[kDistance] += weight * away;
    sums[kNear] += away <= window ? weight : 0;
    sums[kOutside] += outside ? weight : 0;
    if (first) {
      sums[kFirst] = weight;
    }
  }
};

template <typename T>
struct AttentionStatistics {
  static constexpr int kQueries = 64;  // of a block, a thread each

  const AttentionStatisticsParams& params;
  const AttentionTile tile;
  const int head;
  const i64 query;

  // The query's elements are in shared memory by fours, where only its own thread reads them.
  DEVICE static u32 four_at(int d) { return (static_cast<u32>(d / 4) * kQueries + thread_index()) * sizeof(Words4); }

  DEVICE void load_query() const {
    const AttentionParams& call = params.call;
    const T* from = static_cast<const T*>(call.q) + query * call.q_stride + head * call.head_dim;
    for (int d = 0; d < call.head_dim; d += 4) {
      Words4 four = {};
      UNROLL
      for (int e = 0; e < 4; e++) {
        four.word[e] = d + e < call.head_dim ? float_bits(to_float(from[d + e])) : 0;
      }
      store_shared(four_at(d), four);
    }
  }

  DEVICE double score(i64 key) const {
    const AttentionParams& call = params.call;
    const int key_head = head / (call.q_heads / call.k_heads);
    const T* from = static_cast<const T*>(call.k) + key * call.k_stride + key_head * call.head_dim;
    double score = 0;
    for (int d = 0; d < call.head_dim; d += 4) {
      const Words4 four = load_shared<Words4>(four_at(d));
      UNROLL
      for (int e = 0; e < 4; e++) {
        if (d + e < call.head_dim) {
          score += static_cast<double>(bits_float(four.word[e])) * static_cast<double>(to_float(from[d + e]));
        }
      }
    }
    score *= call.scale;
    if (call.softcap > 0) {
      score = call.softcap * tanh_double(score / call.softcap);
    }
    if (call.bias) {
      score += call.bias[(head * call.bias_head_stride + query) * call.bias_columns + (key - tile.sequence_key_begin)];
    }
    return score;
  }

  DEVICE bool sees(int key) const {
    const int j = key - tile.sequence_key_begin;
    return !params.call.dense || (params.call.dense[params.call.dense_rows[query] + j / 64] >> j % 64 & 1) != 0;
  }

  DEVICE void run() const {
    if (query >= tile.query_end) {
      return;
    }
    load_query();
    AttentionSums found;
    const int low = params.call.low[query], high = params.call.high[query];
    const int own_begin = params.own_begin[query], own_end = params.own_end[query], own_key = params.own_key[query];
    const double nothing = found.sums[kLargest];
    for (int key = tile.key_begin; key < tile.key_end; key++) {  // the same for all threads, so that they read the same key
      if (key >= low && key < high && sees(key)) {
        const double s = score(key);
        if (s != nothing) {
          found.add(s, key < own_key ? own_key - key : key - own_key, params.window, key == own_begin, key < own_begin || key >= own_end);
        }
      }
    }
    UNROLL
    for (int i = 0; i < kAttentionSums; i++) {
      params.sums[(static_cast<i64>(i) * params.call.q_heads + head) * params.call.tokens + query] = found.sums[i];
    }
  }
};

// One block per tile and query head; 1024 bytes of shared memory per four elements of a head.
#define ATTENTION_STATISTICS(name, type)                                                                             \
  KERNEL(attention_statistics_##name, AttentionStatisticsParams, 64, 1) {                                            \
    const AttentionTile tile = params.call.tiles[static_cast<int>(block_index()) / params.call.q_heads];             \
    const int head = static_cast<int>(block_index()) % params.call.q_heads;                                          \
    AttentionStatistics<type>{params, tile, head, tile.query_begin + static_cast<i64>(thread_index())}.run();        \
  }
ATTENTION_STATISTICS(f32, float)
ATTENTION_STATISTICS(f16, fp16)
ATTENTION_STATISTICS(bf16, bf16)
