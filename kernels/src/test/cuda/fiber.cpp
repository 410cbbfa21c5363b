#include "fiber.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef EMULATOR_UCONTEXT
// Pushes what the System V ABI wants kept, stores the stack pointer, takes the other one, pops and returns there.
extern "C" void emulator_switch_stacks(void** from, void* to);
asm(R"(
  .text
  .globl emulator_switch_stacks
  .hidden emulator_switch_stacks
  .type emulator_switch_stacks, @function
emulator_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size emulator_switch_stacks, .-emulator_switch_stacks
)");
#endif

namespace emulator {

Fiber::Fiber() {
  pthread_attr_t attributes;
  void* stack;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &stack, &stack_bytes_);
  pthread_attr_destroy(&attributes);
  stack_ = stack;
}

Fiber::Fiber(size_t stack_bytes) : stack_bytes_(stack_bytes) {
  const size_t guard = sysconf(_SC_PAGESIZE);
  mapping_bytes_ = guard + stack_bytes;
  mapping_ = mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
  mprotect(mapping_, guard, PROT_NONE);
  stack_ = static_cast<char*>(mapping_) + guard;
}

Fiber::~Fiber() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_bytes_);
}

void Fiber::restart(void (*entry)()) {
#ifdef __SANITIZE_ADDRESS__
#ifdef EMULATOR_UCONTEXT
  const void* live = stack_;
#else
  const void* live = stack_pointer_;  // frames below have returned
#endif
  if (live != nullptr) __asan_unpoison_memory_region(live, static_cast<const char*>(stack_) + stack_bytes_ - static_cast<const char*>(live));
  fake_stack_ = nullptr;
#endif
#ifdef EMULATOR_UCONTEXT
  getcontext(&context_);
  context_.uc_stack.ss_sp = const_cast<void*>(stack_);
  context_.uc_stack.ss_size = stack_bytes_;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
#else
  // Six registers, the entry as the return address, and a stack pointer that is then 8 below a multiple of 16, as after a call.
  auto* top = reinterpret_cast<void**>(const_cast<char*>(static_cast<const char*>(stack_)) + stack_bytes_) - 2;
  top[0] = reinterpret_cast<void*>(entry);
  top[1] = nullptr;
  stack_pointer_ = top - 6;
#endif
}

void Fiber::switch_to(Fiber& other) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&fake_stack_, other.stack_, other.stack_bytes_);
#endif
#ifdef EMULATOR_UCONTEXT
  swapcontext(&context_, &other.context_);
#else
  emulator_switch_stacks(&stack_pointer_, other.stack_pointer_);
#endif
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::entered() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

}  // namespace emulator
