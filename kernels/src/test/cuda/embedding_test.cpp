// Rows of tables with their norm: the bits of gathering, adding and normalising by the kernels that do one of these each.
#include "embedding.cuh"
#include "norm.cuh"
#include "row_launches.h"

namespace {

struct EmbeddingCase {
  int count, columns;
  bool add, in_place, centred, gamma, beta;
};

struct Tables {
  Tables(Random& random, const EmbeddingCase& c)
      : table(9, c.columns), addend(5, c.columns), gamma(1, c.columns), beta(1, c.columns), rows(c.count), addend_rows(c.count) {
    table.fill(random, 0, 3);
    addend.fill(random);
    gamma.fill(random, 1, 0.2);
    beta.fill(random);
    for (int i = 0; i < c.count; i++) {
      rows.data()[i] = static_cast<int>(random() % 9);
      addend_rows.data()[i] = static_cast<int>(random() % 5);
    }
  }

  Matrix<float> table, addend, gamma, beta;
  Buffer<int> rows, addend_rows;
};

// x and z, one operation after the other.
template <typename X, typename Y, typename Z>
void step_by_step(const EmbeddingCase& c, const Tables& t, X* x, Z* z) {
  Matrix<Y> y(c.count, c.columns);
  run_gather(t.table, t.rows, x);
  if (c.add) {
    run_gather(t.addend, t.addend_rows, y.data());
  }
  NormParams p = {};
  p.x = x;
  p.y = c.add ? y.data() : nullptr;
  p.z = z;
  p.gamma = c.gamma ? t.gamma.data() : nullptr;
  p.beta = c.beta ? t.beta.data() : nullptr;
  p.x_stride = p.y_stride = p.z_stride = c.columns;
  p.tokens = c.count;
  p.heads = 1;
  p.columns = c.columns;
  p.centred = c.centred;
  p.vectors = c.columns % 8 == 0;
  p.epsilon = 1e-5f;
  run_norm("norm" + suffix(X()) + suffix(Y()) + suffix(Z()), c.count, p);
}

template <typename X, typename Z>
void at_once(const EmbeddingCase& c, const Tables& t, X* x, Z* z) {
  EmbeddingParams p = {};
  p.table = t.table.data();
  p.rows = t.rows.data();
  p.addend = c.add ? t.addend.data() : nullptr;
  p.addend_rows = c.add ? t.addend_rows.data() : nullptr;
  p.x = x;
  p.z = z;
  p.gamma = c.gamma ? t.gamma.data() : nullptr;
  p.beta = c.beta ? t.beta.data() : nullptr;
  p.count = c.count;
  p.columns = c.columns;
  p.centred = c.centred;
  p.vectors = c.columns % 8 == 0;
  p.epsilon = 1e-5f;
  run_norm("embedding" + suffix(X()) + suffix(Z()), c.count, p);
}

// Y is what a norm kernel with these X and Z adds.
template <typename X, typename Y, typename Z>
void check_embedding(const EmbeddingCase& c, Random& random) {
  Tables tables(random, c);
  Matrix<X> x(c.count, c.columns), expected_x(c.count, c.columns);
  Matrix<Z> z(c.count, c.columns), expected_z(c.count, c.columns);
  bool in_place = c.in_place && sizeof(X) == sizeof(Z);
  step_by_step<X, Y, Z>(c, tables, expected_x.data(), in_place ? reinterpret_cast<Z*>(expected_x.data()) : expected_z.data());
  at_once(c, tables, x.data(), in_place ? reinterpret_cast<Z*>(x.data()) : z.data());
  for (int i = 0; i < c.count; i++) {
    CHECK(x.row_equals(i, expected_x, i), text(": row ", i, " of x, ", c.columns, " columns"));
    CHECK(z.row_equals(i, expected_z, i), text(": row ", i, " of z, ", c.columns, " columns"));
  }
}

template <typename X, typename Y, typename Z>
void check_types(Random& random) {
  for (int columns : {1, 7, 8, 100, 384, 2048, 2056, 4099}) {
    for (int variant = 0; variant < 6; variant++) {
      int count = columns > 2000 ? 2 : 1 + static_cast<int>(random() % 9);
      // Of fp32 both tables are added as they are; else the norm kernels add what was rounded to 16 bits, and so does a table for an x of 16.
      bool add = sizeof(X) == sizeof(Y) && variant % 2 == 0;
      check_embedding<X, Y, Z>({count, columns, add, variant >= 3, variant % 3 != 1, variant != 4, variant != 2}, random);
    }
  }
}

}  // namespace

TEST(embedding_has_the_bits_of_its_steps) {
  Random& random = suite::random();
  check_types<float, float, float>(random);
  check_types<float, fp16, fp16>(random);
  check_types<fp16, fp16, float>(random);
  check_types<fp16, fp16, fp16>(random);
  check_types<float, bf16, bf16>(random);
  check_types<bf16, bf16, float>(random);
  check_types<bf16, bf16, bf16>(random);
}
