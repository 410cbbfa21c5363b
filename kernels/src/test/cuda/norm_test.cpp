// Normalisation against double precision: rows and heads, in place or not, with and without a sum, of every type.
#include "norm.cuh"
#include "row_launches.h"

namespace {

struct NormCase {
  int tokens, heads, columns, gap;
  bool centred, gamma, beta, add, in_place;
  double mean;
};

template <typename X, typename Y, typename Z>
void launch_norm(const NormCase& c, Matrix<X>& x, const Matrix<Y>* y, Z* z, i64 z_stride, const Matrix<float>& gamma,
                 const Matrix<float>& beta) {
  NormParams p = {};
  p.x = x.data();
  p.y = y == nullptr ? nullptr : y->data();
  p.z = z;
  p.gamma = c.gamma ? gamma.data() : nullptr;
  p.beta = c.beta ? beta.data() : nullptr;
  p.x_stride = x.stride();
  p.y_stride = y == nullptr ? 0 : y->stride();
  p.z_stride = z_stride;
  p.tokens = c.tokens;
  p.heads = c.heads;
  p.columns = c.columns;
  p.centred = c.centred;
  p.vectors = c.columns % 8 == 0 && c.gap % 8 == 0;
  p.epsilon = 1e-5f;
  run_norm("norm" + suffix(X()) + suffix(Y()) + suffix(Z()), c.tokens * c.heads, p);
}

template <typename X, typename Y, typename Z>
void check_norm(const NormCase& c, Random& random) {
  int width = c.heads * c.columns;
  Matrix<X> x(c.tokens, width, width + c.gap);
  Matrix<Y> y(c.tokens, width, width + c.gap);
  Matrix<Z> z(c.tokens, width, width + c.gap);
  Matrix<float> gamma(1, c.columns);
  Matrix<float> beta(1, c.columns);
  x.fill(random, c.mean);
  y.fill(random);
  gamma.fill(random, 1, 0.2);
  beta.fill(random);
  Matrix<X> before = x;
  Z* to = c.in_place ? reinterpret_cast<Z*>(x.data()) : z.data();
  launch_norm(c, x, c.add ? &y : nullptr, to, x.stride(), gamma, beta);
  if (!c.in_place) {
    CHECK(z.gaps_untouched(), ": gaps of z");
  }
  CHECK(x.gaps_untouched(), ": gaps of x");
  for (int t = 0; t < c.tokens; t++) {
    for (int h = 0; h < c.heads; h++) {
      int first = h * c.columns;
      std::vector<double> sum(c.columns);
      double mean = 0;
      for (int i = 0; i < c.columns; i++) {
        sum[i] = before.get(t, first + i) + (c.add ? y.get(t, first + i) : 0);
        mean += c.centred ? sum[i] / c.columns : 0;
      }
      double variance = 0;
      for (int i = 0; i < c.columns; i++) {
        variance += (sum[i] - mean) * (sum[i] - mean) / c.columns;
      }
      for (int i = 0; i < c.columns; i++) {
        double expected = (sum[i] - mean) / sqrt(variance + 1e-5f) * (c.gamma ? gamma.get(0, i) : 1) + (c.beta ? beta.get(0, i) : 0);
        double actual = as_double(to[t * x.stride() + first + i]);
        CHECK_NEAR(actual, expected, rounding(expected, Z()) + 2e-6 * (1 + fabs(c.mean)) * 3);
        if (!c.in_place) {
          double kept = c.add ? sum[i] : before.get(t, first + i);
          CHECK_NEAR(x.get(t, first + i), kept, 1.01 * rounding(kept, X()));
        }
      }
    }
  }
}

template <typename X, typename Y, typename Z>
void check_alone_and_poisoned(Random& random, int columns) {
  NormCase c{6, 1, columns, 0, true, true, true, true, false, 0};
  Matrix<X> x(c.tokens, columns);
  Matrix<Y> y(c.tokens, columns);
  Matrix<Z> z(c.tokens, columns);
  Matrix<float> gamma(1, columns);
  Matrix<float> beta(1, columns);
  x.fill(random);
  y.fill(random);
  gamma.fill(random);
  beta.fill(random);
  x.set(2, 1, NAN);
  y.set(3, 0, INFINITY);
  Matrix<X> before = x;
  launch_norm(c, x, &y, z.data(), z.stride(), gamma, beta);
  for (int t = 0; t < c.tokens; t++) {
    if (t == 2 || t == 3) {
      CHECK(std::isnan(z.get(t, columns - 1)), ": NaN stays NaN");
      continue;
    }
    Matrix<X> one(1, columns);
    Matrix<Y> addend(1, columns);
    Matrix<Z> alone(1, columns);
    memcpy(one.data(), before.row(t), columns * sizeof(X));
    memcpy(addend.data(), y.row(t), columns * sizeof(Y));
    NormCase single = c;
    single.tokens = 1;
    launch_norm(single, one, &addend, alone.data(), alone.stride(), gamma, beta);
    CHECK(alone.row_equals(0, z, t), text(": row ", t, " of ", columns, " columns has other bits alone"));
    CHECK(one.row_equals(0, x, t), text(": the sum of row ", t, " has other bits alone"));
  }
}

template <typename X, typename Y, typename Z>
void check_types(Random& random) {
  for (int columns : {1, 7, 8, 64, 100, 384, 2048, 2056, 4099}) {
    for (int variant = 0; variant < 6; variant++) {
      NormCase c{};
      c.heads = columns <= 128 ? 1 + variant % 3 : 1;
      c.tokens = columns > 2000 ? 2 : 1 + static_cast<int>(random() % 9);
      c.columns = columns;
      c.gap = variant % 3 * 4;
      c.centred = variant % 2 == 0;
      c.gamma = variant != 4;
      c.beta = c.centred && variant != 2;
      c.add = variant % 3 != 1;
      c.in_place = sizeof(X) == sizeof(Z) && variant >= 3;
      c.mean = variant == 0 && sizeof(X) == 4 ? 30 : 0;
      check_norm<X, Y, Z>(c, random);
    }
  }
  check_alone_and_poisoned<X, Y, Z>(random, 384);
  check_alone_and_poisoned<X, Y, Z>(random, 2560);
}

}  // namespace

TEST(norm_matches_double_precision) {
  Random& random = suite::random();
  check_types<float, float, float>(random);
  check_types<float, fp16, float>(random);
  check_types<float, fp16, fp16>(random);
  check_types<fp16, fp16, float>(random);
  check_types<fp16, fp16, fp16>(random);
  check_types<float, bf16, float>(random);
  check_types<float, bf16, bf16>(random);
  check_types<bf16, bf16, float>(random);
  check_types<bf16, bf16, bf16>(random);
}
