// The shared memory of one thread block, which knows of each two bytes (the smallest access) who last wrote and who read them since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace emulator {

class SharedMemory {
 public:
  // Who accesses, and when: barriers of the block, and of the thread's warp since the last of these, that it has passed.
  struct Access {
    uint32_t thread;
    uint32_t block_barriers;
    uint32_t warp_barriers;
  };
  // What is wrong with an access; nothing if it is in order.
  using Problem = std::optional<std::string>;

  // All bytes unwritten. Barriers of the block count on from the returned number, so that nothing need be cleared.
  uint32_t begin_block(uint32_t bytes);
  void end_block(uint32_t block_barriers) { last_barrier_ = block_barriers; }

  Problem load(const Access& access, uint32_t offset, uint32_t size, void* to);
  // 16 bytes that all lanes of the warp see.
  Problem load_by_warp(const Access& access, uint32_t offset, void* to);
  Problem store(const Access& access, uint32_t offset, uint32_t size, const void* from);
  // From the one to the other nobody may touch the 16 bytes.
  Problem copy_begins(const Access& access, uint32_t offset);
  void copy_lands(const Access& access, uint32_t offset, const void* from);

 private:
  // block barriers: 28 bits, warp barriers: 22, thread: 10, flags: 4.
  using Stamp = uint64_t;
  static constexpr Stamp UNDER_WAY = 1;      // of a write
  static constexpr Stamp SEVERAL_LANES = 1;  // of a read, since the warp's last barrier
  static constexpr Stamp SEVERAL_WARPS = 2;
  static Stamp stamp(const Access& a) {
    return static_cast<Stamp>(a.block_barriers) << 36 | static_cast<Stamp>(a.warp_barriers) << 14 | a.thread << 4;
  }
  static uint32_t block_barriers(Stamp s) { return s >> 36; }
  static uint32_t warp_barriers(Stamp s) { return s >> 14 & 0x3fffff; }
  static uint32_t thread(Stamp s) { return s >> 4 & 0x3ff; }
  // Whether no barrier lies between, the thread is another and so the order is left to chance.
  static bool unordered(Stamp earlier, const Access& now);
  static bool read_unordered(Stamp read, const Access& write);

  Problem place(uint32_t offset, uint32_t size) const;
  Problem unreadable(Stamp written, const Access& access, uint32_t offset) const;
  Problem unwritable(const Access& access, uint32_t offset, uint32_t size) const;

  std::vector<Stamp> written_, read_;
  std::vector<uint8_t> bytes_;
  uint32_t size_ = 0;
  uint32_t first_barrier_ = 1;
  uint32_t last_barrier_ = 0;
};

}  // namespace emulator
