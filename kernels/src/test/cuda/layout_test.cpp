// Where the fields of the structs are that the host writes byte by byte (Params.put in io.varlen.internal.cuda): whoever moves one has to move it
// there, too. Nothing runs; that it compiles is the test.
#include <cstddef>

#include "suite.h"
#include "attention.cuh"
#include "attention_short.cuh"
#include "attention_standard.cuh"
#include "attention_statistics.cuh"
#include "cross_entropy.cuh"
#include "elementwise.cuh"
#include "embedding.cuh"
#include "gemm.cuh"
#include "norm.cuh"
#include "pool.cuh"
#include "rope.cuh"

#define SIZE(Struct, bytes) static_assert(sizeof(Struct) == bytes)
#define AT(Struct, field, offset) static_assert(offsetof(Struct, field) == offset)

SIZE(AttentionTile, 32);
AT(AttentionTile, query_begin, 0);
AT(AttentionTile, query_end, 4);
AT(AttentionTile, key_begin, 8);
AT(AttentionTile, key_end, 12);
AT(AttentionTile, full_begin, 16);
AT(AttentionTile, full_end, 20);
AT(AttentionTile, sequence_key_begin, 24);
AT(AttentionTile, sequence, 28);

SIZE(AttentionParams, 176);
AT(AttentionParams, q, 0);
AT(AttentionParams, k, 8);
AT(AttentionParams, v, 16);
AT(AttentionParams, o, 24);
AT(AttentionParams, lse, 32);
AT(AttentionParams, tiles, 40);
AT(AttentionParams, low, 48);
AT(AttentionParams, high, 56);
AT(AttentionParams, bias, 64);
AT(AttentionParams, sinks, 72);
AT(AttentionParams, dense, 80);
AT(AttentionParams, dense_rows, 88);
AT(AttentionParams, q_stride, 96);
AT(AttentionParams, k_stride, 104);
AT(AttentionParams, v_stride, 112);
AT(AttentionParams, o_stride, 120);
AT(AttentionParams, bias_columns, 128);
AT(AttentionParams, bias_head_stride, 136);
AT(AttentionParams, tokens, 144);
AT(AttentionParams, tiles_count, 148);
AT(AttentionParams, q_heads, 152);
AT(AttentionParams, k_heads, 156);
AT(AttentionParams, head_dim, 160);
AT(AttentionParams, scale, 164);
AT(AttentionParams, softcap, 168);
AT(AttentionParams, reserved, 172);

SIZE(ShortGroup, 32);
AT(ShortGroup, query_begin, 0);
AT(ShortGroup, row_begin, 4);
AT(ShortGroup, row_count, 8);
AT(ShortGroup, slot, 12);
AT(ShortGroup, key_begin, 16);
AT(ShortGroup, key_end, 20);
AT(ShortGroup, copy_begin, 24);
AT(ShortGroup, copy_end, 28);

SIZE(ShortAttentionParams, 192);
AT(ShortAttentionParams, call, 0);
AT(ShortAttentionParams, groups, 176);
AT(ShortAttentionParams, tiles, 184);
AT(ShortAttentionParams, full, 188);

SIZE(StandardParams, 96);
AT(StandardParams, q, 0);
AT(StandardParams, k, 8);
AT(StandardParams, v, 16);
AT(StandardParams, o, 24);
AT(StandardParams, scores, 32);
AT(StandardParams, q_stride, 40);
AT(StandardParams, k_stride, 48);
AT(StandardParams, v_stride, 56);
AT(StandardParams, o_stride, 64);
AT(StandardParams, batch, 72);
AT(StandardParams, length, 76);
AT(StandardParams, q_heads, 80);
AT(StandardParams, k_heads, 84);
AT(StandardParams, head_dim, 88);
AT(StandardParams, scale, 92);

SIZE(AttentionStatisticsParams, 216);
AT(AttentionStatisticsParams, call, 0);
AT(AttentionStatisticsParams, sums, 176);
AT(AttentionStatisticsParams, own_begin, 184);
AT(AttentionStatisticsParams, own_end, 192);
AT(AttentionStatisticsParams, own_key, 200);
AT(AttentionStatisticsParams, window, 208);
AT(AttentionStatisticsParams, reserved, 212);

SIZE(CrossEntropyParams, 56);
AT(CrossEntropyParams, logits, 0);
AT(CrossEntropyParams, targets, 8);
AT(CrossEntropyParams, sums, 16);
AT(CrossEntropyParams, nll, 24);
AT(CrossEntropyParams, stride, 32);
AT(CrossEntropyParams, rows, 40);
AT(CrossEntropyParams, columns, 44);
AT(CrossEntropyParams, first_column, 48);
AT(CrossEntropyParams, vectors, 52);

SIZE(CrossEntropyRow, 16);
AT(CrossEntropyRow, largest, 0);
AT(CrossEntropyRow, sum, 4);
AT(CrossEntropyRow, target, 8);
AT(CrossEntropyRow, reserved, 12);

SIZE(AddParams, 32);
AT(AddParams, x, 0);
AT(AddParams, y, 8);
AT(AddParams, elements, 16);
AT(AddParams, vectors, 24);
AT(AddParams, reserved, 28);

SIZE(GatherParams, 40);
AT(GatherParams, table, 0);
AT(GatherParams, rows, 8);
AT(GatherParams, y, 16);
AT(GatherParams, count, 24);
AT(GatherParams, columns, 28);
AT(GatherParams, vectors, 32);
AT(GatherParams, reserved, 36);

SIZE(EmbeddingParams, 88);
AT(EmbeddingParams, table, 0);
AT(EmbeddingParams, rows, 8);
AT(EmbeddingParams, addend, 16);
AT(EmbeddingParams, addend_rows, 24);
AT(EmbeddingParams, x, 32);
AT(EmbeddingParams, z, 40);
AT(EmbeddingParams, gamma, 48);
AT(EmbeddingParams, beta, 56);
AT(EmbeddingParams, count, 64);
AT(EmbeddingParams, columns, 68);
AT(EmbeddingParams, warps_per_row, 72);
AT(EmbeddingParams, centred, 76);
AT(EmbeddingParams, vectors, 80);
AT(EmbeddingParams, epsilon, 84);

SIZE(GemmParams, 88);
AT(GemmParams, x, 0);
AT(GemmParams, w, 8);
AT(GemmParams, bias, 16);
AT(GemmParams, gate, 24);
AT(GemmParams, y, 32);
AT(GemmParams, x_stride, 40);
AT(GemmParams, gate_stride, 48);
AT(GemmParams, y_stride, 56);
AT(GemmParams, m, 64);
AT(GemmParams, n, 68);
AT(GemmParams, k, 72);
AT(GemmParams, activation, 76);
AT(GemmParams, vectors, 80);
AT(GemmParams, y_vectors, 84);

SIZE(NormParams, 96);
AT(NormParams, x, 0);
AT(NormParams, y, 8);
AT(NormParams, z, 16);
AT(NormParams, gamma, 24);
AT(NormParams, beta, 32);
AT(NormParams, x_stride, 40);
AT(NormParams, y_stride, 48);
AT(NormParams, z_stride, 56);
AT(NormParams, tokens, 64);
AT(NormParams, heads, 68);
AT(NormParams, columns, 72);
AT(NormParams, warps_per_row, 76);
AT(NormParams, centred, 80);
AT(NormParams, vectors, 84);
AT(NormParams, epsilon, 88);
AT(NormParams, reserved, 92);

SIZE(PoolParams, 48);
AT(PoolParams, x, 0);
AT(PoolParams, cu_seqlens, 8);
AT(PoolParams, y, 16);
AT(PoolParams, x_stride, 24);
AT(PoolParams, sequences, 32);
AT(PoolParams, columns, 36);
AT(PoolParams, kind, 40);
AT(PoolParams, vectors, 44);

SIZE(RopeParams, 64);
AT(RopeParams, x, 0);
AT(RopeParams, cosines, 8);
AT(RopeParams, sines, 16);
AT(RopeParams, positions, 24);
AT(RopeParams, stride, 32);
AT(RopeParams, tokens, 40);
AT(RopeParams, heads, 44);
AT(RopeParams, head_dim, 48);
AT(RopeParams, pairs, 52);
AT(RopeParams, neighbours, 56);
AT(RopeParams, vectors, 60);
