// Launches the sm_80 form as io.varlen.internal.cuda.Sm80Attention does.
#pragma once
#include "attention_call.h"
#include "suite.h"

namespace attention {

template <typename T>
constexpr const char* kType = "bf16";
template <>
constexpr const char* kType<fp16> = "f16";

template <typename T>
void launch_sm80(const Call<T>& call) {
  const int dim = call.params.head_dim <= 128 ? (call.params.head_dim + 31) / 32 * 32 : call.params.head_dim <= 192 ? 192 : 256;
  const int rows = dim <= 128 ? 128 : 64;
  const int keys = dim == 96 || dim == 128 ? 32 : 64;
  const std::vector<AttentionTile> tiles = call.tiles(rows);
  if (tiles.empty()) {
    return;
  }
  AttentionParams params = call.params;
  params.tiles = tiles.data();
  params.tiles_count = static_cast<int>(tiles.size());
  run(("attention_sm80_" + std::string(kType<T>) + "_" + std::to_string(dim)).c_str(),
      static_cast<u32>(params.tiles_count * params.q_heads), 128, static_cast<u32>((rows + 2 * keys) * dim * 2), params);
}

}  // namespace attention
