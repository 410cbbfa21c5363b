// Random calls of attention as the host would hand them to a kernel, and what comes of them by definition, in double precision.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "../../main/cuda/attention.cuh"

namespace attention {

constexpr int kNone = -2;       // no such mask
constexpr int kUnlimited = -1;  // of a window
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class Dice {
 public:
  explicit Dice(u64 seed) : bits_(seed) {}
  int below(int end) { return static_cast<int>(bits_() % static_cast<u64>(end)); }
  bool one_in(int n) { return below(n) == 0; }
  template <typename V>
  auto of(const V& values) {
    return values[static_cast<size_t>(below(static_cast<int>(std::size(values))))];
  }
  float uniform() { return static_cast<float>(bits_() >> 40) * 0x1p-24f; }
  float normal() {  // Box and Muller
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.2831853f * uniform());
  }

 private:
  std::mt19937_64 bits_;
};

// A number as it is after being stored as T.
template <typename T>
float stored(float x) {
  T y;
  round_to(x, y);
  return to_float(y);
}

// What a call asks for, apart from its sequences.
struct Form {
  int key_heads = 1;
  int group = 1;  // query heads per key head
  int dim = 64;
  float scale = 0.125f;
  float softcap = 0;
  int bias = 0;  // 1: one for all heads; 2: one per head
  std::vector<float> sinks;
  int left = kNone, right = kNone;  // a sliding window, causal if right is 0
  int chunk = kNone;
  bool prefix = false, document = false, dense = false;

  int heads() const { return key_heads * group; }

  static Form plain(int dim) {
    Form form;
    form.dim = dim;
    form.scale = 1 / std::sqrt(static_cast<float>(dim));
    return form;
  }

  static Form causal(int dim, int key_heads, int group) {
    Form form = plain(dim);
    form.key_heads = key_heads;
    form.group = group;
    form.left = kUnlimited;
    form.right = 0;
    return form;
  }
};

// The numbers of one sequence; all of them as if they had been stored as T.
struct Sequence {
  int queries = 0, keys = 0;
  std::vector<float> q, k, v;          // [queries or keys, heads, dim]
  std::vector<float> bias;             // [heads, queries, keys]
  int prefix = 0;                      // of so many keys
  std::vector<int> query_ids, key_ids; // documents
  std::vector<u8> visible;             // [queries, keys], of a dense mask

  template <typename T>
  static Sequence of(Dice& dice, const Form& form, int queries, int keys, float spread) {
    auto numbers = [&](int count, float by) {
      std::vector<float> values(static_cast<size_t>(count));
      for (float& value : values) {
        value = stored<T>(dice.normal() * by);
      }
      return values;
    };
    auto ascending = [&](int count) {
      std::vector<int> ids(static_cast<size_t>(count));
      for (size_t i = 1; i < ids.size(); i++) {
        ids[i] = ids[i - 1] + (dice.one_in(10) ? 1 : 0);
      }
      return ids;
    };
    Sequence made;
    made.queries = queries;
    made.keys = keys;
    made.q = numbers(queries * form.heads() * form.dim, spread);
    made.k = numbers(keys * form.key_heads * form.dim, spread);
    made.v = numbers(keys * form.key_heads * form.dim, 1);
    if (form.bias > 0) {
      made.bias.resize(static_cast<size_t>(form.heads()) * queries * keys);
      for (float& value : made.bias) {
        value = dice.one_in(20) ? static_cast<float>(-kInfinity) : 2 * dice.normal();
      }
    }
    made.prefix = dice.below(keys + 2);
    made.query_ids = ascending(queries);
    made.key_ids = ascending(keys);
    if (form.dense) {
      float density = dice.of(std::vector<float>{0.02f, 0.5f, 0.95f});
      made.visible.resize(static_cast<size_t>(queries) * keys);
      for (u8& bit : made.visible) {
        bit = dice.uniform() < density;
      }
    }
    return made;
  }

  // The same lengths and masks, with nothing in it but NaN, infinities and large numbers.
  template <typename T>
  Sequence poisoned(Dice& dice) const {
    Sequence made = *this;
    const std::vector<float> poisons = {kNan, static_cast<float>(kInfinity), static_cast<float>(-kInfinity), 60000.0f, 1.0f};
    for (std::vector<float>* values : {&made.q, &made.k, &made.v, &made.bias}) {
      for (float& value : *values) {
        value = stored<T>(dice.of(poisons));
      }
    }
    return made;
  }

  // The keys [low, high) that a query sees, counted from the sequence's first, before any dense mask.
  void interval(const Form& form, int query, int& low, int& high) const {
    int own = query + keys - queries;  // bottom-right aligned
    low = 0;
    high = keys;
    auto restrict = [&](int from, int to) {
      low = std::min(std::max(low, from), high);
      high = std::max(std::min(high, to), low);
    };
    if (form.left != kNone) {
      restrict(form.left == kUnlimited ? 0 : own - form.left, form.right == kUnlimited ? keys : own + form.right + 1);
    }
    if (form.chunk != kNone) {
      int chunk = own >= 0 ? own / form.chunk : -((form.chunk - 1 - own) / form.chunk);
      restrict(chunk * form.chunk, (chunk + 1) * form.chunk);
    }
    if (form.prefix) {
      restrict(0, std::max(own + 1, prefix));
    }
    if (form.document) {
      int id = query_ids[static_cast<size_t>(query)];
      auto range = std::equal_range(key_ids.begin(), key_ids.end(), id);
      restrict(static_cast<int>(range.first - key_ids.begin()), static_cast<int>(range.second - key_ids.begin()));
    }
  }

  bool sees(const Form& form, int query, int key) const {
    int low, high;
    interval(form, query, low, high);
    return key >= low && key < high && (!form.dense || visible[static_cast<size_t>(query) * keys + key]);
  }
};

// Attention of one query of one head, as it is defined.
struct Reference {
  std::vector<double> output;
  double lse;
  double max_value = 0;  // the largest magnitude among the values that it sees

  Reference(const Form& form, const Sequence& sequence, int query, int head) : output(static_cast<size_t>(form.dim)) {
    int key_head = head / form.group;
    double max = form.sinks.empty() ? -kInfinity : form.sinks[static_cast<size_t>(head)];
    const double sink = max;
    std::vector<double> scores(static_cast<size_t>(sequence.keys), -kInfinity);
    for (int j = 0; j < sequence.keys; j++) {
      if (sequence.sees(form, query, j)) {
        scores[static_cast<size_t>(j)] = score(form, sequence, query, head, j);
        max = std::max(max, scores[static_cast<size_t>(j)]);
      }
    }
    lse = max;
    if (max == -kInfinity) {
      return;
    }
    double sum = std::exp(sink - max);
    for (int j = 0; j < sequence.keys; j++) {
      double weight = std::exp(scores[static_cast<size_t>(j)] - max);
      if (scores[static_cast<size_t>(j)] == -kInfinity) {
        continue;
      }
      sum += weight;
      const float* value = &sequence.v[static_cast<size_t>((j * form.key_heads + key_head) * form.dim)];
      for (int d = 0; d < form.dim; d++) {
        output[static_cast<size_t>(d)] += weight * value[d];
        max_value = std::max(max_value, std::abs(static_cast<double>(value[d])));
      }
    }
    for (double& element : output) {
      element /= sum;
    }
    lse = max + std::log(sum);
  }

  // Of a query and a key, before the mask.
  static double score(const Form& form, const Sequence& sequence, int query, int head, int key) {
    const float* q = &sequence.q[static_cast<size_t>((query * form.heads() + head) * form.dim)];
    const float* k = &sequence.k[static_cast<size_t>((key * form.key_heads + head / form.group) * form.dim)];
    double score = 0;
    for (int d = 0; d < form.dim; d++) {
      score += static_cast<double>(q[d]) * k[d];
    }
    score *= form.scale;
    if (form.softcap > 0) {
      score = form.softcap * std::tanh(score / form.softcap);
    }
    if (form.bias > 0) {
      int row = form.bias == 1 ? query : head * sequence.queries + query;
      score += sequence.bias[static_cast<size_t>(row) * sequence.keys + key];
    }
    return score;
  }
};

// A batch of sequences in memory as a kernel finds it. Between tokens, behind the last one of each axis, and wherever else nobody may
// look there is NaN or no memory at all; around the outputs there are guards.
template <typename T>
class Call {
 public:
  AttentionParams params = {};  // without tiles
  std::vector<int> query_starts = {0}, key_starts = {0};  // cu_seqlens
  std::vector<int> low, high;

  Call(const Form& form, const std::vector<Sequence>& sequences, Dice& dice, bool gaps = true) : form_(form), sequences_(sequences) {
    for (const Sequence& sequence : sequences) {
      query_starts.push_back(query_starts.back() + sequence.queries);
      key_starts.push_back(key_starts.back() + sequence.keys);
    }
    // Rows stay aligned to 16 bytes if the head size is a multiple of 8.
    auto gap = [&] { return gaps ? 8 * dice.below(4) : 0; };
    params.q_stride = form.heads() * form.dim + gap();
    params.k_stride = form.key_heads * form.dim + gap();
    params.v_stride = form.key_heads * form.dim + gap();
    params.o_stride = form.heads() * form.dim + gap();
    params.tokens = query_starts.back();
    params.q_heads = form.heads();
    params.k_heads = form.key_heads;
    params.head_dim = form.dim;
    params.scale = form.scale;
    params.softcap = form.softcap;
    lay_out(q_, &Sequence::q, query_starts, params.q_stride, form.heads());
    lay_out(k_, &Sequence::k, key_starts, params.k_stride, form.key_heads);
    lay_out(v_, &Sequence::v, key_starts, params.v_stride, form.key_heads);
    params.q = q_.data();
    params.k = k_.data();
    params.v = v_.data();
    lay_out_intervals();
    lay_out_bias();
    if (form.dense) {
      lay_out_bits(dice);
    }
    if (!form.sinks.empty()) {
      params.sinks = form.sinks.data();
    }
    clear();
  }

  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // All outputs and their guards, as they were before any launch.
  void clear() {
    o_.assign(sizeof(T) * static_cast<size_t>(params.tokens * params.o_stride) + 2 * kGuard, kUntouched);
    lse_.assign(sizeof(float) * static_cast<size_t>(form_.heads()) * params.tokens + 2 * kGuard, kUntouched);
    params.o = o_.data() + kGuard;
    params.lse = reinterpret_cast<float*>(lse_.data() + kGuard);
  }

  const Form& form() const { return form_; }
  const std::vector<Sequence>& sequences() const { return sequences_; }

  // Tiles of at most `rows` queries, each from its sequence's first query on; what costs most comes first.
  std::vector<AttentionTile> tiles(int rows) const {
    std::vector<AttentionTile> made;
    for (size_t s = 0; s < sequences_.size(); s++) {
      for (int begin = query_starts[s]; begin < query_starts[s + 1]; begin += rows) {
        made.push_back(tile(static_cast<int>(s), begin, std::min(begin + rows, query_starts[s + 1])));
      }
    }
    std::stable_sort(made.begin(), made.end(), [](const AttentionTile& a, const AttentionTile& b) { return cost(a) > cost(b); });
    return made;
  }

  AttentionTile tile(int sequence, int query_begin, int query_end) const {
    auto at = [](int i) { return static_cast<size_t>(i); };
    AttentionTile made = {};
    made.query_begin = query_begin;
    made.query_end = query_end;
    made.key_begin = low[at(query_begin)];
    made.key_end = high[at(query_end - 1)];
    made.full_begin = low[at(query_end - 1)];
    made.full_end = form_.dense ? made.full_begin : high[at(query_begin)];
    made.sequence_key_begin = key_starts[at(sequence)];
    made.sequence = sequence;
    return made;
  }

  // [dim]: what was written for a query of a sequence.
  const T* output(int sequence, int query, int head) const {
    i64 token = query_starts[static_cast<size_t>(sequence)] + query;
    return reinterpret_cast<const T*>(o_.data() + kGuard) + token * params.o_stride + head * form_.dim;
  }
  float lse(int sequence, int query, int head) const {
    i64 token = query_starts[static_cast<size_t>(sequence)] + query;
    float value;
    std::memcpy(&value, lse_.data() + kGuard + sizeof(float) * static_cast<size_t>(head * i64{params.tokens} + token), sizeof value);
    return value;
  }

  // Whether nothing was written around the outputs and between tokens.
  bool guards_hold() const {
    auto untouched = [](const std::vector<u8>& bytes, size_t from, size_t to) {
      return std::all_of(bytes.begin() + static_cast<i64>(from), bytes.begin() + static_cast<i64>(to),
                         [](u8 byte) { return byte == kUntouched; });
    };
    bool hold = untouched(o_, 0, kGuard) && untouched(o_, o_.size() - kGuard, o_.size()) && untouched(lse_, 0, kGuard) &&
                untouched(lse_, lse_.size() - kGuard, lse_.size());
    for (int t = 0; t < params.tokens; t++) {
      size_t row = kGuard + sizeof(T) * static_cast<size_t>(t * params.o_stride);
      hold = hold && untouched(o_, row + sizeof(T) * static_cast<size_t>(form_.heads() * form_.dim),
                               row + sizeof(T) * static_cast<size_t>(params.o_stride));
    }
    return hold;
  }

 private:
  static constexpr size_t kGuard = 256;
  static constexpr u8 kUntouched = 0xff;  // NaN in every type

  static i64 cost(const AttentionTile& tile) {
    return static_cast<i64>(tile.query_end - tile.query_begin) * (tile.key_end - tile.key_begin);
  }

  void lay_out(std::vector<T>& to, std::vector<float> Sequence::*part, const std::vector<int>& starts, i64 stride, int heads) {
    i64 columns = heads * form_.dim;
    int rows = starts.back();
    T nan;
    round_to(kNan, nan);
    to.assign(static_cast<size_t>(rows == 0 ? 0 : (rows - 1) * stride + columns), nan);
    for (size_t s = 0; s < sequences_.size(); s++) {
      const std::vector<float>& from = sequences_[s].*part;
      for (size_t i = 0; i < from.size(); i++) {
        i64 row = starts[s] + static_cast<i64>(i) / columns;
        round_to(from[i], to[static_cast<size_t>(row * stride + static_cast<i64>(i) % columns)]);
      }
    }
  }

  void lay_out_intervals() {
    for (size_t s = 0; s < sequences_.size(); s++) {
      for (int i = 0; i < sequences_[s].queries; i++) {
        int from, to;
        sequences_[s].interval(form_, i, from, to);
        low.push_back(key_starts[s] + from);
        high.push_back(key_starts[s] + to);
      }
    }
    params.low = low.data();
    params.high = high.data();
  }

  void lay_out_bias() {
    if (form_.bias == 0) {
      return;
    }
    int columns = 1;
    for (const Sequence& sequence : sequences_) {
      columns = std::max(columns, sequence.keys + 1);
    }
    int heads = form_.bias == 1 ? 1 : form_.heads();
    bias_.assign(static_cast<size_t>(heads) * params.tokens * columns, kNan);
    for (size_t s = 0; s < sequences_.size(); s++) {
      const Sequence& own = sequences_[s];
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < own.queries; i++) {
          std::copy_n(own.bias.begin() + (static_cast<i64>(h) * own.queries + i) * own.keys, own.keys,
                      bias_.begin() + (static_cast<i64>(h) * params.tokens + query_starts[s] + i) * columns);
        }
      }
    }
    params.bias = bias_.data();
    params.bias_columns = columns;
    params.bias_head_stride = form_.bias == 1 ? 0 : params.tokens;
  }

  // Bits outside of the intervals are whatever they are.
  void lay_out_bits(Dice& dice) {
    for (const Sequence& own : sequences_) {
      for (int i = 0; i < own.queries; i++) {
        dense_rows_.push_back(static_cast<i64>(dense_.size()));
        dense_.resize(dense_.size() + static_cast<size_t>((own.keys + 63) / 64), dice.one_in(2) ? ~0ull : 0);
        for (int j = 0; j < own.keys; j++) {
          u64 bit = 1ull << (j % 64);
          u64& word = dense_[static_cast<size_t>(dense_rows_.back() + j / 64)];
          word = own.visible[static_cast<size_t>(i) * own.keys + j] ? word | bit : word & ~bit;
        }
      }
    }
    params.dense = dense_.data();
    params.dense_rows = dense_rows_.data();
  }

  const Form form_;
  const std::vector<Sequence> sequences_;
  std::vector<T> q_, k_, v_;
  std::vector<u8> o_, lse_;
  std::vector<float> bias_;
  std::vector<u64> dense_;
  std::vector<i64> dense_rows_;
};

}  // namespace attention
