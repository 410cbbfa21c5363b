// Every instruction that C++ has no word for, and all access to shared memory: the only file with inline PTX. Kernels are written over
// it, so that the same source runs on a device and, in tests, on the emulator of one thread block (src/test/cuda/emulator.h).
//
// Shared memory is addressed by 32-bit offsets into the block's dynamic shared memory; there is no static one. Global memory is
// accessed through plain pointers. Kernels use no function of the CUDA headers or of libdevice: what is not here is in numbers.cuh.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

// Storage of 16-bit numbers; arithmetic is in float, always.
struct fp16 {
  u16 bits;
};
struct bf16 {
  u16 bits;
};
// What one thread loads, stores or copies at once: 8 and 16 bytes, aligned to as much.
struct alignas(8) Words2 {
  u32 word[2];
};
struct alignas(16) Words4 {
  u32 word[4];
};

#ifdef __CUDACC__
#define DEVICE __device__ __forceinline__
#define UNROLL _Pragma("unroll")

// A kernel takes one struct by value; `blocks` is how many thread blocks ptxas is to make room for on one multiprocessor.
#define KERNEL(name, Params, threads, blocks) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(const __grid_constant__ Params params)

DEVICE u32 thread_index() { return threadIdx.x; }
DEVICE u32 thread_count() { return blockDim.x; }
DEVICE u32 lane_index() { return threadIdx.x & 31; }
DEVICE u32 warp_index() { return threadIdx.x >> 5; }
DEVICE u32 block_index() { return blockIdx.x; }
DEVICE u32 block_count() { return gridDim.x; }

extern __shared__ __align__(16) u8 dynamic_shared[];
DEVICE u32 shared_address(u32 offset) { return static_cast<u32>(__cvta_generic_to_shared(dynamic_shared)) + offset; }

// T is float, u32, u16, Words2 or Words4; the offset is a multiple of its size.
template <typename T>
DEVICE T load_shared(u32 offset) {
  return *reinterpret_cast<const T*>(dynamic_shared + offset);
}
template <typename T>
DEVICE void store_shared(u32 offset, T value) {
  *reinterpret_cast<T*>(dynamic_shared + offset) = value;
}

// All threads of the block; a barrier for shared memory.
DEVICE void sync_block() { __syncthreads(); }
// All 32 lanes of the warp; a barrier for shared memory among them.
DEVICE void sync_warp() { __syncwarp(); }

// All 32 lanes take part in each of these.
DEVICE float shuffle_xor(float value, int mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }
DEVICE u32 shuffle_xor(u32 value, int mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }
DEVICE float shuffle(float value, int lane) { return __shfl_sync(0xffffffffu, value, lane); }
DEVICE u32 shuffle(u32 value, int lane) { return __shfl_sync(0xffffffffu, value, lane); }
DEVICE bool any_lane(bool value) { return __any_sync(0xffffffffu, value) != 0; }

#if __CUDA_ARCH__ >= 800
// Copies 16 bytes from global to shared memory without waiting; where `valid` is false it writes zeros and reads nothing.
DEVICE void copy_async16(u32 offset, const void* global, bool valid) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared_address(offset)),
               "l"(__cvta_generic_to_global(global)), "r"(valid ? 16 : 0)
               : "memory");
}
DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most `Pending` of this thread's last groups are under way; a barrier makes them visible to other threads.
template <int Pending>
DEVICE void copy_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}
#endif

// Four 8×8 matrices of 16-bit elements: lane i gives the offset (a multiple of 16) of row i % 8 of matrix i / 8.
// m[j] then holds elements (lane / 4, 2 (lane % 4) + {0, 1}) of matrix j.
DEVICE void load_matrices(u32 (&m)[4], u32 offset) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(shared_address(offset))
               : "memory");
}
// The same, each matrix transposed.
DEVICE void load_matrices_transposed(u32 (&m)[4], u32 offset) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(shared_address(offset))
               : "memory");
}

#if __CUDA_ARCH__ >= 800
// D[16×8] += A[16×16] B[16×8]. With g = lane / 4 and t = 2 (lane % 4):
// a[0] = A(g, t..t+1), a[1] = A(g+8, t..), a[2] = A(g, t+8..), a[3] = A(g+8, t+8..); b[0] = B(t..t+1, g), b[1] = B(t+8.., g);
// d[0], d[1] = D(g, t), D(g, t+1); d[2], d[3] = D(g+8, t), D(g+8, t+1).
DEVICE void multiply_add(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1, bf16) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEVICE void multiply_add(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1, fp16) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif

// 2^x and log2(x) within 2 units in the last place; 2^-inf = 0, log2(0) = -inf.
DEVICE float exp2_approx(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE float log2_approx(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
// tanh(x) within 2^-11.
DEVICE float tanh_approx(float x) {
  float y;
  asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
// Correctly rounded.
DEVICE float sqrt_rn(float x) {
  float y;
  asm("sqrt.rn.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE float divide_rn(float x, float y) {
  float z;
  asm("div.rn.f32 %0, %1, %2;" : "=f"(z) : "f"(x), "f"(y));
  return z;
}
DEVICE float fma_rn(float x, float y, float z) {
  float r;
  asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(r) : "f"(x), "f"(y), "f"(z));
  return r;
}
// The larger number; the other one if one is NaN.
DEVICE float max_number(float x, float y) {
  float z;
  asm("max.f32 %0, %1, %2;" : "=f"(z) : "f"(x), "f"(y));
  return z;
}
DEVICE u32 float_bits(float x) { return __float_as_uint(x); }
DEVICE float bits_float(u32 x) { return __uint_as_float(x); }
DEVICE int count_bits(u64 x) { return __popcll(x); }

// Rounding to nearest, ties to even.
DEVICE fp16 to_fp16(float x) {
  fp16 y;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
  return y;
}
DEVICE float to_float(fp16 x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}
DEVICE u32 pack2(float low, float high, fp16) { // also below sm_80
  return static_cast<u32>(to_fp16(low).bits) | static_cast<u32>(to_fp16(high).bits) << 16;
}
#if __CUDA_ARCH__ >= 800
DEVICE u32 pack2(float low, float high, bf16) {
  u32 y;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(y) : "f"(high), "f"(low));
  return y;
}
#endif

#else
#include "emulator.h"
#endif

// The same on a device of any age and on the emulator.
DEVICE float to_float(bf16 x) { return bits_float(static_cast<u32>(x.bits) << 16); }
DEVICE float to_float(float x) { return x; }
DEVICE bf16 to_bf16(float x) { // NaN stays NaN
  u32 bits = float_bits(x);
  bf16 y;
  y.bits = static_cast<u16>(x != x ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  return y;
}
DEVICE void round_to(float x, float& y) { y = x; }
DEVICE void round_to(float x, fp16& y) { y = to_fp16(x); }
DEVICE void round_to(float x, bf16& y) { y = to_bf16(x); }
