// Elementary functions against those of double precision.
#include "numbers.cuh"

#include "matrix.h"


namespace {

template <typename F, typename G, typename Tolerance>
void compare(float from, float to, F function, G reference, Tolerance tolerance) {
  constexpr int kSteps = 200000;
  for (int i = 0; i <= kSteps; i++) {
    float x = static_cast<float>(from + (static_cast<double>(to) - from) * i / kSteps);
    double expected = reference(static_cast<double>(x));
    CHECK_NEAR(function(x), expected, tolerance(x, expected));
  }
}

double relative(float, double expected) { return 1e-6 * fabs(expected) + 1e-38; }
double of_argument(float x, double) { return 2e-7 * fabs(x); }

double exact_gelu(double x) { return x / 2 * erfc(-x / sqrt(2.0)); }
double exact_gelu_tanh(double x) { return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double exact_silu(double x) { return x / (1 + exp(-x)); }

}  // namespace

TEST(functions_match_double_precision) {
  compare(-87, 88, [](float x) { return exp_full(x); }, [](double x) { return exp(x); }, relative);
  compare(0.5f, 2, [](float x) { return log_full(x); }, [](double x) { return log(x); }, [](float, double) { return 2e-7; });
  compare(2, 1e6f, [](float x) { return log_full(x); }, [](double x) { return log(x); }, relative);
  compare(1e-30f, 0.5f, [](float x) { return log_full(x); }, [](double x) { return log(x); }, relative);
  compare(-0.6f, 0.6f, [](float x) { return tanh_full(x); }, [](double x) { return tanh(x); }, relative);
  compare(-12, 12, [](float x) { return tanh_full(x); }, [](double x) { return tanh(x); }, relative);
  compare(-200, 200, [](float x) { return tanh_full(x); }, [](double x) { return tanh(x); }, relative);
  compare(1e-6f, 1e6f, [](float x) { return reciprocal(x); }, [](double x) { return 1 / x; }, relative);
  compare(-80, 80, [](float x) { return silu(x); }, exact_silu, relative);
  compare(-80, 80, [](float x) { return sigmoid(x); }, [](double x) { return 1 / (1 + exp(-x)); }, relative);
  compare(-8, 8, [](float x) { return gelu(x); }, exact_gelu, of_argument);
  compare(-1000, 1000, [](float x) { return gelu(x); }, exact_gelu, of_argument);
  compare(-8, 8, [](float x) { return gelu_tanh(x); }, exact_gelu_tanh, of_argument);
  compare(-1000, 1000, [](float x) { return gelu_tanh(x); }, exact_gelu_tanh, of_argument);
}

TEST(functions_at_the_ends_of_the_range) {
  CHECK(exp_full(-infinity()) == 0 && exp_full(-200) == 0 && exp_full(0) == 1, ": exp of nothing");
  CHECK(exp_full(infinity()) == infinity() && exp_full(100) == infinity(), ": exp of much");
  CHECK(log_full(0) == -infinity() && log_full(1) == 0 && log_full(infinity()) == infinity(), ": log");
  CHECK(tanh_full(infinity()) == 1 && tanh_full(-infinity()) == -1 && tanh_full(0) == 0, ": tanh");
  CHECK(relu(-1) == 0 && relu(2) == 2, ": relu");
  for (float (*f)(float) : {+[](float x) { return exp_full(x); }, +[](float x) { return log_full(x); },
                            +[](float x) { return tanh_full(x); }, +[](float x) { return gelu(x); },
                            +[](float x) { return gelu_tanh(x); }, +[](float x) { return silu(x); },
                            +[](float x) { return relu(x); }}) {
    CHECK(std::isnan(f(NAN)), ": NaN stays NaN");
  }
}
