// Rows of float, fp16 or bf16 in global memory, eight elements at a time, as floats.
#pragma once
#include "ptx.cuh"

// bf16 is rounded to in hardware from sm_80 on; kernels for it exist there and on the emulator.
#if !defined(__CUDACC__) || __CUDA_ARCH__ >= 800
#define WITH_BF16 1
#endif

DEVICE float low_half(u32 word, fp16) { return to_float(fp16{static_cast<u16>(word)}); }
DEVICE float high_half(u32 word, fp16) { return to_float(fp16{static_cast<u16>(word >> 16)}); }
DEVICE float low_half(u32 word, bf16) { return bits_float(word << 16); }
DEVICE float high_half(u32 word, bf16) { return bits_float(word & 0xffff0000u); }

// All eight, aligned to 16 bytes.
template <typename T>
DEVICE void load8(const T* from, float (&v)[8]) {
  Words4 words = *reinterpret_cast<const Words4*>(from);
  UNROLL for (int i = 0; i < 4; i++) {
    v[2 * i] = low_half(words.word[i], T());
    v[2 * i + 1] = high_half(words.word[i], T());
  }
}
DEVICE void load8(const float* from, float (&v)[8]) {
  UNROLL for (int half = 0; half < 2; half++) {
    Words4 words = reinterpret_cast<const Words4*>(from)[half];
    UNROLL for (int i = 0; i < 4; i++) {
      v[4 * half + i] = bits_float(words.word[i]);
    }
  }
}
template <typename T>
DEVICE void store8(T* to, const float (&v)[8]) {
  Words4 words;
  UNROLL for (int i = 0; i < 4; i++) {
    words.word[i] = pack2(v[2 * i], v[2 * i + 1], T());
  }
  *reinterpret_cast<Words4*>(to) = words;
}
DEVICE void store8(float* to, const float (&v)[8]) {
  UNROLL for (int half = 0; half < 2; half++) {
    Words4 words;
    UNROLL for (int i = 0; i < 4; i++) {
      words.word[i] = float_bits(v[4 * half + i]);
    }
    reinterpret_cast<Words4*>(to)[half] = words;
  }
}

// The first `count` of eight, zeros behind them; `vectors` says that `from` is aligned to 16 bytes.
template <typename T>
DEVICE void load_some(const T* from, i64 count, bool vectors, float (&v)[8]) {
  if (vectors && count >= 8) {
    load8(from, v);
  } else {
    UNROLL for (int i = 0; i < 8; i++) {
      v[i] = i < count ? to_float(from[i]) : 0.0f;
    }
  }
}
template <typename T>
DEVICE void store_some(T* to, i64 count, bool vectors, const float (&v)[8]) {
  if (vectors && count >= 8) {
    store8(to, v);
  } else {
    UNROLL for (int i = 0; i < 8; i++) {
      if (i < count) {
        round_to(v[i], to[i]);
      }
    }
  }
}

// Eight floats in shared memory, at a multiple of 16.
DEVICE void load8_shared(u32 offset, float (&v)[8]) {
  UNROLL for (u32 half = 0; half < 2; half++) {
    Words4 words = load_shared<Words4>(offset + 16 * half);
    UNROLL for (int i = 0; i < 4; i++) {
      v[4 * half + i] = bits_float(words.word[i]);
    }
  }
}
DEVICE void store8_shared(u32 offset, const float (&v)[8]) {
  UNROLL for (u32 half = 0; half < 2; half++) {
    Words4 words;
    UNROLL for (int i = 0; i < 4; i++) {
      words.word[i] = float_bits(v[4 * half + i]);
    }
    store_shared(offset + 16 * half, words);
  }
}

DEVICE float sum_of(const float (&v)[8]) { return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])); }

DEVICE float sum_of_warp(float x) {
  UNROLL for (int mask = 16; mask > 0; mask >>= 1) {
    x += shuffle_xor(x, mask);
  }
  return x;
}
