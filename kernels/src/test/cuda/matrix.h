// Matrices in emulated device memory: exactly as large as they say, so that the address sanitizer sees every step outside, and NaN
// wherever nothing was set, so that whatever reads between rows shows in the result.
#pragma once
#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "ptx.cuh"
#include "suite.h"

using Random = std::mt19937_64;

// All of these in a row.
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream all;
  all.precision(9);
  (all << ... << parts);
  return all.str();
}

#define CHECK_NEAR(actual, expected, tolerance)                                              \
  do {                                                                                       \
    const double a_ = (actual), e_ = (expected), t_ = (tolerance);                           \
    CHECK(a_ == e_ || std::fabs(a_ - e_) <= t_, text(": ", a_, ", not ", e_, " ± ", t_));    \
  } while (false)

inline double as_double(float x) { return x; }
inline double as_double(fp16 x) { return to_float(x); }
inline double as_double(bf16 x) { return to_float(x); }

// How far rounding to a type may move a number: half a unit in the last place.
inline double rounding(double x, float) { return fmax(0x1p-24 * fabs(x), 0x1p-150); }
inline double rounding(double x, fp16) { return fmax(0x1p-11 * fabs(x), 0x1p-25); }
inline double rounding(double x, bf16) { return fmax(0x1p-8 * fabs(x), 0x1p-134); }

template <typename T>
class Buffer {
 public:
  explicit Buffer(size_t count) : count_(count), data_(static_cast<T*>(memalign(256, count * sizeof(T)))) {
    memset(static_cast<void*>(data_), 0xff, count * sizeof(T));  // NaN in every type
  }
  Buffer(const Buffer& other) : Buffer(other.count_) { memcpy(data_, other.data_, count_ * sizeof(T)); }
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { free(data_); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t count() const { return count_; }

 private:
  size_t count_;
  T* data_;
};

inline Buffer<int> buffer_of(const std::vector<int>& values) {
  Buffer<int> buffer(values.size());
  memcpy(buffer.data(), values.data(), values.size() * sizeof(int));
  return buffer;
}

template <typename T>
class Matrix {
 public:
  Matrix(int rows, int columns, int stride) : rows_(rows), columns_(columns), stride_(stride), buffer_(size(rows, columns, stride)) {}
  Matrix(int rows, int columns) : Matrix(rows, columns, columns) {}

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  i64 stride() const { return stride_; }
  T* data() { return buffer_.data(); }
  const T* data() const { return buffer_.data(); }
  T* row(int r) { return data() + r * stride(); }
  const T* row(int r) const { return data() + r * stride(); }

  double get(int r, int c) const { return as_double(row(r)[c]); }
  void set(int r, int c, double x) { round_to(static_cast<float>(x), row(r)[c]); }

  template <typename Random>
  Matrix& fill(Random& random, double mean = 0, double deviation = 1) {
    std::normal_distribution<double> normal(mean, deviation);
    for (int r = 0; r < rows_; r++) {
      for (int c = 0; c < columns_; c++) {
        set(r, c, normal(random));
      }
    }
    return *this;
  }

  bool row_equals(int r, const Matrix& other, int other_row) const {
    return memcmp(row(r), other.row(other_row), columns_ * sizeof(T)) == 0;
  }

  // What lies between the columns and the next row is as it was at first.
  bool gaps_untouched() const {
    for (int r = 0; r + 1 < rows_; r++) {
      const u8* gap = reinterpret_cast<const u8*>(row(r) + columns_);
      for (size_t i = 0; i < (stride_ - columns_) * sizeof(T); i++) {
        if (gap[i] != 0xff) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  static size_t size(int rows, int columns, int stride) {
    return rows == 0 ? 1 : static_cast<size_t>(rows - 1) * stride + columns;
  }

  int rows_, columns_, stride_;
  Buffer<T> buffer_;
};

// A type in kernels' names.
inline std::string suffix(float) { return "_f32"; }
inline std::string suffix(fp16) { return "_f16"; }
inline std::string suffix(bf16) { return "_bf16"; }
