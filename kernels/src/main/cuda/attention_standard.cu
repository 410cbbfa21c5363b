// Attention as frameworks compute it without a flash kernel, for benchmarks to compare tiles with: all scores in memory, then their softmax,
// then the products with the values, one kernel each. In fp32, without tensor cores, a 64×64 tile of a product per block and 4×4 of it per thread.
#include "attention_standard.cuh"

#include "elements.cuh"
#include "numbers.cuh"

// A step of an operand into shared memory as floats, [step][tile]: 0 where there is nothing. `at(i, j)` is the address of element j of the tile
// at i of the step; neighbouring threads take neighbouring j if `along_tile`, else neighbouring i, whichever lie together in memory.
template <bool along_tile, typename At>
DEVICE void fetch(u32 to, int inner, int outer, At at) {
  UNROLL for (u32 n = 0; n < kStandardTile * kStandardStep / kStandardThreads; n++) {
    u32 e = thread_index() + n * kStandardThreads;
    int j = static_cast<int>(along_tile ? e % kStandardTile : e / kStandardStep);
    int i = static_cast<int>(along_tile ? e / kStandardTile : e % kStandardStep);
    float value = i < inner && j < outer ? to_float(*at(i, j)) : 0.0f;
    store_shared(to + 4 * static_cast<u32>(i * (kStandardTile + 4) + j), value);
  }
}

// sum[r][c] += a[row r of this thread] · b[column c], over one step.
DEVICE void multiply_step(float (&sum)[4][4], u32 a, u32 b) {
  u32 row = thread_index() / 16 * 4;
  u32 column = thread_index() % 16 * 4;
  for (u32 i = 0; i < kStandardStep; i++) {
    Words4 rows = load_shared<Words4>(a + 4 * (i * (kStandardTile + 4) + row));
    Words4 columns = load_shared<Words4>(b + 4 * (i * (kStandardTile + 4) + column));
    UNROLL for (int r = 0; r < 4; r++) {
      UNROLL for (int c = 0; c < 4; c++) {
        sum[r][c] = fma_rn(bits_float(rows.word[r]), bits_float(columns.word[c]), sum[r][c]);
      }
    }
  }
}

// The block's tile of a product, sums over [0, inner): `fetch_step(i)` fetches both operands from i on, `store(r, c, sum)` takes an element.
template <typename FetchStep, typename Store>
DEVICE void multiply_tile(int inner, int rows, int columns, FetchStep fetch_step, Store store) {
  float sum[4][4] = {};
  for (int i = 0; i < inner; i += kStandardStep) {
    fetch_step(i);
    sync_block();
    multiply_step(sum, 0, kStandardProductShared / 2);
    sync_block();
  }
  UNROLL for (int r = 0; r < 4; r++) {
    UNROLL for (int c = 0; c < 4; c++) {
      int row = static_cast<int>(thread_index() / 16 * 4) + r;
      int column = static_cast<int>(thread_index() % 16 * 4) + c;
      if (row < rows && column < columns) {
        store(row, column, sum[r][c]);
      }
    }
  }
}

DEVICE int tiles_of(int length) { return (length + kStandardTile - 1) / kStandardTile; }

// A sequence and head of the batch, and the token at which its rows begin.
struct StandardItem {
  int head, key_head;
  i64 token;
  float* scores;
};

DEVICE StandardItem item_of(const StandardParams& p, i64 index) {
  StandardItem item;
  i64 sequence = index / p.q_heads;
  item.head = static_cast<int>(index - sequence * p.q_heads);
  item.key_head = item.head / (p.q_heads / p.k_heads);
  item.token = sequence * p.length;
  item.scores = p.scores + index * p.length * p.length;
  return item;
}

template <typename T>
DEVICE void standard_scores(const StandardParams& p) {
  int tiles = tiles_of(p.length);
  i64 block = block_index();
  int key = static_cast<int>(block % tiles) * kStandardTile;
  int query = static_cast<int>(block / tiles % tiles) * kStandardTile;
  StandardItem item = item_of(p, block / tiles / tiles);
  const T* q = static_cast<const T*>(p.q) + (item.token + query) * p.q_stride + i64(item.head) * p.head_dim;
  const T* k = static_cast<const T*>(p.k) + (item.token + key) * p.k_stride + i64(item.key_head) * p.head_dim;
  int rows = p.length - query;
  int columns = p.length - key;
  multiply_tile(
      p.head_dim, rows, columns,
      [&](int from) {
        fetch<false>(0, p.head_dim - from, rows, [&](int i, int j) { return q + j * p.q_stride + from + i; });
        fetch<false>(kStandardProductShared / 2, p.head_dim - from, columns, [&](int i, int j) { return k + j * p.k_stride + from + i; });
      },
      [&](int r, int c, float sum) { item.scores[i64(query + r) * p.length + key + c] = sum * p.scale; });
}

template <typename T>
DEVICE void standard_values(const StandardParams& p) {
  int tiles = tiles_of(p.length);
  int parts = tiles_of(p.head_dim);
  i64 block = block_index();
  int part = static_cast<int>(block % parts) * kStandardTile;
  int query = static_cast<int>(block / parts % tiles) * kStandardTile;
  StandardItem item = item_of(p, block / parts / tiles);
  const float* weights = item.scores + i64(query) * p.length;
  const T* v = static_cast<const T*>(p.v) + item.token * p.v_stride + i64(item.key_head) * p.head_dim + part;
  T* o = static_cast<T*>(p.o) + (item.token + query) * p.o_stride + i64(item.head) * p.head_dim + part;
  int rows = p.length - query;
  int columns = p.head_dim - part;
  multiply_tile(
      p.length, rows, columns,
      [&](int from) {
        fetch<false>(0, p.length - from, rows, [&](int i, int j) { return weights + i64(j) * p.length + from + i; });
        fetch<true>(kStandardProductShared / 2, p.length - from, columns, [&](int i, int j) { return v + (from + i) * p.v_stride + j; });
      },
      [&](int r, int c, float sum) { round_to(sum, o[r * p.o_stride + c]); });
}

// Over the block; all threads get it.
template <typename Combine>
DEVICE float over_block(float x, Combine combine) {
  UNROLL for (int mask = 16; mask > 0; mask >>= 1) {
    x = combine(x, shuffle_xor(x, mask));
  }
  if (lane_index() == 0) {
    store_shared(4 * warp_index(), x);
  }
  sync_block();
  x = load_shared<float>(0);
  for (u32 warp = 1; warp < kStandardThreads / 32; warp++) {
    x = combine(x, load_shared<float>(4 * warp));
  }
  sync_block();
  return x;
}

KERNEL(attention_standard_scores_f32, StandardParams, kStandardThreads, 4) { standard_scores<float>(params); }
KERNEL(attention_standard_scores_f16, StandardParams, kStandardThreads, 4) { standard_scores<fp16>(params); }
KERNEL(attention_standard_values_f32, StandardParams, kStandardThreads, 4) { standard_values<float>(params); }
KERNEL(attention_standard_values_f16, StandardParams, kStandardThreads, 4) { standard_values<fp16>(params); }
#if WITH_BF16
KERNEL(attention_standard_scores_bf16, StandardParams, kStandardThreads, 4) { standard_scores<bf16>(params); }
KERNEL(attention_standard_values_bf16, StandardParams, kStandardThreads, 4) { standard_values<bf16>(params); }
#endif

// A block per row of scores, in place.
KERNEL(attention_standard_softmax, StandardParams, kStandardThreads, 4) {
  float* row = params.scores + i64(block_index()) * params.length;
  float largest = -infinity();
  for (int j = static_cast<int>(thread_index()); j < params.length; j += kStandardThreads) {
    largest = max_number(largest, row[j]);
  }
  largest = over_block(largest, [](float a, float b) { return max_number(a, b); });
  float sum = 0;
  for (int j = static_cast<int>(thread_index()); j < params.length; j += kStandardThreads) {
    float weight = exp_full(row[j] - largest);
    row[j] = weight;
    sum += weight;
  }
  float scale = divide_rn(1.0f, over_block(sum, [](float a, float b) { return a + b; }));
  for (int j = static_cast<int>(thread_index()); j < params.length; j += kStandardThreads) {
    row[j] *= scale;
  }
}
