// Needs sm_80.
//
// GEMM on tensor cores: 128×128 of y per block of eight warps, or 64×64 per block of four; 32 of k per stage, four stages ahead of each
// other. Asks for rows of x and w at multiples of 16 bytes. Both sizes give the same bits: the matrix instruction adds 16 of k to an
// element at a time, in ascending order.
#include "gemm_sm80.cuh"

namespace {

constexpr int kDepth = kTensorGemmDepth;
constexpr int kStages = kTensorGemmStages;
constexpr int kWarpColumns = 32;  // of a warp's part of the tile; it has half of the rows

}  // namespace

// Where eight elements of k (the chunk, 0…3) of a row lie in a matrix of a stage. Two rows fill the 32 banks; the chunks of the next two
// are swapped, so that eight rows of one chunk, which ldmatrix reads at once, are on different banks.
DEVICE u32 chunk_at(u32 row, u32 chunk) { return row * (2 * kDepth) + ((chunk ^ (row >> 1 & 3)) << 4); }

// Where eight columns (the group) of a row of the product lie, as floats.
template <int kTile>
DEVICE u32 product_at(u32 row, u32 group) {
  return row * (4 * kTile) + ((group ^ (row & 3)) << 5);
}

// What a thread copies of x or w for each stage: a chunk of two rows, half a tile apart. Chunks outside are zeros.
struct Source {
  const u8* from;
  i64 between;  // bytes from the first row to the second
  bool first, second;
};

template <int kTile>
DEVICE Source source(const void* matrix, i64 stride, i64 row, i64 rows, u32 chunk) {
  constexpr int kHalf = kTile / 2;
  return Source{static_cast<const u8*>(matrix) + (row * stride + 8 * chunk) * 2, kHalf * stride * 2, row < rows, row + kHalf < rows};
}

template <int kTile>
DEVICE void copy_chunks(const Source& s, u32 matrix, u32 row, u32 chunk, int at, int k) {
  bool inside = at + 8 * static_cast<int>(chunk) < k;
  copy_async16(matrix + chunk_at(row, chunk), s.from + i64(at) * 2, inside && s.first);
  copy_async16(matrix + chunk_at(row + kTile / 2, chunk), s.from + s.between + i64(at) * 2, inside && s.second);
}

// The operands of a warp for 16 of k, as the matrix instruction takes them.
template <int kRows>
struct Fragments {
  u32 x[kRows][4];  // so many times 16 rows
  u32 w[2][4];  // two times 16 columns: of the first eight k 0…7 and 8…15, then of the next eight
};

template <int kRows>
DEVICE void load_fragments(Fragments<kRows>& f, u32 x, u32 w, u32 warp_row, u32 warp_column, u32 step) {
  u32 lane = lane_index();
  UNROLL for (u32 i = 0; i < kRows; i++) {
    load_matrices(f.x[i], x + chunk_at(warp_row + 16 * i + lane % 16, 2 * step + lane / 16));
  }
  UNROLL for (u32 i = 0; i < 2; i++) {
    load_matrices(f.w[i], w + chunk_at(warp_column + 16 * i + lane / 16 * 8 + lane % 8, 2 * step + lane / 8 % 2));
  }
}

template <typename T, int kRows>
DEVICE void multiply_fragments(float (&sums)[kRows][4][4], const Fragments<kRows>& f) {
  UNROLL for (int i = 0; i < kRows; i++) {
    UNROLL for (int j = 0; j < 4; j++) {
      multiply_add(sums[i][j], f.x[i], f.w[j / 2][j % 2 * 2], f.w[j / 2][j % 2 * 2 + 1], T());
    }
  }
}

template <typename T, typename Y, int kTile>
DEVICE void multiply_tiles(const GemmParams& p) {
  using Size = TensorGemm<kTile>;
  constexpr u32 kStage = Size::kStageBytes;
  constexpr u32 kMatrix = Size::kMatrixBytes;
  constexpr int kRows = kTile / 32;  // of 16, in a warp's half of the tile
  constexpr u32 kWarpsAcross = kTile / kWarpColumns;
  u32 column_tiles = (static_cast<u32>(p.n) + kTile - 1) / kTile;
  u32 row_tiles = (static_cast<u32>(p.m) + kTile - 1) / kTile;
  TilePlace place = tile_place(block_index(), row_tiles, column_tiles);
  u32 thread = thread_index();
  u32 row = thread / 4;
  u32 chunk = thread % 4;
  Source x = source<kTile>(p.x, p.x_stride, i64(place.row) * kTile + row, p.m, chunk);
  Source w = source<kTile>(p.w, p.k, i64(place.column) * kTile + row, p.n, chunk);
  u32 warp_row = warp_index() / kWarpsAcross * (kTile / 2);
  u32 warp_column = warp_index() % kWarpsAcross * kWarpColumns;

  float sums[kRows][4][4];
  UNROLL for (int i = 0; i < kRows; i++) {
    UNROLL for (int j = 0; j < 4; j++) {
      UNROLL for (int e = 0; e < 4; e++) {
        sums[i][j][e] = 0;
      }
    }
  }
  UNROLL for (int s = 0; s < kStages - 1; s++) {
    copy_chunks<kTile>(x, s * kStage, row, chunk, s * kDepth, p.k);
    copy_chunks<kTile>(w, s * kStage + kMatrix, row, chunk, s * kDepth, p.k);
    copy_async_commit();
  }
  u32 stage = 0;
  u32 refilled = (kStages - 1) * kStage;
  for (int at = 0; at < p.k; at += kDepth) {
    copy_async_wait<kStages - 2>();
    sync_block();  // this stage has landed, and everyone is done with the one before it
    int ahead = at + (kStages - 1) * kDepth;
    if (ahead < p.k) {
      copy_chunks<kTile>(x, refilled, row, chunk, ahead, p.k);
      copy_chunks<kTile>(w, refilled + kMatrix, row, chunk, ahead, p.k);
    }
    copy_async_commit();  // also of nothing, so that the wait counts stages
    UNROLL for (u32 step = 0; step < kDepth / 16; step++) {
      Fragments<kRows> f;
      load_fragments(f, stage, stage + kMatrix, warp_row, warp_column, step);
      multiply_fragments<T>(sums, f);
    }
    refilled = stage;
    stage = stage == (kStages - 1) * kStage ? 0 : stage + kStage;
  }
  copy_async_wait<0>();
  sync_block();

  // Through shared memory, so that a thread finishes eight neighbours.
  u32 lane = lane_index();
  UNROLL for (u32 i = 0; i < kRows; i++) {
    UNROLL for (u32 j = 0; j < 4; j++) {
      UNROLL for (u32 half = 0; half < 2; half++) {
        u32 at = product_at<kTile>(warp_row + 16 * i + 8 * half + lane / 4, warp_column / 8 + j) + lane % 4 * 8;
        store_shared(at, Words2{{float_bits(sums[i][j][2 * half]), float_bits(sums[i][j][2 * half + 1])}});
      }
    }
  }
  sync_block();
  for (u32 item = thread; item < kTile * kTile / 8; item += Size::kThreads) {
    u32 of_tile = item / (kTile / 8);
    u32 group = item % (kTile / 8);
    float v[8];
    load8_shared(product_at<kTile>(of_tile, group), v);
    finish8<T, Y>(p, i64(place.row) * kTile + of_tile, place.column * kTile + 8 * static_cast<int>(group), v);
  }
}

#define GEMM(tile, blocks, t, T, y, Y)                                                   \
  KERNEL(gemm_sm80_##tile##_##t##_##y, GemmParams, TensorGemm<tile>::kThreads, blocks) { \
    multiply_tiles<T, Y, tile>(params);                                                  \
  }
GEMM(128, 2, f16, fp16, f16, fp16)
GEMM(128, 2, f16, fp16, f32, float)
GEMM(128, 2, bf16, bf16, bf16, bf16)
GEMM(128, 2, bf16, bf16, f32, float)
GEMM(64, 4, f16, fp16, f16, fp16)
GEMM(64, 4, f16, fp16, f32, float)
GEMM(64, 4, bf16, bf16, bf16, bf16)
GEMM(64, 4, bf16, bf16, f32, float)
