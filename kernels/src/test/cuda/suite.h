// Tests of device code on the emulator: TEST, CHECK, random numbers with a printed seed, and launches.
#pragma once

#include <random>
#include <string>

#include "emulator_runtime.h"

namespace suite {

struct Test {
  Test(const char* name, void (*body)());
};

[[noreturn]] void fail(const char* file, int line, const std::string& what);

// A generator that differs from run to run; its seed is printed with the test, and VARLEN_TEST_SEED repeats it.
std::mt19937_64& random();

// Why a launch failed, "" if it did not.
template <typename Params>
std::string failure_of(const char* kernel, uint32_t grid, uint32_t threads, uint32_t shared_bytes, const Params& params) {
  return emulate(kernel, grid, threads, shared_bytes, &params, sizeof(params)) == 0 ? "" : emulate_message();
}
// A launch that must not fail.
template <typename Params>
void run(const char* kernel, uint32_t grid, uint32_t threads, uint32_t shared_bytes, const Params& params, const char* file = __builtin_FILE(),
         int line = __builtin_LINE()) {
  const std::string failure = failure_of(kernel, grid, threads, shared_bytes, params);
  if (!failure.empty()) fail(file, line, failure);
}

// Runs `body` in a child process; what it wrote to standard error if it was killed or ended with another status than 0, else "".
std::string death_of(void (*body)());

}  // namespace suite

using suite::run;

#define TEST(name)                                  \
  static void name();                               \
  static const suite::Test test_##name(#name, name); \
  static void name()

// CHECK(x <= y, "x = " + std::to_string(x)); the text is optional.
#define CHECK(condition, ...) \
  do {                        \
    if (!(condition)) suite::fail(__FILE__, __LINE__, std::string("not so: " #condition " ") + std::string(__VA_ARGS__)); \
  } while (false)
