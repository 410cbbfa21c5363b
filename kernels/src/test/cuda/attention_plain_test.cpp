// Attention without tensor cores against the suite of all attention.
#include <string>

#include "attention_offsets.h"

namespace {

constexpr u32 kThreads = 256, kSharedBytes = 3 * 64 * 68 * 4;
constexpr int kRows = 64;

template <typename T>
attention::Kernel<T> plain(const std::string& name) {
  attention::Kernel<T> kernel;
  kernel.launch = [name](const attention::Call<T>& call) {
    std::vector<AttentionTile> tiles = call.tiles(kRows);
    AttentionParams params = call.params;
    params.tiles = tiles.data();
    params.tiles_count = static_cast<int>(tiles.size());
    const int dim = params.head_dim <= 128 ? 128 : 256;
    const u32 blocks = static_cast<u32>(params.tiles_count * params.q_heads);
    if (blocks > 0) {
      run(("attention_plain_" + name + "_" + std::to_string(dim)).c_str(), blocks, kThreads, kSharedBytes, params);
    }
  };
  kernel.dims = {16, 24, 40, 64, 64, 80, 128, 136, 256, 1, 7, 130};
  kernel.edges = {1, 64, 128};
  kernel.tries = 12;
  return kernel;
}

}  // namespace

TEST(attention_plain_offsets_may_exceed_31_bits) { attention::offsets_may_exceed_31_bits(plain<fp16>("f16"), 1); }

ATTENTION_SUITE(attention_plain_f32, plain<float>("f32"))
ATTENTION_SUITE(attention_plain_f16, plain<fp16>("f16"))
ATTENTION_SUITE(attention_plain_bf16, plain<bf16>("bf16"))
