// Rotary position embedding: (a, b) becomes (a cos - b sin, b cos + a sin), in place.
#include "rope.cuh"

#include "elements.cuh"

template <typename T>
DEVICE void rotate_heads(const RopeParams& p) {
  i64 item = i64(block_index()) * kRopeThreads + thread_index();
  int groups = (p.pairs + 7) / 8;
  i64 row = item / groups;
  i64 token = row / p.heads;
  if (token >= p.tokens) {
    return;
  }
  int pair = static_cast<int>(item - row * groups) * 8;
  int left = p.pairs - pair;
  T* head = static_cast<T*>(p.x) + token * p.stride + (row - token * p.heads) * p.head_dim;
  T* first = head + (p.neighbours ? 2 * pair : pair);
  T* second = p.neighbours ? first + 8 : first + p.pairs;
  int first_left = p.neighbours ? 2 * left : left;
  int second_left = p.neighbours ? 2 * left - 8 : left;
  float a[8];
  float b[8];
  float cosine[8];
  float sine[8];
  i64 angle = i64(p.positions[token]) * p.pairs + pair;
  load_some(first, first_left, p.vectors, a);
  load_some(second, second_left, p.vectors, b);
  load_some(p.cosines + angle, left, p.vectors, cosine);
  load_some(p.sines + angle, left, p.vectors, sine);
  if (p.neighbours) {
    UNROLL for (int i = 0; i < 4; i++) {
      float x = a[2 * i];
      float y = a[2 * i + 1];
      a[2 * i] = x * cosine[i] - y * sine[i];
      a[2 * i + 1] = y * cosine[i] + x * sine[i];
      x = b[2 * i];
      y = b[2 * i + 1];
      b[2 * i] = x * cosine[i + 4] - y * sine[i + 4];
      b[2 * i + 1] = y * cosine[i + 4] + x * sine[i + 4];
    }
  } else {
    UNROLL for (int i = 0; i < 8; i++) {
      float x = a[i];
      float y = b[i];
      a[i] = x * cosine[i] - y * sine[i];
      b[i] = y * cosine[i] + x * sine[i];
    }
  }
  store_some(first, first_left, p.vectors, a);
  store_some(second, second_left, p.vectors, b);
}

KERNEL(rope_f32, RopeParams, kRopeThreads, 2) { rotate_heads<float>(params); }
KERNEL(rope_f16, RopeParams, kRopeThreads, 2) { rotate_heads<fp16>(params); }
#if WITH_BF16
KERNEL(rope_bf16, RopeParams, kRopeThreads, 2) { rotate_heads<bf16>(params); }
#endif
