// Attention over tensors of more than 2^31 elements: rows so far apart that no offset within them fits 32 bits, most of their memory never touched.
#pragma once
#include <sys/mman.h>

#include "attention_suite.h"

namespace attention {

// Rows of a tensor, 2^27 elements from each to the next.
template <typename T>
class FarRows {
 public:
  static constexpr i64 kStride = i64{1} << 27;

  FarRows(const void* from, i64 stride, int rows, int columns) : bytes_(static_cast<size_t>(rows * kStride) * sizeof(T)) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED, "no address space");
    memory_ = static_cast<T*>(memory);
    for (i64 row = 0; from && row < rows; row++) {
      std::memcpy(memory_ + row * kStride, static_cast<const T*>(from) + row * stride, static_cast<size_t>(columns) * sizeof(T));
    }
  }
  ~FarRows() { munmap(memory_, bytes_); }
  FarRows(const FarRows&) = delete;
  FarRows& operator=(const FarRows&) = delete;

  T* data() const { return memory_; }

 private:
  size_t bytes_;
  T* memory_;
};

template <typename T>
void offsets_may_exceed_31_bits(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  const Form form = Form::causal(kernel.dims[0], 2, 2);
  const std::vector<Sequence> sequences = {Sequence::of<T>(dice, form, 30, 30, 1), Sequence::of<T>(dice, form, 25, 25, 1)};
  Call<T> near(form, sequences, dice);
  kernel.launch(near);
  Call<T> far(form, sequences, dice);
  const int q_columns = form.heads() * form.dim;
  const int k_columns = form.key_heads * form.dim;
  const FarRows<T> q(far.params.q, far.params.q_stride, 55, q_columns);
  const FarRows<T> k(far.params.k, far.params.k_stride, 55, k_columns);
  const FarRows<T> v(far.params.v, far.params.v_stride, 55, k_columns);
  const FarRows<T> o(nullptr, 0, 55, q_columns);
  far.params.q = q.data();
  far.params.k = k.data();
  far.params.v = v.data();
  far.params.o = o.data();
  far.params.q_stride = far.params.k_stride = far.params.v_stride = far.params.o_stride = FarRows<T>::kStride;
  kernel.launch(far);
  for (int t = 0; t < 55; t++) {
    const T* expected = near.output(t < 30 ? 0 : 1, t < 30 ? t : t - 30, 0);
    CHECK(std::memcmp(o.data() + t * FarRows<T>::kStride, expected, static_cast<size_t>(q_columns) * sizeof(T)) == 0,
          text("seed %llu: token %d", seed, t));
  }
}

}  // namespace attention
