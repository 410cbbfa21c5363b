// The emulator itself: right kernels give the right numbers, each wrong one is found.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "emulator_kernels.h"
#include "suite.h"

namespace {

std::vector<float> numbers(size_t count) {
  std::vector<float> x(count);
  for (float& v : x) v = static_cast<float>(static_cast<int>(suite::random()() % 17) - 8);
  return x;
}

struct Sum {
  uint32_t grid, threads;
  std::vector<float> in = numbers(4 * grid * threads), out = std::vector<float>(grid);
  std::string failure(Fault fault) {
    return suite::failure_of("sum_of_block", grid, threads, 16 * threads + (fault == UNWRITTEN ? 16 : 0), SumParams{in.data(), out.data(), fault});
  }
};

void expect(const std::string& failure, const std::string& part) {
  CHECK(failure.find(part) != std::string::npos, "\"" + part + "\" in: " + failure);
}

template <typename To, typename From>
void check_product(const char* kernel, To round, From value) {
  constexpr uint32_t products = 20;
  std::vector<u16> a(products * 256), b(products * 128);
  std::vector<float> d(products * 128);
  for (auto* x : {&a, &b}) {
    for (u16& v : *x) v = round(static_cast<float>(static_cast<int>(suite::random()() % 33) - 16) / 4);
  }
  run(kernel, products, 32, 768, ProductParams{a.data(), b.data(), d.data()});
  for (uint32_t p = 0; p < products; p++) {
    for (uint32_t row = 0; row < 16; row++) {
      for (uint32_t column = 0; column < 8; column++) {
        float expected = 1;
        for (uint32_t k = 0; k < 16; k++) expected += value(a[p * 256 + row * 16 + k]) * value(b[p * 128 + k * 8 + column]);
        CHECK(d[p * 128 + row * 8 + column] == expected);
      }
    }
  }
}

}  // namespace

TEST(emulator_multiplies_bf16) { check_product("product_bf16", emulator::bf16_of, emulator::from_bf16); }
TEST(emulator_multiplies_fp16) { check_product("product_fp16", emulator::fp16_of, emulator::from_fp16); }

// Rows of a lie 32 bytes apart, so 8 of them take two passes; those of b fill all banks.
TEST(emulator_counts_bank_conflicts) {
  check_product("product_bf16", emulator::bf16_of, emulator::from_bf16);
  CHECK(emulate_bank_conflicts() == 20 * 4, std::to_string(emulate_bank_conflicts()));
}

TEST(emulator_sums) {
  setenv("VARLEN_EMULATOR_THREADS", "3", 1);
  Sum sum{7, 256};
  CHECK(sum.failure(NONE) == "", sum.failure(NONE));
  for (uint32_t block = 0; block < sum.grid; block++) {
    float expected = 0;
    for (uint32_t i = 0; i < 4 * sum.threads; i++) expected += sum.in[block * 4 * sum.threads + i];
    CHECK(sum.out[block] == expected);
  }
}

TEST(emulator_finds_a_missing_barrier) {
  expect(Sum{2, 64}.failure(NO_BARRIER), "is read after thread 63 wrote it, without a barrier between");
  expect(Sum{2, 64}.failure(UNBARRED_REWRITE), "is written after thread 0 wrote it, without a barrier between");
  expect(Sum{2, 64}.failure(UNBARRED_REUSE), "thread 1 read it, without a barrier between");
}

TEST(emulator_finds_a_missing_wait) {
  expect(Sum{2, 64}.failure(NO_WAIT), "copy_async_wait comes first");
  expect(Sum{2, 64}.failure(NO_COMMIT), "copy_async_wait comes first");
}

TEST(emulator_finds_divergence) {
  expect(Sum{2, 64}.failure(DIVERGENT_LANES), "divergence");
  expect(Sum{2, 64}.failure(DIVERGENT_WARPS), "divergence");
  expect(Sum{2, 64}.failure(ENDED_LANE), "thread 33 has ended");
}

TEST(emulator_finds_bad_places_in_shared_memory) {
  expect(Sum{2, 64}.failure(UNWRITTEN), "nobody wrote it");
  expect(Sum{2, 64}.failure(BEYOND_SHARED), "lies beyond");
  expect(Sum{2, 64}.failure(MISALIGNED), "no multiple");
}

TEST(emulator_with_address_sanitizer_finds_a_write_beyond_a_tensor) {
  CHECK(suite::death_of([] { Sum{2, 64}.failure(NONE); }).empty());
  expect(suite::death_of([] { Sum{2, 64}.failure(BEYOND_GLOBAL); }), "heap-buffer-overflow");
}

TEST(emulator_orders_lanes_by_sync_warp) {
  std::vector<float> in = numbers(64), out(64);
  const auto failure = [&](Fault fault) { return suite::failure_of("neighbours", 1, 64, 256, SumParams{in.data(), out.data(), fault}); };
  CHECK(failure(NONE) == "", failure(NONE));
  for (uint32_t t = 0; t < 64; t++) CHECK(out[t] == in[t ^ 1]);
  expect(failure(NO_BARRIER), "nobody wrote it");
  expect(failure(UNBARRED_REUSE), "without a barrier between");
  expect(failure(OTHER_WARP), "without a barrier between");
}

TEST(emulator_refuses_bad_launches) {
  const SumParams params{};
  expect(suite::failure_of("nothing", 1, 32, 0, params), "no such kernel");
  expect(suite::failure_of("sum_of_block", 1, 32, 0, 1), "params of 4 bytes, but it takes 24");
  expect(suite::failure_of("sum_of_block", 0, 32, 0, params), "a grid of 0");
  expect(suite::failure_of("sum_of_block", 1, 33, 0, params), "multiple of 32");
  expect(suite::failure_of("sum_of_block", 1, 288, 0, params), "up to 256");
  expect(suite::failure_of("sum_of_block", 1, 32, 1 << 20, params), "bytes of shared memory");
}

TEST(emulator_converts_fp16) {
  for (uint32_t bits = 0; bits < 1 << 16; bits++) {
    const float x = emulator::from_fp16(bits);
    const bool nan = (bits & 0x7fff) > 0x7c00;
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double magnitude = exponent == 31 ? INFINITY : exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    CHECK(nan ? x != x : x == (bits & 0x8000 ? -magnitude : magnitude));
    CHECK(emulator::fp16_of(x) == (nan ? 0x7fff : bits));
  }
  CHECK(emulator::fp16_of(65519.996f) == 0x7bff && emulator::fp16_of(65520.f) == 0x7c00 && emulator::fp16_of(-1e30f) == 0xfc00);
  CHECK(emulator::fp16_of(0x1p-25f) == 0 && emulator::fp16_of(0x1.000002p-25f) == 1);
  for (int i = 0; i < 1'000'000; i++) {
    // Of two neighbours the nearer one, or the even one.
    const auto low = static_cast<uint16_t>(suite::random()() % 0x7bff);
    const float a = emulator::from_fp16(low), b = emulator::from_fp16(low + 1);
    const float x = std::min(b, a + (b - a) * std::ldexp(static_cast<float>(suite::random()() % 33), -5));
    const bool up = x - a == b - x ? low % 2 == 1 : x - a > b - x;
    CHECK(emulator::fp16_of(x) == low + up, std::to_string(x));
    CHECK(emulator::fp16_of(-x) == (0x8000 | (low + up)), std::to_string(x));
  }
}
