// The contract suite on the sm_80 form.
#include "attention_offsets.h"
#include "sm80_launch.h"

namespace {

template <typename T>
attention::Kernel<T> kernel() {
  attention::Kernel<T> made;
  made.launch = [](const attention::Call<T>& call) { attention::launch_sm80(call); };
  made.dims = {64, 8, 32, 40, 80, 96, 128, 160, 192, 256};
  made.edges = {16, 32, 64, 128};
  made.bias = made.dense = made.hides_within_sequences = false;
  return made;
}

}  // namespace

TEST(attention_sm80_offsets_may_exceed_31_bits) { attention::offsets_may_exceed_31_bits(kernel<bf16>(), 1); }

// Each of very many keys has a weight that fp16 does not hold relative to the largest; together they are not nothing.
TEST(attention_sm80_many_small_weights_count) {
  const int keys = 65537;
  attention::Dice dice(1);
  attention::Form form = attention::Form::plain(32);
  form.scale = 1;
  attention::Sequence sequence = attention::Sequence::of<fp16>(dice, form, 1, keys, 0);
  sequence.q[0] = 1;
  sequence.k[0] = attention::stored<fp16>(17.4f);
  std::fill(sequence.v.begin(), sequence.v.end(), 1.0f);
  std::fill(sequence.v.begin(), sequence.v.begin() + 32, 0.0f);
  attention::Call<fp16> call(form, {sequence}, dice);
  attention::launch_sm80(call);
  const double expected = 65536 / (65536 + std::exp(static_cast<double>(sequence.k[0])));
  const double found = to_float(*call.output(0, 0, 0));
  CHECK(std::abs(found - expected) <= 0x1p-12, attention::text("an output of %g instead of %g", found, expected));
}

ATTENTION_SUITE(attention_sm80_bf16, kernel<bf16>())
ATTENTION_SUITE(attention_sm80_f16, kernel<fp16>())
