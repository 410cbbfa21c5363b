// The log-sum-exp of logits that come in chunks of columns, and the logit of each row's target, so that all logits never exist at one time.
#include "cross_entropy.cuh"

#include "elements.cuh"
#include "numbers.cuh"

// A sum of exponentials, relative to the largest of them.
struct ExpSum {
  float largest, sum;
};

DEVICE ExpSum merge(ExpSum a, ExpSum b) {
  float largest = max_number(a.largest, b.largest);
  float shift = largest == -infinity() ? 0.0f : largest;  // nothing yet on either side
  return ExpSum{largest, fma_rn(a.sum, exp_full(a.largest - shift), b.sum * exp_full(b.largest - shift))};
}

KERNEL(cross_entropy, CrossEntropyParams, kCrossEntropyThreads, 8) {
  i64 row = block_index();
  const float* logits = params.logits + row * params.stride;
  ExpSum mine{-infinity(), 0.0f};
  for (int c = 8 * static_cast<int>(thread_index()); c < params.columns; c += 8 * static_cast<int>(kCrossEntropyThreads)) {
    float v[8];
    load_some(logits + c, params.columns - c, params.vectors, v);
    float largest = mine.largest;
    UNROLL for (int i = 0; i < 8; i++) {
      v[i] = c + i < params.columns ? v[i] : -infinity();
      largest = max_number(largest, v[i]);
    }
    float shift = largest == -infinity() ? 0.0f : largest;
    UNROLL for (int i = 0; i < 8; i++) {
      v[i] = exp_full(v[i] - shift);
    }
    mine = ExpSum{largest, fma_rn(mine.sum, exp_full(mine.largest - shift), sum_of(v))};
  }
  UNROLL for (int mask = 16; mask > 0; mask >>= 1) {
    mine = merge(mine, ExpSum{shuffle_xor(mine.largest, mask), shuffle_xor(mine.sum, mask)});
  }
  if (lane_index() == 0) {
    store_shared(8 * warp_index(), Words2{{float_bits(mine.largest), float_bits(mine.sum)}});
  }
  sync_block();
  if (thread_index() != 0) {
    return;
  }
  CrossEntropyRow before{-infinity(), 0.0f, -infinity(), 0.0f};
  if (params.first_column > 0) {
    before = params.sums[row];
  }
  ExpSum all{before.largest, before.sum};
  for (u32 warp = 0; warp < kCrossEntropyThreads / 32; warp++) {
    Words2 words = load_shared<Words2>(8 * warp);
    all = merge(all, ExpSum{bits_float(words.word[0]), bits_float(words.word[1])});
  }
  i64 column = i64(params.targets[row]) - params.first_column;
  float target = column >= 0 && column < params.columns ? logits[column] : before.target;
  if (params.nll == nullptr) {
    params.sums[row] = CrossEntropyRow{all.largest, all.sum, target, 0.0f};
  } else {
    params.nll[row] = params.targets[row] < 0 ? bits_float(0x7fc00000u) : (all.largest - target) + log_full(all.sum);
  }
}
