// Standard attention against double precision: lengths and head sizes on both sides of its tiles' ends, grouped queries, tensors with gaps.
#include "attention_standard.cuh"
#include "matrix.h"

namespace {

u32 tiles(int length) { return static_cast<u32>((length + kStandardTile - 1) / kStandardTile); }

template <typename T>
void check_standard(Random& random, int batch, int length, int q_heads, int k_heads, int dim, int gap) {
  Matrix<T> q(batch * length, q_heads * dim, q_heads * dim + gap);
  Matrix<T> k(batch * length, k_heads * dim, k_heads * dim + gap);
  Matrix<T> v(batch * length, k_heads * dim, k_heads * dim + gap);
  Matrix<T> o(batch * length, q_heads * dim, q_heads * dim + gap);
  Buffer<float> scores(static_cast<size_t>(batch) * q_heads * length * length);
  q.fill(random);
  k.fill(random);
  v.fill(random);
  StandardParams p = {};
  p.q = q.data();
  p.k = k.data();
  p.v = v.data();
  p.o = o.data();
  p.scores = scores.data();
  p.q_stride = q.stride();
  p.k_stride = k.stride();
  p.v_stride = v.stride();
  p.o_stride = o.stride();
  p.batch = batch;
  p.length = length;
  p.q_heads = q_heads;
  p.k_heads = k_heads;
  p.head_dim = dim;
  p.scale = 0.3f;
  u32 items = static_cast<u32>(batch * q_heads);
  run(("attention_standard_scores" + suffix(T())).c_str(), items * tiles(length) * tiles(length), kStandardThreads, kStandardProductShared, p);
  run("attention_standard_softmax", items * static_cast<u32>(length), kStandardThreads, kStandardSoftmaxShared, p);
  run(("attention_standard_values" + suffix(T())).c_str(), items * tiles(length) * tiles(dim), kStandardThreads, kStandardProductShared, p);
  CHECK(o.gaps_untouched(), ": gaps of o");
  for (int b = 0; b < batch; b++) {
    for (int h = 0; h < q_heads; h++) {
      int kh = h / (q_heads / k_heads);
      for (int t = 0; t < length; t += 1 + static_cast<int>(random() % 9)) {
        std::vector<double> weight(length);
        double largest = -INFINITY;
        for (int j = 0; j < length; j++) {
          for (int d = 0; d < dim; d++) {
            weight[j] += 0.3f * q.get(b * length + t, h * dim + d) * k.get(b * length + j, kh * dim + d);
          }
          largest = std::max(largest, weight[j]);
        }
        double sum = 0;
        for (double& w : weight) {
          w = exp(w - largest);
          sum += w;
        }
        for (int d = 0; d < dim; d++) {
          double expected = 0;
          for (int j = 0; j < length; j++) {
            expected += weight[j] / sum * v.get(b * length + j, kh * dim + d);
          }
          CHECK_NEAR(o.get(b * length + t, h * dim + d), expected, rounding(expected, T()) + 1e-5 * 4);
        }
      }
    }
  }
}

}  // namespace

TEST(standard_attention_matches_double_precision) {
  Random& random = suite::random();
  for (auto [length, dim] : {std::pair{1, 16}, {5, 8}, {63, 17}, {64, 64}, {65, 16}, {130, 72}, {300, 40}}) {
    check_standard<float>(random, 2, length, 2, 1, dim, 0);
    check_standard<fp16>(random, 1, length, 3, 3, dim, 8);
    check_standard<bf16>(random, 1, length, 2, 2, dim, 3);
  }
}
