// Both GEMMs and cross entropy against double precision: edges of tiles, every activation, gates, types, isolation and batch invariance.
#include "cross_entropy.cuh"
#include "gemm_plain.cuh"
#include "gemm_sm80.cuh"
#include "matrix.h"

namespace {

struct Shape {
  int m, n, k;
  int gap = 0;  // behind the rows of x, the gate and y
  int activation = kNoActivation;
  bool bias = true, gate = false;
};

double activated(double x, int activation) {
  switch (activation) {
    case kGelu:
      return x / 2 * erfc(-x / sqrt(2.0));
    case kGeluTanh:
      return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case kSilu:
      return x / (1 + exp(-x));
    case kRelu:
      return std::max(x, 0.0);
    default:
      return x;
  }
}

template <typename T>
struct Operands {
  Operands(const Shape& s, Random& random)
      : x(s.m, s.k, s.k + s.gap), w(s.n, s.k), bias(1, s.n), gate(s.m, s.n, s.n + s.gap) {
    x.fill(random);
    w.fill(random, 0, 1 / sqrt(s.k));
    bias.fill(random);
    gate.fill(random);
  }
  Matrix<T> x, w;
  Matrix<float> bias;
  Matrix<T> gate;
};

template <typename T, typename Y>
void launch(const std::string& form, const Shape& s, const GemmParams& p, int tile, u32 threads, u32 shared_bytes, T t, Y y) {
  u32 grid = static_cast<u32>((s.m + tile - 1) / tile * ((s.n + tile - 1) / tile));
  run((form + suffix(t) + suffix(y)).c_str(), grid, threads, shared_bytes, p);
}

template <typename T, typename Y>
void multiply(const std::string& form, const Shape& s, const Operands<T>& o, Matrix<Y>& y) {
  GemmParams p = {};
  p.x = o.x.data();
  p.w = o.w.data();
  p.bias = s.bias ? o.bias.data() : nullptr;
  p.gate = s.gate ? o.gate.data() : nullptr;
  p.y = y.data();
  p.x_stride = o.x.stride();
  p.gate_stride = o.gate.stride();
  p.y_stride = y.stride();
  p.m = s.m;
  p.n = s.n;
  p.k = s.k;
  p.activation = s.activation;
  p.vectors = s.k % 8 == 0 && s.gap % 8 == 0;
  p.y_vectors = s.n % 8 == 0 && s.gap % 8 == 0;
  if (form == "gemm_plain") {
    launch(form, s, p, kPlainGemmTile, kPlainGemmThreads, kPlainGemmSharedBytes, T(), Y());
  } else if (form == "gemm_sm80_128") {
    launch(form, s, p, 128, TensorGemm<128>::kThreads, TensorGemm<128>::kSharedBytes, T(), Y());
  } else {
    launch(form, s, p, 64, TensorGemm<64>::kThreads, TensorGemm<64>::kSharedBytes, T(), Y());
  }
}

template <typename T, typename Y>
void check_gemm(const std::string& form, const Shape& s, Random& random) {
  Operands<T> o(s, random);
  Matrix<Y> y(s.m, s.n, s.n + s.gap);
  multiply(form, s, o, y);
  CHECK(y.gaps_untouched(), ": gaps of y");
  for (int r = 0; r < s.m; r++) {
    for (int c = 0; c < s.n; c++) {
      double sum = s.bias ? o.bias.get(0, c) : 0;
      double size = fabs(sum);
      for (int i = 0; i < s.k; i++) {
        sum += o.x.get(r, i) * o.w.get(c, i);
        size += fabs(o.x.get(r, i) * o.w.get(c, i));
      }
      double gate = s.gate ? o.gate.get(r, c) : 1;
      double expected = activated(sum, s.activation) * gate;
      CHECK_NEAR(y.get(r, c), expected, rounding(expected, Y()) + 2e-6 * size * fabs(gate));
    }
  }
}

// The bits of a row, alone, and among rows of which some are not finite.
template <typename T, typename Y>
void check_rows_apart(const std::string& form, Random& random) {
  Shape s{140, 136, 72, 0, kGelu, true, true};
  Operands<T> o(s, random);
  Matrix<Y> y(s.m, s.n);
  multiply(form, s, o, y);
  for (int r : {0, 15, 64, 127, 128, 139}) {
    Shape single = s;
    single.m = 1;
    Operands<T> alone(single, random);
    memcpy(alone.x.data(), o.x.row(r), s.k * sizeof(T));
    memcpy(alone.gate.data(), o.gate.row(r), s.n * sizeof(T));
    memcpy(alone.w.data(), o.w.data(), sizeof(T) * s.n * s.k);
    memcpy(alone.bias.data(), o.bias.data(), sizeof(float) * s.n);
    Matrix<Y> one(1, s.n);
    multiply(form, single, alone, one);
    CHECK(one.row_equals(0, y, r), text(": row ", r, " of ", form, " has other bits alone"));
  }
  Operands<T> poisoned = o;
  for (int r = 0; r < s.m; r += 3) {
    poisoned.x.set(r, r % s.k, r % 2 ? NAN : INFINITY);
  }
  Matrix<Y> z(s.m, s.n);
  multiply(form, s, poisoned, z);
  for (int r = 0; r < s.m; r++) {
    if (r % 3 != 0) {
      CHECK(z.row_equals(r, y, r), text(": row ", r, " of ", form, " sees what is not finite in others"));
    } else if (r % 2) {
      CHECK(std::isnan(z.get(r, 0)), text(": row ", r, " of ", form, " hides NaN"));
    }
  }
}

template <typename T, typename Y>
void check_form(const std::string& form, bool any_shape, Random& random) {
  check_gemm<T, Y>(form, {1, 8, 8}, random);
  check_gemm<T, Y>(form, {3, 64, 40}, random);
  check_gemm<T, Y>(form, {129, 130, 64, 8}, random);
  check_gemm<T, Y>(form, {70, 264, 200, 0, kGelu}, random);
  check_gemm<T, Y>(form, {17, 33, 384, 16, kNoActivation, false, true}, random);
  for (int activation = kNoActivation; activation <= kRelu; activation++) {
    check_gemm<T, Y>(form, {20, 24, 32, 0, activation, true, activation % 2 == 0}, random);
    check_gemm<T, Y>(form, {5, 16, 96, 0, activation, false, activation % 2 == 1}, random);
  }
  for (int i = 0; i < 4; i++) {
    Shape s{static_cast<int>(1 + random() % 300), static_cast<int>(1 + random() % 300), static_cast<int>(8 * (1 + random() % 24))};
    s.gap = static_cast<int>(8 * (random() % 2));
    if (any_shape) {
      s.k = static_cast<int>(1 + random() % 190);
      s.gap = static_cast<int>(random() % 9);
    }
    s.activation = static_cast<int>(random() % 5);
    s.bias = random() % 2;
    s.gate = random() % 2;
    check_gemm<T, Y>(form, s, random);
  }
  check_rows_apart<T, Y>(form, random);
}

}  // namespace

TEST(plain_gemm_matches_double_precision) {
  Random& random = suite::random();
  check_form<float, float>("gemm_plain", true, random);
  check_form<fp16, fp16>("gemm_plain", true, random);
  check_form<fp16, float>("gemm_plain", true, random);
  check_form<bf16, bf16>("gemm_plain", true, random);
  check_form<bf16, float>("gemm_plain", true, random);
}

TEST(tensor_core_gemm_matches_double_precision) {
  Random& random = suite::random();
  for (const char* form : {"gemm_sm80_128", "gemm_sm80_64"}) {
    check_form<fp16, fp16>(form, false, random);
    check_form<fp16, float>(form, false, random);
    check_form<bf16, bf16>(form, false, random);
    check_form<bf16, float>(form, false, random);
  }
}

// So the host may choose the size by the batch.
TEST(tensor_core_gemm_has_the_same_bits_in_tiles_of_any_size) {
  Random& random = suite::random();
  for (int k : {8, 40, 136}) {
    Shape s{150, 88, k, 0, kGelu, true, true};
    Operands<bf16> o(s, random);
    Matrix<bf16> large(s.m, s.n);
    Matrix<bf16> small(s.m, s.n);
    multiply("gemm_sm80_128", s, o, large);
    multiply("gemm_sm80_64", s, o, small);
    for (int r = 0; r < s.m; r++) {
      CHECK(large.row_equals(r, small, r), text(": row ", r, ", k ", k));
    }
  }
}

// Many column tiles and many row tiles: every place of the grid is some block's, once.
TEST(each_tile_has_one_block) {
  for (auto [rows, columns] : {std::pair{1u, 1u}, {1u, 9u}, {8u, 3u}, {9u, 4u}, {23u, 5u}}) {
    std::vector<int> blocks(rows * columns);
    for (u32 block = 0; block < rows * columns; block++) {
      TilePlace place = tile_place(block, rows, columns);
      CHECK(place.row >= 0 && place.row < int(rows) && place.column >= 0 && place.column < int(columns),
            text(": block ", block, " is outside"));
      blocks[place.row * columns + place.column]++;
    }
    for (int count : blocks) {
      CHECK(count == 1, text(": a tile has ", count, " blocks"));
    }
  }
}

TEST(cross_entropy_matches_double_precision) {
  Random& random = suite::random();
  for (int columns : {1, 8, 31, 1000, 5003}) {
    for (int chunk : {columns, 8, 512}) {
      if (columns / chunk > 100) {
        continue;
      }
      constexpr int kRows = 5;
      Matrix<float> logits(kRows, columns);
      logits.fill(random, 3, 8);
      logits.set(3, 0, 80);
      std::vector<int> targets(kRows);
      for (int& target : targets) {
        target = static_cast<int>(random() % static_cast<u64>(columns));
      }
      targets[1] = -1;
      logits.set(4, columns / 2, NAN);
      Buffer<int> indices = buffer_of(targets);
      Buffer<CrossEntropyRow> sums(kRows);
      Buffer<float> nll(kRows);
      for (int first = 0; first < columns; first += chunk) {
        CrossEntropyParams p = {};
        p.columns = std::min(chunk, columns - first);
        Matrix<float> part(kRows, p.columns);
        for (int r = 0; r < kRows; r++) {
          memcpy(part.row(r), logits.row(r) + first, p.columns * sizeof(float));
        }
        p.logits = part.data();
        p.targets = indices.data();
        p.sums = sums.data();
        p.stride = part.stride();
        p.rows = kRows;
        p.first_column = first;
        p.vectors = p.columns % 8 == 0;
        p.nll = first + chunk >= columns ? nll.data() : nullptr;
        run("cross_entropy", kRows, kCrossEntropyThreads, kCrossEntropySharedBytes, p);
      }
      for (int r = 0; r < kRows; r++) {
        double largest = -INFINITY;
        double sum = 0;
        for (int c = 0; c < columns; c++) {
          largest = std::max(largest, logits.get(r, c));
        }
        for (int c = 0; c < columns; c++) {
          sum += exp(logits.get(r, c) - largest);
        }
        double actual = nll.data()[r];
        if (r == 4 || targets[r] < 0) {
          CHECK(std::isnan(actual), ": NaN stays NaN, and no target has none");
          continue;
        }
        double expected = largest + log(sum) - logits.get(r, targets[r]);
        CHECK_NEAR(actual, expected, 1e-6 * std::max(1.0, fabs(expected)));
      }
    }
  }
}
