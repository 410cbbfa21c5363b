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

ATTENTION_SUITE(attention_sm80_bf16, kernel<bf16>())
ATTENTION_SUITE(attention_sm80_f16, kernel<fp16>())
