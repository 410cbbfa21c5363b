// ptx.cuh for g++: what it declares for a device, with the same names and meanings, on the emulator of one thread block.
#pragma once

#include "emulator_runtime.h"

#define __CUDA_ARCH__ 800
#define DEVICE inline
#define UNROLL

#define KERNEL(name, Params, threads, blocks)                                                                  \
  static void name(const Params& params);                                                                      \
  static const emulator::Registration registration_of_##name(                                                  \
      #name, [](const void* params) { name(*static_cast<const Params*>(params)); }, sizeof(Params), threads);  \
  static void name([[maybe_unused]] const Params& params)

// The place in the source that a function is called from, as a default argument of it.
#define CALLED_FROM emulator::Place place = emulator::Place::current()

DEVICE u32 thread_index() { return emulator::position.thread; }
DEVICE u32 thread_count() { return emulator::position.thread_count; }
DEVICE u32 lane_index() { return thread_index() & 31; }
DEVICE u32 warp_index() { return thread_index() >> 5; }
DEVICE u32 block_index() { return emulator::position.block; }
DEVICE u32 block_count() { return emulator::position.block_count; }

template <typename T>
DEVICE T load_shared(u32 offset, CALLED_FROM) {
  T value;
  emulator::load_shared(&value, offset, sizeof(T), place);
  return value;
}
template <typename T>
DEVICE void store_shared(u32 offset, T value, CALLED_FROM) {
  emulator::store_shared(offset, &value, sizeof(T), place);
}

DEVICE void sync_block(CALLED_FROM) { emulator::sync_block(place); }
DEVICE void sync_warp(CALLED_FROM) { emulator::sync_warp(place); }

DEVICE u32 float_bits(float x) { return std::bit_cast<u32>(x); }
DEVICE float bits_float(u32 x) { return std::bit_cast<float>(x); }
DEVICE int count_bits(u64 x) { return __builtin_popcountll(x); }

DEVICE u32 shuffle_xor(u32 value, int mask, CALLED_FROM) { return emulator::shuffle_xor(value, mask, place); }
DEVICE float shuffle_xor(float value, int mask, CALLED_FROM) { return bits_float(emulator::shuffle_xor(float_bits(value), mask, place)); }
DEVICE u32 shuffle(u32 value, int lane, CALLED_FROM) { return emulator::shuffle(value, lane, place); }
DEVICE float shuffle(float value, int lane, CALLED_FROM) { return bits_float(emulator::shuffle(float_bits(value), lane, place)); }
DEVICE bool any_lane(bool value, CALLED_FROM) { return emulator::any_lane(value, place); }

DEVICE void copy_async16(u32 offset, const void* global, bool valid, CALLED_FROM) {
  emulator::copy_async16(offset, global, valid, place);
}
DEVICE void copy_async_commit() { emulator::copy_async_commit(); }
template <int Pending>
DEVICE void copy_async_wait() {
  emulator::copy_async_wait(Pending);
}

DEVICE void load_matrices(u32 (&m)[4], u32 offset, CALLED_FROM) { emulator::load_matrices(m, offset, false, place); }
DEVICE void load_matrices_transposed(u32 (&m)[4], u32 offset, CALLED_FROM) { emulator::load_matrices(m, offset, true, place); }
DEVICE void multiply_add(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1, bf16, CALLED_FROM) {
  emulator::multiply_add(d, a, b0, b1, emulator::Element::BF16, place);
}
DEVICE void multiply_add(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1, fp16, CALLED_FROM) {
  emulator::multiply_add(d, a, b0, b1, emulator::Element::FP16, place);
}

DEVICE float exp2_approx(float x) { return emulator::exp2_approx(x); }
DEVICE float log2_approx(float x) { return emulator::log2_approx(x); }
DEVICE float tanh_approx(float x) { return emulator::tanh_approx(x); }
DEVICE float sqrt_rn(float x) { return std::sqrt(x); }
DEVICE float divide_rn(float x, float y) { return x / y; }
DEVICE float fma_rn(float x, float y, float z) { return std::fma(x, y, z); }
DEVICE float max_number(float x, float y) { return emulator::max_number(x, y); }

DEVICE fp16 to_fp16(float x) { return {emulator::fp16_of(x)}; }
DEVICE float to_float(fp16 x) { return emulator::from_fp16(x.bits); }
DEVICE u32 pack2(float low, float high, fp16) { return emulator::fp16_of(low) | static_cast<u32>(emulator::fp16_of(high)) << 16; }
DEVICE u32 pack2(float low, float high, bf16) { return emulator::bf16_of(low) | static_cast<u32>(emulator::bf16_of(high)) << 16; }
