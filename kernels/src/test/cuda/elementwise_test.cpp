// Sums, rows of a table, rotation and pooling against double precision.
#include "pool.cuh"
#include "rope.cuh"
#include "row_launches.h"

namespace {

template <typename X, typename Y>
void check_add(Random& random, int rows, int columns) {
  Matrix<X> x(rows, columns);
  Matrix<Y> y(rows, columns);
  x.fill(random);
  y.fill(random);
  Matrix<X> before = x;
  AddParams p{x.data(), y.data(), i64(rows) * columns, 1, 0};
  u32 grid = static_cast<u32>((p.elements + 8 * kElementwiseThreads - 1) / (8 * kElementwiseThreads));
  run(("add" + suffix(X()) + suffix(Y())).c_str(), grid, kElementwiseThreads, 0, p);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      double sum = before.get(r, c) + y.get(r, c);
      CHECK_NEAR(x.get(r, c), sum, 1.01 * rounding(sum, X()));
    }
  }
}

template <typename X, typename Y>
void check_gather(Random& random, int count, int columns) {
  Matrix<X> table(11, columns);
  Matrix<Y> y(count, columns);
  table.fill(random);
  std::vector<int> rows(count);
  for (int& row : rows) {
    row = static_cast<int>(random() % 11);
  }
  Buffer<int> indices = buffer_of(rows);
  run_gather(table, indices, y.data());
  for (int r = 0; r < count; r++) {
    for (int c = 0; c < columns; c++) {
      double element = table.get(rows[r], c);
      CHECK_NEAR(y.get(r, c), element, sizeof(X) == sizeof(Y) ? 0 : rounding(element, Y()));
    }
  }
}

template <typename T>
void check_rope(Random& random, int tokens, int heads, int dim, int pairs, bool neighbours, int gap) {
  constexpr int kPositions = 40;
  int width = heads * dim;
  Matrix<T> x(tokens, width, width + gap);
  Matrix<float> cosines(kPositions, pairs);
  Matrix<float> sines(kPositions, pairs);
  x.fill(random);
  std::vector<int> at(tokens);
  for (int& position : at) {
    position = static_cast<int>(random() % kPositions);
  }
  for (int position = 0; position < kPositions; position++) {
    for (int i = 0; i < pairs; i++) {
      double angle = position * pow(10000, -static_cast<double>(i) / pairs);
      cosines.set(position, i, cos(angle));
      sines.set(position, i, sin(angle));
    }
  }
  Matrix<T> before = x;
  Buffer<int> positions = buffer_of(at);
  RopeParams p = {};
  p.x = x.data();
  p.cosines = cosines.data();
  p.sines = sines.data();
  p.positions = positions.data();
  p.stride = x.stride();
  p.tokens = tokens;
  p.heads = heads;
  p.head_dim = dim;
  p.pairs = pairs;
  p.neighbours = neighbours;
  p.vectors = pairs % 8 == 0 && dim % 8 == 0 && x.stride() % 8 == 0;
  u32 items = static_cast<u32>(tokens * heads * ((pairs + 7) / 8));
  run(("rope" + suffix(T())).c_str(), (items + kRopeThreads - 1) / kRopeThreads, kRopeThreads, 0, p);
  CHECK(x.gaps_untouched(), ": gaps of x");
  for (int t = 0; t < tokens; t++) {
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < pairs; i++) {
        int first = h * dim + (neighbours ? 2 * i : i);
        int second = neighbours ? first + 1 : first + pairs;
        double a = before.get(t, first);
        double b = before.get(t, second);
        double cosine = cosines.get(at[t], i);
        double sine = sines.get(at[t], i);
        double tolerance = 2 * 0x1p-24 * (fabs(a) + fabs(b));
        CHECK_NEAR(x.get(t, first), a * cosine - b * sine, rounding(a * cosine - b * sine, T()) + tolerance);
        CHECK_NEAR(x.get(t, second), b * cosine + a * sine, rounding(b * cosine + a * sine, T()) + tolerance);
      }
      for (int i = 2 * pairs; i < dim; i++) {
        CHECK(x.get(t, h * dim + i) == before.get(t, h * dim + i), text(": element ", i, " is not to be turned"));
      }
    }
  }
}

double pooled(const std::vector<double>& column, int kind) {
  double n = static_cast<double>(column.size());
  double sum = 0;
  double weighted = 0;
  double largest = -INFINITY;
  for (size_t i = 0; i < column.size(); i++) {
    sum += column[i];
    weighted += column[i] * static_cast<double>(i + 1);
    largest = std::max(largest, column[i]);
  }
  switch (kind) {
    case kPoolFirst:
      return column.front();
    case kPoolLast:
      return column.back();
    case kPoolMax:
      return largest;
    case kPoolMeanSqrtLength:
      return sum / sqrt(n);
    case kPoolWeightedMean:
      return weighted / (n * (n + 1) / 2);
    default:
      return sum / n;
  }
}

template <typename T>
Matrix<float> pool(const Matrix<T>& x, const std::vector<int>& cu_seqlens, int kind) {
  int sequences = static_cast<int>(cu_seqlens.size()) - 1;
  Matrix<float> y(sequences, x.columns());
  Buffer<int> ends = buffer_of(cu_seqlens);
  PoolParams p = {};
  p.x = x.data();
  p.cu_seqlens = ends.data();
  p.y = y.data();
  p.x_stride = x.stride();
  p.sequences = sequences;
  p.columns = x.columns();
  p.kind = kind;
  p.vectors = x.columns() % 8 == 0 && x.stride() % 8 == 0;
  u32 grid = static_cast<u32>(sequences * ((x.columns() + kPoolColumns - 1) / kPoolColumns));
  run(("pool" + suffix(T())).c_str(), grid, kPoolThreads, kPoolSharedBytes, p);
  return y;
}

template <typename T>
void check_pool(Random& random, int columns, int gap) {
  std::vector<int> cu_seqlens{0};
  for (int length : {1, 3, 8, 9, 17, 1, 100, 2}) {
    cu_seqlens.push_back(cu_seqlens.back() + length);
  }
  Matrix<T> x(cu_seqlens.back(), columns, columns + gap);
  x.fill(random);
  for (int kind = kPoolMean; kind <= kPoolWeightedMean; kind++) {
    Matrix<float> y = pool(x, cu_seqlens, kind);
    for (int s = 0; s < y.rows(); s++) {
      int rows = cu_seqlens[s + 1] - cu_seqlens[s];
      for (int c = 0; c < columns; c++) {
        std::vector<double> column;
        for (int r = cu_seqlens[s]; r < cu_seqlens[s + 1]; r++) {
          column.push_back(x.get(r, c));
        }
        CHECK_NEAR(y.get(s, c), pooled(column, kind), kind == kPoolMax ? 0 : 3e-6 * sqrt(rows));
      }
      Matrix<T> alone(rows, columns, columns + gap);
      for (int r = 0; r < rows; r++) {
        memcpy(alone.row(r), x.row(cu_seqlens[s] + r), columns * sizeof(T));
      }
      CHECK(pool(alone, {0, rows}, kind).row_equals(0, y, s), text(": sequence ", s, " has other bits alone"));
    }
  }
  x.set(cu_seqlens[4], 0, NAN);
  for (int kind : {kPoolMean, kPoolMax}) {
    Matrix<float> y = pool(x, cu_seqlens, kind);
    for (int s = 0; s < y.rows(); s++) {
      CHECK(std::isnan(y.get(s, 0)) == (s == 4), text(": NaN in sequence 4 shows in sequence ", s, ", kind ", kind));
    }
  }
}

}  // namespace

TEST(add_matches_double_precision) {
  Random& random = suite::random();
  for (auto [rows, columns] : {std::pair{1, 1}, {3, 8}, {7, 13}, {5, 384}, {9, 1000}}) {
    check_add<float, float>(random, rows, columns);
    check_add<float, fp16>(random, rows, columns);
    check_add<float, bf16>(random, rows, columns);
    check_add<fp16, fp16>(random, rows, columns);
    check_add<fp16, float>(random, rows, columns);
    check_add<bf16, float>(random, rows, columns);
    check_add<bf16, bf16>(random, rows, columns);
  }
}

TEST(gather_matches_the_table) {
  Random& random = suite::random();
  for (auto [count, columns] : {std::pair{1, 1}, {30, 8}, {7, 13}, {50, 384}}) {
    check_gather<float, float>(random, count, columns);
    check_gather<float, fp16>(random, count, columns);
    check_gather<float, bf16>(random, count, columns);
    check_gather<fp16, fp16>(random, count, columns);
    check_gather<bf16, bf16>(random, count, columns);
  }
}

TEST(rope_matches_double_precision) {
  Random& random = suite::random();
  for (bool neighbours : {false, true}) {
    for (auto [dim, pairs] : {std::pair{64, 32}, {128, 64}, {80, 40}, {20, 10}, {64, 16}, {64, 9}, {2, 1}}) {
      for (int gap : {0, 5, 8}) {
        check_rope<float>(random, 9, 3, dim, pairs, neighbours, gap);
        check_rope<fp16>(random, 9, 3, dim, pairs, neighbours, gap);
        check_rope<bf16>(random, 9, 3, dim, pairs, neighbours, gap);
      }
    }
  }
}

TEST(pool_matches_double_precision) {
  Random& random = suite::random();
  for (auto [columns, gap] : {std::pair{8, 0}, {384, 0}, {13, 0}, {264, 8}, {300, 3}}) {
    check_pool<float>(random, columns, gap);
    check_pool<fp16>(random, columns, gap);
    check_pool<bf16>(random, columns, gap);
  }
}
