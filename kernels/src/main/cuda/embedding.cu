// Rows of one table or the sums of rows of two, and their norm: with the bits of gathering into tensors of x's type, adding and normalising one
// after the other, but reading and writing each row once.
#include "embedding.cuh"

// As if it had been stored as a T.
template <typename T>
DEVICE void round_as(float (&v)[8], T) {
  UNROLL for (int i = 0; i < 8; i++) {
    T stored;
    round_to(v[i], stored);
    v[i] = to_float(stored);
  }
}

template <typename X, typename Z>
DEVICE void embed_rows(const EmbeddingParams& p) {
  i64 row = norm_row_index(p.warps_per_row);
  if (row >= p.count) {
    return;
  }
  const float* from = p.table + i64(p.rows[row]) * p.columns;
  const float* addend = p.addend == nullptr ? nullptr : p.addend + i64(p.addend_rows[row]) * p.columns;
  X* x = static_cast<X*>(p.x) + row * p.columns;
  auto load = [&](int c, float(&v)[8]) {
    load_some(from + c, p.columns - c, p.vectors, v);
    round_as(v, X());
    if (addend != nullptr) {
      float other[8];
      load_some(addend + c, p.columns - c, p.vectors, other);
      round_as(other, X());
      UNROLL for (int i = 0; i < 8; i++) {
        v[i] += other[i];
      }
    }
    if (p.x != p.z) {
      store_some(x + c, p.columns - c, p.vectors, v);
    }
  };
  normalise_row(p, load, static_cast<Z*>(p.z) + row * p.columns);
}

// Of x and z.
KERNEL(embedding_f32_f32, EmbeddingParams, kNormThreads, 8) { embed_rows<float, float>(params); }
KERNEL(embedding_f32_f16, EmbeddingParams, kNormThreads, 8) { embed_rows<float, fp16>(params); }
KERNEL(embedding_f16_f32, EmbeddingParams, kNormThreads, 8) { embed_rows<fp16, float>(params); }
KERNEL(embedding_f16_f16, EmbeddingParams, kNormThreads, 8) { embed_rows<fp16, fp16>(params); }
#if WITH_BF16
KERNEL(embedding_f32_bf16, EmbeddingParams, kNormThreads, 8) { embed_rows<float, bf16>(params); }
KERNEL(embedding_bf16_f32, EmbeddingParams, kNormThreads, 8) { embed_rows<bf16, float>(params); }
KERNEL(embedding_bf16_bf16, EmbeddingParams, kNormThreads, 8) { embed_rows<bf16, bf16>(params); }
#endif
