// GEMM without tensor cores, for fp32, for devices before sm_80 and for shapes that tensor cores cannot load: 128×128 of y per block, 8×8
// per thread, 16 of k at a time through shared memory, which holds x and w transposed as floats.
#include "gemm_plain.cuh"

namespace {

constexpr int kTile = kPlainGemmTile;
constexpr int kDepth = kPlainGemmDepth;
constexpr u32 kRow = 4 * (kTile + 4);  // bytes from one k to the next; the gap keeps stores of one warp on different banks
constexpr u32 kMatrix = kDepth * kRow;

}  // namespace

// Eight k of one row of x or w, from k `at` on; zeros behind the row's end.
template <typename T>
DEVICE void load_slice(const T* row, int at, int k, bool valid, bool vectors, float (&v)[8]) {
  load_some(row + at, valid ? i64(k) - at : 0, vectors, v);
}

DEVICE void store_slice(u32 matrix, u32 row, u32 first_k, const float (&v)[8]) {
  UNROLL for (u32 i = 0; i < 8; i++) {
    store_shared(matrix + (first_k + i) * kRow + 4 * row, v[i]);
  }
}

// Elements 4 · part … + 3 and 64 + 4 · part … of the transposed matrix at one k.
DEVICE void load_part(u32 at, u32 part, float (&v)[8]) {
  UNROLL for (u32 half = 0; half < 2; half++) {
    Words4 words = load_shared<Words4>(at + 256 * half + 16 * part);
    UNROLL for (int i = 0; i < 4; i++) {
      v[4 * half + i] = bits_float(words.word[i]);
    }
  }
}

template <typename T, typename Y>
DEVICE void multiply_plain(const GemmParams& p) {
  u32 column_tiles = (static_cast<u32>(p.n) + kTile - 1) / kTile;
  u32 row_tiles = (static_cast<u32>(p.m) + kTile - 1) / kTile;
  TilePlace place = tile_place(block_index(), row_tiles, column_tiles);
  u32 thread = thread_index();
  // What the thread loads: eight k of one row.
  u32 slice_row = thread / 2;
  u32 slice_k = thread % 2 * 8;
  i64 x_row = i64(place.row) * kTile + slice_row;
  i64 w_row = i64(place.column) * kTile + slice_row;
  const T* x = static_cast<const T*>(p.x) + x_row * p.x_stride;
  const T* w = static_cast<const T*>(p.w) + w_row * p.k;
  // What it computes: rows 4 · down … and 64 + 4 · down …, columns 4 · across … and 64 + 4 · across … of the tile.
  u32 down = thread / 16;
  u32 across = thread % 16;

  float sums[8][8];
  UNROLL for (int i = 0; i < 8; i++) {
    UNROLL for (int j = 0; j < 8; j++) {
      sums[i][j] = 0;
    }
  }
  float x_slice[8];
  float w_slice[8];
  load_slice(x, static_cast<int>(slice_k), p.k, x_row < p.m, p.vectors, x_slice);
  load_slice(w, static_cast<int>(slice_k), p.k, w_row < p.n, p.vectors, w_slice);
  u32 stage = 0;
  for (int at = 0; at < p.k; at += kDepth) {
    store_slice(stage, slice_row, slice_k, x_slice);
    store_slice(stage + kMatrix, slice_row, slice_k, w_slice);
    sync_block();
    if (at + kDepth < p.k) {
      int next = at + kDepth + static_cast<int>(slice_k);
      load_slice(x, next, p.k, x_row < p.m, p.vectors, x_slice);
      load_slice(w, next, p.k, w_row < p.n, p.vectors, w_slice);
    }
    UNROLL for (u32 k = 0; k < kDepth; k++) {
      float a[8];
      float b[8];
      load_part(stage + k * kRow, down, a);
      load_part(stage + kMatrix + k * kRow, across, b);
      UNROLL for (int i = 0; i < 8; i++) {
        UNROLL for (int j = 0; j < 8; j++) {
          sums[i][j] = fma_rn(a[i], b[j], sums[i][j]);
        }
      }
    }
    stage = stage == 0 ? 2 * kMatrix : 0;  // the other half was last read before the barrier above
  }

  // Through shared memory, 64 rows at a time, so that a thread finishes eight neighbours.
  UNROLL for (int half = 0; half < 2; half++) {
    sync_block();
    UNROLL for (u32 i = 0; i < 4; i++) {
      UNROLL for (u32 side = 0; side < 2; side++) {
        Words4 words;
        UNROLL for (u32 j = 0; j < 4; j++) {
          words.word[j] = float_bits(sums[4 * half + i][4 * side + j]);
        }
        store_shared((4 * down + i) * (4 * kTile) + 256 * side + 16 * across, words);
      }
    }
    sync_block();
    for (u32 item = thread; item < 64 * kTile / 8; item += kPlainGemmThreads) {
      float v[8];
      load8_shared(32 * item, v);
      finish8<T, Y>(p, i64(place.row) * kTile + 64 * half + item / (kTile / 8),
                    place.column * kTile + 8 * static_cast<int>(item % (kTile / 8)), v);
    }
  }
}

KERNEL(gemm_plain_f32_f32, GemmParams, kPlainGemmThreads, 2) { multiply_plain<float, float>(params); }
KERNEL(gemm_plain_f16_f16, GemmParams, kPlainGemmThreads, 2) { multiply_plain<fp16, fp16>(params); }
KERNEL(gemm_plain_f16_f32, GemmParams, kPlainGemmThreads, 2) { multiply_plain<fp16, float>(params); }
#if WITH_BF16
KERNEL(gemm_plain_bf16_bf16, GemmParams, kPlainGemmThreads, 2) { multiply_plain<bf16, bf16>(params); }
KERNEL(gemm_plain_bf16_f32, GemmParams, kPlainGemmThreads, 2) { multiply_plain<bf16, float>(params); }
#endif
