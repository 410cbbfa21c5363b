#pragma once
#include "ptx.cuh"

struct ProductParams {
  const u16* a;  // [products, 16, 16]
  const u16* b;  // [products, 16, 8]
  float* d;      // [products, 16, 8]
};

enum Fault {
  NONE,
  NO_BARRIER,
  NO_WAIT,
  NO_COMMIT,
  UNBARRED_REWRITE,
  UNBARRED_REUSE,
  UNWRITTEN,
  BEYOND_SHARED,
  MISALIGNED,
  DIVERGENT_LANES,
  DIVERGENT_WARPS,
  ENDED_LANE,
  BEYOND_GLOBAL,
  OTHER_WARP,
};
struct SumParams {
  const float* in;
  float* out;
  int fault;
};
