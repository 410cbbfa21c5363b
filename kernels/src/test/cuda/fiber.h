// Stacks that one host thread switches between.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#define EMULATOR_UCONTEXT
#endif
#ifdef EMULATOR_UCONTEXT
#include <ucontext.h>
#endif

namespace emulator {

// A stack with a guard page below it, and where on it to go on. A fiber never leaves the host thread that began it.
class Fiber {
 public:
  Fiber();  // the calling host thread's own stack
  explicit Fiber(size_t stack_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;

  // The next switch to this begins with `entry`, which must end in a switch elsewhere; forgets what ran here before.
  void restart(void (*entry)());
  // Suspends this, the running one, and goes on with another.
  void switch_to(Fiber& other);
  // To be called first in an entry: AddressSanitizer then knows that the stack has changed.
  static void entered();

 private:
#ifdef EMULATOR_UCONTEXT
  ucontext_t context_;
#else
  void* stack_pointer_ = nullptr;
#endif
  void* mapping_ = nullptr;  // guard page and stack; null for a host thread's
  size_t mapping_bytes_ = 0;
  const void* stack_ = nullptr;
  size_t stack_bytes_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace emulator
