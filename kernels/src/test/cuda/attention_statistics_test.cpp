// Sums of attention statistics beside their definitions; the statistics themselves are tested in Java.
#include <string>

#include "../../main/cuda/attention_statistics.cuh"
#include "attention_call.h"
#include "suite.h"

namespace {

using attention::Call;
using attention::Dice;
using attention::Form;
using attention::Sequence;

constexpr int kRows = 64, kWindow = 5;

// The sums of one query of one head.
std::vector<double> expected(const Form& form, const Sequence& sequence, int query, int head) {
  std::vector<double> scores, sums(kAttentionSums);
  sums[kLargest] = -attention::kInfinity;
  for (int j = 0; j < sequence.keys; j++) {
    scores.push_back(sequence.sees(form, query, j) ? attention::Reference::score(form, sequence, query, head, j) : -attention::kInfinity);
    sums[kLargest] = std::max(sums[kLargest], scores.back());
  }
  for (int j = 0; j < sequence.keys; j++) {
    const double below = scores[static_cast<size_t>(j)] - sums[kLargest];
    const double weight = std::exp(below);
    if (scores[static_cast<size_t>(j)] != -attention::kInfinity) {
      const int away = std::abs(query + sequence.keys - sequence.queries - j);
      sums[kTotal] += weight;
      sums[kWeighted] += weight == 0 ? 0 : weight * below;
      sums[kDistance] += weight * away;
      sums[kFirst] += j == 0 ? weight : 0;
      sums[kNear] += away <= kWindow ? weight : 0;
    }
  }
  return sums;
}

template <typename T>
void sums_are_as_defined(const std::string& name, u64 seed) {
  Dice dice(seed);
  Form form = Form::causal(dice.of(std::vector<int>{1, 16, 33, 64}), 2, 2);
  form.left = dice.one_in(2) ? attention::kUnlimited : 20;
  form.softcap = dice.one_in(3) ? 0.3f : 0;
  form.bias = dice.below(3);
  form.dense = dice.one_in(3);
  std::vector<Sequence> sequences;
  for (int i = 0; i < 3; i++) {
    sequences.push_back(Sequence::of<T>(dice, form, dice.below(70), dice.below(90), 1.5f));
  }
  Call<T> call(form, sequences, dice);
  std::vector<AttentionTile> tiles = call.tiles(kRows);
  std::vector<int> own_begin, own_end, own_key;
  for (size_t s = 0; s < sequences.size(); s++) {
    for (int i = 0; i < sequences[s].queries; i++) {
      own_begin.push_back(call.key_starts[s]);
      own_end.push_back(call.key_starts[s + 1]);
      own_key.push_back(call.key_starts[s + 1] + i - sequences[s].queries);
    }
  }
  std::vector<double> sums(static_cast<size_t>(kAttentionSums * form.heads() * call.params.tokens));
  AttentionStatisticsParams params = {call.params, sums.data(), own_begin.data(), own_end.data(), own_key.data(), kWindow, 0};
  params.call.tiles = tiles.data();
  params.call.tiles_count = static_cast<int>(tiles.size());
  if (!tiles.empty()) {
    const u32 shared = static_cast<u32>((form.dim + 3) / 4 * 4 * kRows) * sizeof(float);
    run(("attention_statistics_" + name).c_str(), static_cast<u32>(tiles.size()) * static_cast<u32>(form.heads()), kRows, shared, params);
  }
  for (size_t s = 0; s < sequences.size(); s++) {
    for (int i = 0; i < sequences[s].queries; i++) {
      for (int h = 0; h < form.heads(); h++) {
        const std::vector<double> wanted = expected(form, sequences[s], i, h);
        for (int sum = 0; sum < kAttentionSums; sum++) {
          const i64 at = (static_cast<i64>(sum) * form.heads() + h) * call.params.tokens + call.query_starts[s] + i;
          const double found = sums[static_cast<size_t>(at)], right = wanted[static_cast<size_t>(sum)];
          CHECK(found == right || std::abs(found - right) <= 1e-12 * std::max(1.0, std::abs(right)),
                "seed " + std::to_string(seed) + ": sum " + std::to_string(sum) + " of sequence " + std::to_string(s) + ", query " +
                    std::to_string(i) + ", head " + std::to_string(h) + " is " + std::to_string(found) + ", not " + std::to_string(right));
        }
      }
    }
  }
}

}  // namespace

TEST(attention_statistics_are_sums_as_defined) {
  for (int i = 0; i < 5; i++) {
    sums_are_as_defined<float>("f32", suite::random()());
    sums_are_as_defined<fp16>("f16", suite::random()());
    sums_are_as_defined<bf16>("bf16", suite::random()());
  }
}
