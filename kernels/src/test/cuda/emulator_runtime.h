// What runs kernels on the host: fibers, barriers, and shared memory that knows who touched what. emulator.h is written over this; tests
// and Java see the functions at the end. Outside of any namespace of device code, so it uses none of its types.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <source_location>

namespace emulator {

// Where device code called from.
using Place = std::source_location;

// The indices of the running thread.
struct Position {
  uint32_t thread, thread_count, block, block_count;
};
extern thread_local Position position;

using Body = void (*)(const void* params);

// Makes a kernel known by name; `threads` is the most that a block may have.
struct Registration {
  Registration(const char* name, Body body, uint64_t params_size, uint32_t threads);
};

void sync_block(Place place);
void sync_warp(Place place);
uint32_t shuffle(uint32_t value, uint32_t lane, Place place);
uint32_t shuffle_xor(uint32_t value, uint32_t mask, Place place);
bool any_lane(bool value, Place place);

// Size is 2, 4, 8 or 16.
void load_shared(void* to, uint32_t offset, uint32_t size, Place place);
void store_shared(uint32_t offset, const void* from, uint32_t size, Place place);
void copy_async16(uint32_t offset, const void* global, bool valid, Place place);
void copy_async_commit();
void copy_async_wait(uint32_t pending);

void load_matrices(uint32_t* m, uint32_t offset, bool transposed, Place place);
enum class Element { BF16, FP16 };
void multiply_add(float* d, const uint32_t* a, uint32_t b0, uint32_t b1, Element element, Place place);

float from_fp16(uint16_t bits);
uint16_t fp16_of(float x);  // nearest, ties to even
uint16_t bf16_of(float x);
inline float from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
float exp2_approx(float x);
float log2_approx(float x);
float tanh_approx(float x);
float max_number(float x, float y);

}  // namespace emulator

#pragma GCC visibility push(default)
extern "C" {
// Runs all blocks of a kernel, on as many host threads as there are processors (or VARLEN_EMULATOR_THREADS). 0 if all went well.
int emulate(const char* kernel, uint32_t grid, uint32_t threads, uint32_t shared_bytes, const void* params, uint64_t params_size);
// Why the last call of this host thread failed, in one line.
const char* emulate_message();
// How many passes more than one per matrix load_matrices would have taken, in all launches of this process so far: rows of one matrix that
// lie in the same banks follow one another.
uint64_t emulate_bank_conflicts();
// The bytes that a kernel takes as its params; 0 if there is no such kernel.
uint64_t emulate_params_size(const char* kernel);
// How many kernels there are, and the name of one of them; in no order.
uint32_t emulate_kernels();
const char* emulate_kernel(uint32_t index);
}
#pragma GCC visibility pop
