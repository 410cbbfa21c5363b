// The contract suite on the form for short sequences, and its agreement with the sm_80 form, bit for bit.
#include "attention_offsets.h"
#include "short_tiles.h"
#include "sm80_launch.h"

namespace {

using attention::Call;
using attention::Dice;
using attention::Form;
using attention::Kernel;
using attention::Sequence;

constexpr int padded(int dim) { return (dim + 31) / 32 * 32; }

// `grid` thread blocks take turns.
template <typename T>
void launch(const Call<T>& call, int groups, int grid) {
  const std::vector<ShortGroup> tiles = attention::short_tiles(call, groups);
  if (tiles.empty()) {
    return;
  }
  const int dim = padded(call.params.head_dim);
  ShortAttentionParams params = {};
  params.call = call.params;
  params.groups = tiles.data();
  params.tiles = static_cast<int>(tiles.size()) / groups;
  params.full = true;
  for (int t = 0, s = 0; t < call.params.tokens; t++) {
    while (t >= call.query_starts[static_cast<size_t>(s) + 1]) s++;
    params.full &= call.low[static_cast<size_t>(t)] == call.key_starts[static_cast<size_t>(s)] &&
                   call.high[static_cast<size_t>(t)] == call.key_starts[static_cast<size_t>(s) + 1];
  }
  if (params.full) {
    params.call.low = params.call.high = nullptr;
  }
  run(("attention_short_" + std::string(attention::kType<T>) + "_" + std::to_string(dim) + "_" + std::to_string(groups)).c_str(),
      static_cast<u32>(grid), static_cast<u32>(32 * groups), static_cast<u32>(groups * (2 * 3 * 16 * dim * 2 + 3 * 32)), params);
}

template <typename T>
Kernel<T> kernel(int groups, int grid) {
  Kernel<T> made;
  made.launch = [groups, grid](const Call<T>& call) { launch(call, groups, grid); };
  made.dims = {64, 32, 8, 48};
  if (groups == 4) {
    made.dims.insert(made.dims.end(), {80, 96, 128});
  }
  made.edges = {16, 32, 64, 128, 192, 255};
  made.max_length = 256;
  made.bias = made.dense = made.hides_within_sequences = false;
  return made;
}

// Which form computes a sequence does not show.
template <typename T>
void gives_the_bits_of_sm80(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  const Form form = attention::random_form(dice, kernel);
  const Sequence own = attention::random_sequence(dice, kernel, form, 120);
  Call<T> by_short(form, {own}, dice);
  kernel.launch(by_short);
  Call<T> by_sm80(form, {own}, dice);
  attention::launch_sm80(by_sm80);
  attention::require_same(by_short, 0, by_sm80, 0, seed);
}

}  // namespace

TEST(attention_short_offsets_may_exceed_31_bits) {
  attention::offsets_may_exceed_31_bits(kernel<bf16>(4, 2), 1);
  attention::offsets_may_exceed_31_bits(kernel<bf16>(8, 2), 1);
}

TEST(attention_short_gives_the_bits_of_sm80) {
  for (u64 seed = 1; seed <= 20; seed++) {
    gives_the_bits_of_sm80(kernel<bf16>(4, 2), seed);
    gives_the_bits_of_sm80(kernel<fp16>(8, 2), seed);
  }
}

ATTENTION_SUITE(attention_short_bf16_4, kernel<bf16>(4, 3))
ATTENTION_SUITE(attention_short_bf16_8, kernel<bf16>(8, 2))
ATTENTION_SUITE(attention_short_f16_4, kernel<fp16>(4, 1))
ATTENTION_SUITE(attention_short_f16_8, kernel<fp16>(8, 1000))
