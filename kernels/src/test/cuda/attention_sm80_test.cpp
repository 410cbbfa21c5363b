// The contract suite on the sm_80 form.
#include "attention_suite.h"

namespace {

constexpr int padded(int dim) { return dim <= 128 ? (dim + 31) / 32 * 32 : dim <= 192 ? 192 : 256; }

template <typename T>
void launch(const attention::Call<T>& call, const std::string& type) {
  const int dim = padded(call.params.head_dim);
  const int rows = dim <= 128 ? 128 : 64;
  const int keys = dim == 96 || dim == 128 ? 32 : 64;
  const std::vector<AttentionTile> tiles = call.tiles(rows);
  if (tiles.empty()) {
    return;
  }
  AttentionParams params = call.params;
  params.tiles = tiles.data();
  params.tiles_count = static_cast<int>(tiles.size());
  run(("attention_sm80_" + type + "_" + std::to_string(dim)).c_str(), static_cast<u32>(params.tiles_count * params.q_heads), 128,
      static_cast<u32>((rows + 2 * keys) * dim * 2), params);
}

template <typename T>
attention::Kernel<T> kernel(const std::string& type) {
  attention::Kernel<T> made;
  made.launch = [type](const attention::Call<T>& call) { launch(call, type); };
  made.dims = {64, 8, 32, 40, 80, 96, 128, 160, 192, 256};
  made.edges = {16, 32, 64, 128};
  made.bias = made.dense = made.hides_within_sequences = false;
  return made;
}

}  // namespace

ATTENTION_SUITE(attention_sm80_bf16, kernel<bf16>("bf16"))
ATTENTION_SUITE(attention_sm80_f16, kernel<fp16>("f16"))
