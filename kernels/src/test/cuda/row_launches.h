// Launches of the kernels that norm and gather rows, as io.varlen.internal.cuda.NormShape and CudaGather do.
#pragma once
#include "elementwise.cuh"
#include "matrix.h"
#include "norm_row.cuh"

// Params has columns; its warps_per_row are set here.
template <typename Params>
void run_norm(const std::string& kernel, int rows, Params p) {
  p.warps_per_row = p.columns > 2048 ? 4 : 1;
  u32 grid = static_cast<u32>(p.warps_per_row == 1 ? (rows + 3) / 4 : rows);
  run(kernel.c_str(), grid, kNormThreads, norm_shared_bytes(p.columns, p.warps_per_row), p);
}

// y[i] = table[rows[i]]
template <typename X, typename Y>
void run_gather(const Matrix<X>& table, const Buffer<int>& rows, Y* y) {
  GatherParams p{table.data(), rows.data(), y, static_cast<int>(rows.count()), table.columns(), table.columns() % 8 == 0, 0};
  u32 items = static_cast<u32>(p.count * ((p.columns + 7) / 8));
  run(("gather" + suffix(X()) + suffix(Y())).c_str(), (items + kElementwiseThreads - 1) / kElementwiseThreads, kElementwiseThreads, 0, p);
}
